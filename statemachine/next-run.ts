/**
 * Computes when EventBridge Scheduler sends a schedule's message next. AWS has no API for it, and no library on npm
 * implements its rules: a time that the clocks skip is left out, and one that they show twice occurs once.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
import { CRON, FIELDS, RATE, spanOf } from './schedule-expression.ts'
import { offsetsIn } from './time-zone.ts'

const DAY_MILLIS = 86_400_000
const UNIT_MILLIS = { minute: 60_000, hour: 3_600_000, day: DAY_MILLIS }

export interface Timing {
  /** An expression that `problemOfExpression` accepts. */
  expression: string
  timeZone: string
}

/**
 * @param last when it was last due, if known; a rate is counted from there
 * @returns null if it never comes again, and for a rate without a known last time
 */
export function nextRun({ expression, timeZone }: Timing, after: Date, last?: Date): Date | null {
  const [, amount, unit] = RATE.exec(expression) ?? []
  if (unit === undefined) return nextOfCron(CRON.exec(expression)!.slice(1) as CronFields, timeZone, after)
  if (!last) return null
  const every = Number(amount) * UNIT_MILLIS[unit.replace(/s$/, '') as keyof typeof UNIT_MILLIS]
  return new Date(last.getTime() + (Math.floor((after.getTime() - last.getTime()) / every) + 1) * every)
}

type CronFields = [minutes: string, hours: string, days: string, months: string, weekdays: string, years: string]

function nextOfCron([minutes, hours, days, months, weekdays, years]: CronFields, timeZone: string, after: Date) {
  const clock = clockOf(timeZone)
  // Some dates are rare: a February with five Sundays comes again after 28 years or more.
  const wantedYears = new Set(valuesOf(years, 5))
  const lastYear = Math.max(...wantedYears)
  const isMonth = isIn(months, 3)
  const isDay = days === '?' ? weekdaysOf(weekdays) : daysOf(days)
  const times = valuesOf(hours, 1).flatMap((hour) =>
    valuesOf(minutes, 0).map((minute) => (hour * 60 + minute) * 60_000),
  )
  const today = Math.floor(clock.shownAt(after.getTime()) / DAY_MILLIS) * DAY_MILLIS
  for (let day = new Date(today); day.getUTCFullYear() <= lastYear; day = new Date(day.getTime() + DAY_MILLIS)) {
    if (!wantedYears.has(day.getUTCFullYear()) || !isMonth(day.getUTCMonth() + 1) || !isDay(day)) continue
    for (const time of times) {
      const at = clock.showing(day.getTime() + time)
      if (at > after.getTime()) return new Date(at)
    }
  }
  return null
}

function isIn(items: string, field: number): (value: number) => boolean {
  const spans = items.split(',').map((item) => spanOf(item, FIELDS[field]!)!)
  return (value) => spans.some((span) => span.has(value))
}

function valuesOf(items: string, field: number): number[] {
  const { least, most } = FIELDS[field]!
  return Array.from({ length: most - least + 1 }, (_, index) => least + index).filter(isIn(items, field))
}

/** Tests a day, given as its midnight in UTC. */
type IsDay = (day: Date) => boolean

function daysOf(items: string): IsDay {
  const tests = items.split(',').map((item): IsDay => {
    if (item === 'L') return (day) => day.getUTCDate() === lastOf(day)
    const [, wanted] = /^(\d+|L)W$/.exec(item) ?? []
    if (wanted === undefined) {
      const isDay = isIn(item, 2)
      return (day) => isDay(day.getUTCDate())
    }
    return (day) => day.getUTCDate() === workingDay(day, wanted === 'L' ? Number.POSITIVE_INFINITY : Number(wanted))
  })
  return (day) => tests.some((isDay) => isDay(day))
}

/** Returns a test of the day of the week; Sunday is 1. */
function weekdaysOf(items: string): IsDay {
  const tests = items.split(',').map((item): IsDay => {
    const [, which, nth] = /^([1-7])(?:#([1-5])|L)$/.exec(item === 'L' ? '7' : item) ?? []
    if (which === undefined) {
      const isDay = isIn(item === 'L' ? '7' : item, 4)
      return (day) => isDay(day.getUTCDay() + 1)
    }
    return (day) => {
      const date = day.getUTCDate()
      const isThere = nth === undefined ? date + 7 > lastOf(day) : Math.ceil(date / 7) === Number(nth)
      return day.getUTCDay() + 1 === Number(which) && isThere
    }
  })
  return (day) => tests.some((isDay) => isDay(day))
}

function lastOf(day: Date): number {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate()
}

/** Returns the weekday (Monday to Friday) of the same month that is closest to the date. */
function workingDay(day: Date, date: number): number {
  const last = lastOf(day)
  const wanted = Math.min(date, last)
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), wanted)).getUTCDay()
  if (weekday === 6) return wanted === 1 ? 3 : wanted - 1
  if (weekday === 0) return wanted === last ? wanted - 2 : wanted + 1
  return wanted
}

/**
 * Returns conversions between instants and what a time zone's clocks show, both in epoch milliseconds as if the clocks
 * were UTC.
 */
function clockOf(timeZone: string) {
  const offsetAt = offsetsIn(timeZone)
  return {
    shownAt: (instant: number) => instant + offsetAt(instant),
    /** The first instant at which the clocks show the time; NaN if they skip it. */
    showing(time: number): number {
      // A change of the clocks, if any, lies between the two instants.
      const instants = [time - DAY_MILLIS, time + DAY_MILLIS].map((around) => time - offsetAt(around))
      const real = instants.filter((instant) => instant + offsetAt(instant) === time)
      return real.length === 0 ? Number.NaN : Math.min(...real)
    },
  }
}
