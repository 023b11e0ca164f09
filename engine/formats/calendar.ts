/** Reads dates and times from the text that the server writes: `2026-02-28`, `2026-02-28 13:05:09.250`, `-12:00:00`. */

export const DAY_SECONDS = 86_400

/** Returns days since 1970-01-01, or null for a date that is not in the calendar, such as one with a zero in it. */
export function readDate(bytes: Uint8Array, start: number): number | null {
  const year = readDigits(bytes, start, 4)
  const month = readDigits(bytes, start + 5, 2)
  const day = readDigits(bytes, start + 8, 2)
  return isCivil(year, month, day) ? daysFromCivil(year, month, day) : null
}

/** Returns seconds since midnight. @param colon index after the hours, which have two digits, or three in a TIME */
export function readClock(bytes: Uint8Array, start: number, colon: number): number {
  const minutes = readDigits(bytes, start, colon - start) * 60 + readDigits(bytes, colon + 1, 2)
  return minutes * 60 + readDigits(bytes, colon + 4, 2)
}

/** Returns the microseconds after the whole second. @param colon index after the hours */
export function readMicros(bytes: Uint8Array, colon: number, end: number): number {
  const start = colon + 7
  return end > start ? readDigits(bytes, start, end - start) * 10 ** (6 - (end - start)) : 0
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, “chrono-Compatible Low-Level Date Algorithms”). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/**
 * Whether the date exists in the calendar. The server also has dates with zeros and, if so configured, February 31st.
 */
function isCivil(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  return (
    day <= 28 || daysFromCivil(year, month, day) < daysFromCivil(month === 12 ? year + 1 : year, (month % 12) + 1, 1)
  )
}

function readDigits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let at = start; at < start + count; at++) value = value * 10 + bytes[at]! - 0x30
  return value
}
