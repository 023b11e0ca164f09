/** The server's text of dates as Parquet counts them: days, seconds and microseconds since 1970-01-01. */
import { daysFromCivil, isCivil } from '../calendar.ts'

const DAY_SECONDS = 86_400

/** Days since the epoch; null for a date that the calendar does not have, such as one with a zero in it. */
export function readDate(bytes: Uint8Array, start: number): number | null {
  const year = digits(bytes, start, 4)
  const month = digits(bytes, start + 5, 2)
  const day = digits(bytes, start + 8, 2)
  return isCivil(year, month, day) ? daysFromCivil(year, month, day) : null
}

/** Whole seconds since the epoch, on the clock that the text is of; null for a date that the calendar does not have. */
export function readSeconds(bytes: Uint8Array, start: number): number | null {
  const days = readDate(bytes, start)
  if (days === null) return null
  const hours = digits(bytes, start + 11, 2)
  const minutes = digits(bytes, start + 14, 2)
  return days * DAY_SECONDS + (hours * 60 + minutes) * 60 + digits(bytes, start + 17, 2)
}

/** The microseconds after the whole second. */
export function readMicros(bytes: Uint8Array, start: number, end: number): number {
  const fraction = end - start - 20
  return fraction > 0 ? digits(bytes, start + 20, fraction) * 10 ** (6 - fraction) : 0
}

function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let at = start; at < start + count; at++) value = value * 10 + bytes[at]! - 0x30
  return value
}
