/** Formats times for the reader of a mail. */
import type { Language } from '../../../statemachine/contract.ts'

const LOCALES: Record<Language, string> = { en: 'en-GB', ja: 'ja-JP' }
/** The default time zone of each language; nearly all readers of Japanese live in this one. */
const ZONES: Record<Language, string> = { en: 'UTC', ja: 'Asia/Tokyo' }

/**
 * Formats a time as `Friday, 4 December 2026 at 21:00 (JST)` or `2026年12月4日(金) 21:00 (JST)`. @param timeZone null uses
 * the language's default
 */
export function localTime(at: Date, language: Language, timeZone: string | null): string {
  const zone = timeZone ?? ZONES[language]
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(LOCALES[language], { timeZone: zone, ...options })
  const date =
    language === 'ja'
      ? format({ year: 'numeric', month: 'long', day: 'numeric', weekday: 'short' }).format(at)
      : format({ year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' }).format(at)
  const time = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
  return language === 'ja' ? `${date} ${time} (${zoneName(at, zone)})` : `${date} at ${time} (${zoneName(at, zone)})`
}

/**
 * Returns the zone's name: `JST` for Asia/Tokyo, `UTC`, otherwise the local or Intl's abbreviation, such as `CET` or
 * `GMT+8`.
 */
function zoneName(at: Date, timeZone: string): string {
  const named = (locale: string) =>
    new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' })
      .formatToParts(at)
      .find(({ type }) => type === 'timeZoneName')!.value
  const all = ['ja-JP', 'en-GB', 'en-US'].map(named)
  return all.find((name) => /^[A-Z]{3,5}$/.test(name)) ?? named('en-GB')
}
