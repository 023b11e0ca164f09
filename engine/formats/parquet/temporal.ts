/** The server's text of dates as Parquet counts them: days and microseconds since 1970-01-01. */
import { daysFromCivil, isCivil } from '../calendar.ts'

const DAY_SECONDS = 86_400

/** Days since the epoch; null for a date that the calendar does not have, such as one with a zero in it. */
export function readDate(bytes: Uint8Array, start: number): number | null {
  const year = digits(bytes, start, 4)
  const month = digits(bytes, start + 5, 2)
  const day = digits(bytes, start + 8, 2)
  return isCivil(year, month, day) ? daysFromCivil(year, month, day) : null
}

/** Microseconds since the epoch, on the clock that the text is of; null for a date that the calendar does not have. */
export function readDateTime(bytes: Uint8Array, start: number, end: number): bigint | null {
  const days = readDate(bytes, start)
  if (days === null) return null
  const hours = digits(bytes, start + 11, 2)
  const minutes = digits(bytes, start + 14, 2)
  const seconds = days * DAY_SECONDS + (hours * 60 + minutes) * 60 + digits(bytes, start + 17, 2)
  const fraction = end - start - 20
  const micros = fraction > 0 ? digits(bytes, start + 20, fraction) * 10 ** (6 - fraction) : 0
  return BigInt(seconds) * 1_000_000n + BigInt(micros)
}

function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let at = start; at < start + count; at++) value = value * 10 + bytes[at]! - 0x30
  return value
}
