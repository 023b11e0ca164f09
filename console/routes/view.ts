/** The language and time zone of a page, and the data shown on every page. */
import { getCookie, setCookie } from 'hono/cookie'
import { isTimeZone } from '../../statemachine/request.ts'
import { type Section, type View, viewIn } from '../view/page.ts'
import { LANGUAGES, type Language } from '../view/texts.ts'
import type { ConsoleContext } from './environment.ts'

export const LANGUAGE_COOKIE = 'carryout-language'
/** The reader's time zone, set by the script. */
const ZONE_COOKIE = 'carryout-zone'
const YEAR_SECONDS = 365 * 24 * 60 * 60

export async function prepareView(
  context: ConsoleContext,
  options: { base: string; sections: readonly Section[]; readOnly: boolean; timeZone: string },
): Promise<View> {
  const { timeZone, ...rest } = options
  const zone = getCookie(context, ZONE_COOKIE)
  const carryout = context.get('carryout')
  const [pause, outage] = await Promise.all([carryout.paused().catch(() => null), carryout.outage().catch(() => null)])
  return viewIn(languageOf(context, options.base), isTimeZone(zone) ? zone : timeZone, { ...rest, pause, outage })
}

/** Returns the language chosen by the link in the header, or else the browser's. */
export function languageOf(context: ConsoleContext, base: string): Language {
  const chosen = context.req.query('lang')
  if (isLanguage(chosen)) {
    setCookie(context, LANGUAGE_COOKIE, chosen, {
      path: `${base}/`,
      httpOnly: true,
      sameSite: 'Lax',
      maxAge: YEAR_SECONDS,
    })
    return chosen
  }
  const remembered = getCookie(context, LANGUAGE_COOKIE)
  if (isLanguage(remembered)) return remembered
  const wanted = (context.req.header('accept-language') ?? '').split(',').map((each) => each.trim().slice(0, 2))
  return wanted.find(isLanguage) ?? 'en'
}

function isLanguage(value: string | undefined): value is Language {
  return (LANGUAGES as readonly string[]).includes(value ?? '')
}
