/** From a session's clock to UTC. */

const OFFSET = /^([+-])(\d{1,2}):(\d{2})$/
const HOUR_MICROS = 3_600_000_000n

/**
 * @param timeZone as the session has it: an offset (`+09:00`) or a name (`Asia/Tokyo`)
 * @returns microseconds on that clock → microseconds UTC. Where a clock shows an hour twice, the first is meant: the
 *   server's text does not tell them apart. Set the session to an offset where that matters.
 */
export function toUtc(timeZone: string): (micros: bigint) => bigint {
  const offset = OFFSET.exec(timeZone)
  if (offset) {
    const minutes = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1)
    const micros = BigInt(minutes) * 60_000_000n
    return (local) => local - micros
  }
  const offsetAt = hourlyOffset(timeZone)
  return (local) => {
    // The offsets before and after whatever change is near; the greater gives the earlier instant.
    const before = offsetAt(local - 24n * HOUR_MICROS)
    const after = offsetAt(local + 24n * HOUR_MICROS)
    const [lesser, greater] = before < after ? [before, after] : [after, before]
    const earlier = local - greater
    return earlier + offsetAt(earlier) === local ? earlier : local - lesser
  }
}

/** So many hours are remembered; rows are mostly of a few. */
const REMEMBERED_HOURS = 50_000

/** A zone's offset in microseconds at a UTC instant; the calendar is asked once for each hour. */
function hourlyOffset(timeZone: string): (micros: bigint) => bigint {
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
  const offsets = new Map<bigint, bigint>()
  return (micros) => {
    const hour = micros / HOUR_MICROS
    const known = offsets.get(hour)
    if (known !== undefined) return known
    const millis = Number(micros / 1000n)
    const parts = Object.fromEntries(format.formatToParts(millis).map(({ type, value }) => [type, Number(value)]))
    const shown = Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!, parts.second!)
    const offset = BigInt(shown - Math.floor(millis / 1000) * 1000) * 1000n
    if (offsets.size === REMEMBERED_HOURS) offsets.clear()
    offsets.set(hour, offset)
    return offset
  }
}
