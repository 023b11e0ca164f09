/** Formats times, sizes and counts in the reader's language. */
import { html } from 'hono/html'
import { size } from '../../statemachine/size.ts'
import type { Language } from './texts.ts'

const LOCALES: Record<Language, string> = { en: 'en-GB', ja: 'ja-JP' }

export interface Formats {
  /** `1,234,567` */
  count(number: number): string
  /** `12.3 MB` */
  size(bytes: number): string
  /** `3 min 5 s` */
  duration(millis: number): string
  /** A `<time>` in the configured time zone; the page's script shows it in the reader's own. */
  time(at: Date): ReturnType<typeof html>
}

/** @param timeZone an IANA name, which pages without the script use and show */
export function formatsIn(language: Language, timeZone: string): Formats {
  const locale = LOCALES[language]
  const numbers = new Intl.NumberFormat(locale)
  const times = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium', timeStyle: 'medium' })
  return {
    count: (number) => numbers.format(number),
    size,
    duration: (millis) => duration(millis, language),
    time: (at) => html`<time datetime="${at.toISOString()}">${times.format(at)}</time>`,
  }
}

const UNITS: Record<Language, [days: string, hours: string, minutes: string, seconds: string, millis: string]> = {
  en: [' d', ' h', ' min', ' s', ' ms'],
  ja: ['日', '時間', '分', '秒', 'ミリ秒'],
}

/** Formats the two largest units: `2 h 5 min`, `3 min 5 s`, `4.2 s`, `120 ms`. */
function duration(millis: number, language: Language): string {
  const [days, hours, minutes, seconds, milliseconds] = UNITS[language]
  if (millis < 1000) return `${Math.max(0, Math.round(millis))}${milliseconds}`
  if (millis < 10_000) return `${(millis / 1000).toFixed(1)}${seconds}`
  const whole = Math.round(millis / 1000)
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), days],
    [Math.floor(whole / 3600) % 24, hours],
    [Math.floor(whole / 60) % 60, minutes],
    [whole % 60, seconds],
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  const shown = parts.slice(first, first + 2).filter(([amount]) => amount > 0)
  return shown.map(([amount, unit]) => `${amount}${unit}`).join(language === 'ja' ? '' : ' ')
}
