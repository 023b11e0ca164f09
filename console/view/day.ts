/** Days as a filter names them, in the reader's zone. */
import { offsetsIn } from '../../statemachine/time-zone.ts'

const DAY_MILLIS = 86_400_000

/**
 * @param day `2026-11-30`
 * @param timeZone an IANA name
 * @returns when the day begins there; undefined where it is not a day
 */
export function startOfDay(day: string, timeZone: string): Date | undefined {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(midnight)) return undefined
  const offsetAt = offsetsIn(timeZone)
  // Twice, since the offset at midnight may be another than at the first guess: clocks are changed at night.
  const guess = midnight - offsetAt(midnight)
  return new Date(midnight - offsetAt(guess))
}

/** When the day ends, which has 23 or 25 hours where clocks are changed. */
export function endOfDay(day: string, timeZone: string): Date | undefined {
  const start = startOfDay(day, timeZone)
  return start && startOfDay(new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MILLIS).toISOString().slice(0, 10), timeZone)
}
