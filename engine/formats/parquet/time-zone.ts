/** From a session's clock to UTC. */

const OFFSET = /^([+-])(\d{1,2}):(\d{2})$/
const HOUR = 3600

/**
 * @param timeZone as the session has it: an offset (`+09:00`) or a name (`Asia/Tokyo`)
 * @returns seconds on that clock → seconds UTC. Where a clock shows an hour twice, the first is meant: the
 *   server's text does not tell them apart. Set the session to an offset where that matters.
 */
export function toUtc(timeZone: string): (seconds: number) => number {
  const offset = OFFSET.exec(timeZone)
  if (offset) {
    const minutes = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1)
    return (local) => local - minutes * 60
  }
  const offsetAt = hourlyOffset(timeZone)
  return (local) => {
    // The offsets before and after whatever change is near; the greater gives the earlier instant.
    const before = offsetAt(local - 24 * HOUR)
    const after = offsetAt(local + 24 * HOUR)
    const [lesser, greater] = before < after ? [before, after] : [after, before]
    const earlier = local - greater
    return earlier + offsetAt(earlier) === local ? earlier : local - lesser
  }
}

/** So many hours are remembered; rows are mostly of a few. */
const REMEMBERED_HOURS = 50_000

/** A zone's offset in seconds at a UTC instant; the calendar is asked once for each hour. */
function hourlyOffset(timeZone: string): (seconds: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const offsets = new Map<number, number>()
  return (seconds) => {
    const hour = Math.floor(seconds / HOUR)
    const known = offsets.get(hour)
    if (known !== undefined) return known
    const parts = Object.fromEntries(
      format.formatToParts(seconds * 1000).map(({ type, value }) => [type, Number(value)]),
    )
    const shown = Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!, parts.second!)
    const offset = shown / 1000 - seconds
    if (offsets.size === REMEMBERED_HOURS) offsets.clear()
    offsets.set(hour, offset)
    return offset
  }
}
