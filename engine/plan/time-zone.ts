import { isZoneName } from '../../statemachine/time-zone.ts'

/** The offsets of MySQL 8. A server that allows fewer reports it itself. */
const OFFSET = /^[+-](?:0?\d|1[0-4]):[0-5]\d$/

/** Returns an offset such as `+09:00` in minutes; null for the name of a time zone. */
export function offsetMinutes(timeZone: string): number | null {
  const [, sign, hours, minutes] = /^([+-])(\d{1,2}):(\d{2})$/.exec(timeZone) ?? []
  return sign === undefined ? null : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
}

/**
 * Whether both the database and JavaScript can know the time zone. `SYSTEM` is refused: only the server knows what it
 * is.
 */
export function isTimeZone(text: string): boolean {
  if (OFFSET.test(text)) return true
  // JavaScript also accepts offsets in other forms.
  return /^[A-Za-z]/.test(text) && isZoneName(text)
}

/** The calendar day there, `2026-02-01`. */
export function dayIn(timeZone: string, now: Date): string {
  // JavaScript requires two digits for the hour.
  const zone = timeZone.replace(/^[+-](?=\d:)/, '$&0')
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const [month, day, year] = format.format(now).split('/')
  return `${year}-${month}-${day}`
}
