/** Time zone offsets. */

/**
 * @returns a function from an instant to the zone's offset from UTC at that instant, both in milliseconds @param
 * timeZone an IANA name that Intl knows
 */
export function offsetsIn(timeZone: string): (instant: number) => number {
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
  return (instant) => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
    const shown = Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!, parts.second!)
    return shown - Math.floor(instant / 1000) * 1000
  }
}

/** Whether Intl knows a time zone of this name. */
export function isZoneName(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false
  }
}
