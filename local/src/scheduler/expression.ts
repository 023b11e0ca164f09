/**
 * Computes when a schedule of EventBridge Scheduler is due: `rate(…)`, and `cron(…)` in a time zone.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */

/** @returns the first time after the given one, both epoch milliseconds; undefined if there is none */
export type NextTime = (after: number) => number | undefined

const DAY_MILLIS = 86_400_000
const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: DAY_MILLIS }
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const FIRST_YEAR = 1970
const LAST_YEAR = 2199

/** @param origin of a rate: when the schedule was created, epoch milliseconds @throws Error with one sentence */
export function nextTimeOf(expression: string, timeZone: string, origin: number): NextTime {
  const [, amount, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? []
  if (unit !== undefined) {
    const every = Number(amount) * UNITS[unit]!
    return (after) => origin + (Math.floor((after - origin) / every) + 1) * every
  }
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.split(' ')
  if (fields?.length !== 6) throw new Error(`The schedule expression ${expression} is neither cron(…) nor rate(…).`)
  return cron(fields as [string, string, string, string, string, string], zoneOf(timeZone))
}

type Matches = (value: number) => boolean

/** A day of the calendar. */
interface Day {
  year: number
  month: number
  day: number
}

function cron(
  [minutes, hours, days, months, weekdays, years]: [string, string, string, string, string, string],
  zone: Zone,
): NextTime {
  const isMinute = field(minutes, 0, 59)
  const isHour = field(hours, 0, 23)
  const isMonth = field(months, 1, 12, MONTHS)
  const isYear = field(years, FIRST_YEAR, LAST_YEAR)
  const isDay = days === '?' ? weekdayOf(weekdays) : dayOf(days)
  let lastYear = LAST_YEAR
  while (lastYear >= FIRST_YEAR && !isYear(lastYear)) lastYear--
  return (after) => {
    const first = zone.dayOf(after)
    // Some dates are rare: a February with five Sundays comes again after 28 years or more.
    for (let day = first; day.year <= lastYear; day = plusDays(day, 1)) {
      if (!isYear(day.year) || !isMonth(day.month) || !isDay(day)) continue
      for (let hour = 0; hour < 24; hour++) {
        if (!isHour(hour)) continue
        for (let minute = 0; minute < 60; minute++) {
          if (!isMinute(minute)) continue
          // A time that the clocks skip is left out; one that they show twice occurs once.
          const at = zone.instantOf(day, hour, minute)
          if (at !== undefined && at > after) return at
        }
      }
    }
    return undefined
  }
}

function field(text: string, least: number, most: number, names: readonly string[] = []): Matches {
  const numberOf = (name: string) => (names.includes(name) ? names.indexOf(name) + least : Number(name))
  const items = text.split(',').map((item): Matches => {
    const [range = '', step] = item.split('/')
    const [from, to] = range === '*' ? [least, most] : (range.split('-').map(numberOf) as [number, number?])
    const last = to ?? (step === undefined ? from : most)
    const every = Number(step ?? 1)
    const length = most - least + 1
    // FRI-MON wraps around the end of the week.
    const span = (last - from + length) % length
    return (value) => {
      const distance = (value - from + length) % length
      return distance <= span && distance % every === 0
    }
  })
  return (value) => items.some((isItem) => isItem(value))
}

function dayOf(text: string): (day: Day) => boolean {
  const items = text.split(',').map((item): ((day: Day) => boolean) => {
    if (item === 'L') return (day) => day.day === lastOf(day)
    if (item === 'LW') return (day) => day.day === nearestWeekday(day, lastOf(day))
    const [, nearest] = /^(\d+)W$/.exec(item) ?? []
    if (nearest !== undefined) return (day) => day.day === nearestWeekday(day, Math.min(Number(nearest), lastOf(day)))
    const isDay = field(item, 1, 31)
    return ({ day }) => isDay(day)
  })
  return (day) => items.some((isItem) => isItem(day))
}

function weekdayOf(text: string): (day: Day) => boolean {
  const items = text.split(',').map((item): ((day: Day) => boolean) => {
    if (item === 'L') return (day) => weekday(day) === 7
    const [, last] = /^([1-7])L$/.exec(item) ?? []
    if (last !== undefined) return (day) => weekday(day) === Number(last) && day.day + 7 > lastOf(day)
    const [, which, nth] = /^([1-7])#([1-5])$/.exec(item) ?? []
    if (nth !== undefined) return (day) => weekday(day) === Number(which) && Math.ceil(day.day / 7) === Number(nth)
    const isDay = field(item, 1, 7, DAYS)
    return (day) => isDay(weekday(day))
  })
  return (day) => items.some((isItem) => isItem(day))
}

/** Sunday is 1. */
function weekday({ year, month, day }: Day): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1
}

function lastOf({ year, month }: Day): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** Returns the closest weekday (Monday to Friday) of the month. */
function nearestWeekday(month: Day, day: number): number {
  const at = weekday({ ...month, day })
  if (at === 7) return day === 1 ? 3 : day - 1
  if (at === 1) return day === lastOf(month) ? day - 2 : day + 1
  return day
}

function plusDays({ year, month, day }: Day, days: number): Day {
  const date = new Date(Date.UTC(year, month - 1, day + days))
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

interface Zone {
  dayOf(instant: number): Day
  /** Undefined if the clocks skip the time; the first of two if they repeat it. */
  instantOf(day: Day, hour: number, minute: number): number | undefined
}

function zoneOf(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    },
  })
  const wall = (instant: number) => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
    return Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute)
  }
  return {
    dayOf(instant) {
      const date = new Date(wall(instant))
      return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
    },
    instantOf({ year, month, day }, hour, minute) {
      const wanted = Date.UTC(year, month - 1, day, hour, minute)
      // The offsets of the day before and the day after: a change of the clocks lies between them.
      const offsets = [wanted - DAY_MILLIS, wanted + DAY_MILLIS].map(
        (at) => wall(at) - Math.floor(at / 60_000) * 60_000,
      )
      const instants = offsets.map((offset) => wanted - offset).filter((instant) => wall(instant) === wanted)
      return instants.length === 0 ? undefined : Math.min(...instants)
    },
  }
}
