/** What a web app gives to `createDownloads`. */
import type { Language } from '../../statemachine/request.ts'
import type { Carryout } from '../carryout.ts'

/** Who is signed in, as the app's own session says. */
export interface Identity {
  /** The e-mail address: it is the request's `requestedBy`, which mails go to, and what downloads are told apart by. */
  user: string
  /** Of messages, headings and mails; what the browser asks for by default. */
  language?: Language | undefined
  /** Of times in mails, as `Asia/Tokyo`; the stack's by default. */
  timeZone?: string | undefined
}

/** What somebody wants to request. */
export interface Wish {
  user: string
  export: string
  params: Record<string, unknown>
}

/** @typeParam Native what the host hands on beside the request: Express's or Fastify's request, Hono's context, … */
export interface DownloadsOptions<Native = unknown> {
  carryout: Carryout
  /** Who asks; null or undefined where nobody is signed in. It must not trust what the page sends, but the session. */
  identify(request: Request, native: Native): Identity | null | undefined | Promise<Identity | null | undefined>
  /** Whether they may have it: true, false, or a sentence in their language that says why not. By default they may. */
  allow?(wish: Wish): boolean | string | Promise<boolean | string>
  /** Where the handler is mounted: `/downloads` by default. */
  base?: string
  /** How many downloads of one user may wait and run at once: 10 by default. */
  pendingLimit?: number
  /** Whether server-sent events may be sent: true by default. False where the host does not stream; pages then poll. */
  stream?: boolean
  /**
   * The app's own origins, as `https://shop.example.com`, where a proxy in front of it changes the Host header. Only for
   * browsers that do not send Sec-Fetch-Site.
   */
  origins?: readonly string[]
  /** Gets what was answered with 500 or 503; `console.error` by default. */
  onError?(error: unknown): void
}

const KNOWN = ['carryout', 'identify', 'allow', 'base', 'pendingLimit', 'stream', 'origins', 'onError']

/** @throws TypeError naming what is wrong */
export function checkOptions(options: DownloadsOptions<never>): void {
  const unknown = Object.keys(options).filter((name) => !KNOWN.includes(name))
  if (unknown.length > 0)
    throw new TypeError(`createDownloads does not know ${unknown.join(', ')}. It knows ${KNOWN.join(', ')}.`)
  if (!options.carryout) throw new TypeError('createDownloads needs carryout: what createCarryout returned.')
  if (typeof options.identify !== 'function')
    throw new TypeError('createDownloads needs identify: a function that says who asks.')
  for (const name of ['allow', 'onError'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new TypeError(`${name} must be a function.`)
  const { base = '/downloads', pendingLimit = 1, origins = [] } = options
  if (!Array.isArray(origins) || !origins.every(isOrigin))
    throw new TypeError(
      'origins must be a list of origins such as https://shop.example.com, without a slash at the end.',
    )
  if (!/^(\/[^/?#]+)+$/.test(base))
    throw new TypeError(`base must be a path such as /downloads, without a slash at its end, not ${base}.`)
  if (!Number.isInteger(pendingLimit) || pendingLimit < 1)
    throw new TypeError(`pendingLimit must be a whole number from 1, not ${pendingLimit}.`)
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}

/**
 * Downloads are told apart by the user: without one, everybody’s would be the caller's.
 *
 * @throws TypeError for the app's developer
 */
export function checkIdentity({ user }: Identity): void {
  if (typeof user !== 'string' || user.trim() === '')
    throw new TypeError('identify must return { user }, the user’s e-mail address, or null where nobody is signed in.')
}
