/** The grammar of EventBridge Scheduler's expressions: what AWS accepts, and the values of their fields. */

export const RATE = /^rate\(([1-9]\d{0,4}) (minutes?|hours?|days?)\)$/
export const CRON = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/
const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')
const DAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ')

export interface Field {
  name: string
  least: number
  most: number
  words?: readonly string[]
  /** Items with a special meaning. */
  special?: RegExp
}

export const FIELDS: readonly [Field, Field, Field, Field, Field, Field] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31, special: /^(\?|L|LW|([1-9]|[12]\d|3[01])W)$/ },
  { name: 'month', least: 1, most: 12, words: MONTHS },
  { name: 'day of the week', least: 1, most: 7, words: DAYS, special: /^(\?|L|[1-7]L|[1-7]#[1-5])$/ },
  { name: 'year', least: 1970, most: 2199 },
]

/**
 * Returns what is wrong with a schedule's expression; undefined if AWS accepts it.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function problemOfExpression(expression: string): string | undefined {
  const [, amount, unit] = RATE.exec(expression) ?? []
  if (unit !== undefined) {
    const isPlural = unit.endsWith('s')
    if (isPlural === (amount !== '1')) return undefined
    return `must be rate(${amount} ${isPlural ? unit.slice(0, -1) : `${unit}s`}), in AWS's grammar`
  }
  const fields = CRON.exec(expression)?.slice(1)
  if (!fields) return 'must be such as cron(0 6 * * ? *), with six fields, or rate(1 day)'
  for (const [index, field] of FIELDS.entries()) {
    const items = fields[index]!.split(',')
    const wrong = items.find((item) => !isItem(item, field) || (item === '?' && items.length > 1))
    if (wrong !== undefined) return `has the ${field.name} ${wrong}, which cron does not have`
  }
  if ((fields[2] === '?') === (fields[4] === '?'))
    return 'must have ? either as the day of the month or as the day of the week'
  for (const [index, field] of FIELDS.entries()) {
    const backwards = fields[index]!.split(',').find((item) => spanOf(item, field)?.isBackwards)
    // AWS does not document whether such a range wraps around, so it is refused.
    if (backwards !== undefined)
      return `has the ${field.name} ${backwards}, which runs backwards: write two ranges, such as FRI-SAT,SUN-MON`
  }
  if (isNever(fields[2]!, fields[3]!)) return `never comes: no month of ${fields[3]} has a day ${fields[2]}`
  return undefined
}

/** Whether it requires days that none of its months has, such as February 30. */
function isNever(days: string, months: string): boolean {
  const spans = days.split(',').map((item) => spanOf(item, FIELDS[2]!))
  if (spans.some((span) => span === undefined)) return false
  const first = Math.min(...spans.map((span) => span!.from))
  const chosen = months.split(',').map((item) => spanOf(item, FIELDS[3]!)!)
  return !MONTHS.some((_, index) => chosen.some((span) => span.has(index + 1)) && first <= lastDayOf(index + 1))
}

/** Returns the last day of a month from 1 to 12, in a leap year. */
function lastDayOf(month: number): number {
  return new Date(Date.UTC(2000, month, 0)).getUTCDate()
}

export interface Span {
  from: number
  isBackwards: boolean
  has(value: number): boolean
}

/** Returns the span of an item that is a number, a range or *; undefined for special items. */
export function spanOf(item: string, { least, most, words = [], special }: Field): Span | undefined {
  if (special?.test(item)) return undefined
  const [range = '', step = '1'] = item.split('/')
  const [from, to = item.includes('/') ? most : from] =
    range === '*'
      ? [least, most]
      : (range.split('-').map((end) => (words.includes(end) ? words.indexOf(end) + least : Number(end))) as [
          number,
          number?,
        ])
  const has = (value: number) => value >= from && value <= to && (value - from) % Number(step) === 0
  return { from, isBackwards: from > to, has }
}

function isItem(item: string, { least, most, words = [], special }: Field): boolean {
  if (special?.test(item)) return true
  const [range = '', step, ...more] = item.split('/')
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return false
  if (range === '*') return true
  const ends = range
    .split('-')
    .map((end) => (words.includes(end) ? words.indexOf(end) + least : /^\d{1,4}$/.test(end) ? Number(end) : Number.NaN))
  return ends.length <= 2 && ends.every((end) => end >= least && end <= most)
}
