/** Converts days in a filter to instants, in the reader's time zone. */
import { offsetsIn } from '../../statemachine/time-zone.ts'

const DAY_MILLIS = 86_400_000

/**
 * @param day `2026-11-30`
 * @param timeZone an IANA name
 * @returns when the day begins there; undefined if the text is not a valid day
 */
export function startOfDay(day: string, timeZone: string): Date | undefined {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(midnight)) return undefined
  const offsetAt = offsetsIn(timeZone)
  // Computed twice, because the offset at midnight may differ from the first guess's: clocks change at night.
  const guess = midnight - offsetAt(midnight)
  return new Date(midnight - offsetAt(guess))
}

/** Returns when the day ends; it has 23 or 25 hours when clocks change. */
export function endOfDay(day: string, timeZone: string): Date | undefined {
  const start = startOfDay(day, timeZone)
  return start && startOfDay(new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MILLIS).toISOString().slice(0, 10), timeZone)
}
