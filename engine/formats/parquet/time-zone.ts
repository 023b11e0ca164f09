/** Converts from a session's local time to UTC. */
import { offsetsIn } from '../../../statemachine/time-zone.ts'
import { offsetMinutes } from '../../plan/time-zone.ts'
import { DAY_SECONDS } from '../calendar.ts'

/** A zone's UTC offsets in seconds around one of its days: before the change, and from the change on. */
interface Offsets {
  before: number
  after: number
  /** The moment of the change in UTC seconds; irrelevant on most days, when both offsets are equal. */
  change: number
}

/**
 * @param timeZone of the session: an offset (`+09:00`) or a name (`Asia/Tokyo`)
 * @returns a function from local seconds to UTC seconds; it returns null in an hour that occurs twice, which the
 * server's text cannot distinguish
 */
export function toUtc(timeZone: string): (seconds: number) => number | null {
  const minutes = offsetMinutes(timeZone)
  if (minutes !== null) return (local) => local - minutes * 60
  const millisAt = offsetsIn(timeZone)
  const offsetAt = (seconds: number) => millisAt(seconds * 1000) / 1000
  const days = new Map<number, Offsets>()
  return (local) => {
    const day = Math.floor(local / DAY_SECONDS)
    let offsets = days.get(day)
    if (!offsets) {
      // No clock is more than a day from UTC, so this local day lies between these moments.
      offsets = offsetsBetween((day - 1) * DAY_SECONDS, (day + 2) * DAY_SECONDS, offsetAt)
      days.set(day, offsets)
    }
    const { before, after, change } = offsets
    const shows = (seconds: number) => seconds + (seconds < change ? before : after) === local
    const earlier = local - Math.max(before, after)
    const later = local - Math.min(before, after)
    if (!shows(earlier)) return later
    return earlier === later || !shows(later) ? earlier : null
  }
}

/** Since 1970, where TIMESTAMP begins, no zone has changed twice within three days. */
function offsetsBetween(start: number, end: number, offsetAt: (seconds: number) => number): Offsets {
  const before = offsetAt(start)
  const after = offsetAt(end)
  if (before === after) return { before, after, change: start }
  let last = start
  let change = end
  while (change - last > 1) {
    const middle = Math.floor((last + change) / 2)
    if (offsetAt(middle) === before) last = middle
    else change = middle
  }
  return { before, after, change }
}
