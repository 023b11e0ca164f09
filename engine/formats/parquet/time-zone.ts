/** From a session's clock to UTC. */
import { offsetsIn } from '../../../statemachine/time-zone.ts'
import { offsetMinutes } from '../../plan/time-zone.ts'
import { DAY_SECONDS } from '../calendar.ts'

/** What a zone's clock is ahead of UTC around one of its days, in seconds: until the change, and from then on. */
interface Offsets {
  before: number
  after: number
  /** In seconds UTC; of no account on most days, which have the same before and after. */
  change: number
}

/**
 * @param timeZone as the session has it: an offset (`+09:00`) or a name (`Asia/Tokyo`)
 * @returns seconds on that clock → seconds UTC; null where the clock shows an hour twice, which the server's text does not tell
 *   apart
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
      // No clock is more than a day from UTC, so what the clock calls this day lies between.
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

/** No zone has changed twice within three days since 1970, where TIMESTAMP begins. */
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
