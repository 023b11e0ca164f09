import { nextTimeOf } from '../../local/src/scheduler/expression.ts'
import { nextRun, type Timing } from '../../statemachine/next-run.ts'
import { problemOfExpression } from '../../statemachine/schedule-expression.ts'
import { randomOf } from '../chaos/random.ts'

/** The next three times after one. */
function times(timing: Timing, after: string): string[] {
  const found: string[] = []
  for (let at: Date | null = new Date(after); found.length < 3; ) {
    at = nextRun(timing, at)
    if (!at) break
    found.push(at.toISOString().slice(0, 16))
  }
  return found
}

test.each<[string, string, string, string[]]>([
  ['cron(0 6 * * ? *)', 'Asia/Tokyo', '2026-11-28T21:00:00Z', ['11-29T21:00', '11-30T21:00', '12-01T21:00']],
  ['cron(0/20 9-17/8 ? * MON-FRI *)', 'UTC', '2026-11-27T09:30:00Z', ['11-27T09:40', '11-27T17:00', '11-27T17:20']],
  ['cron(0 0 LW * ? *)', 'UTC', '2026-01-01T00:00:00Z', ['01-30T00:00', '02-27T00:00', '03-31T00:00']],
  ['cron(0 0 1W * ? *)', 'UTC', '2026-01-02T00:00:00Z', ['02-02T00:00', '03-02T00:00', '04-01T00:00']],
  ['cron(0 0 1W * ? *)', 'UTC', '2026-07-02T00:00:00Z', ['08-03T00:00', '09-01T00:00', '10-01T00:00']],
  ['cron(0 0 ? * 6L *)', 'UTC', '2026-09-28T00:00:00Z', ['10-30T00:00', '11-27T00:00', '12-25T00:00']],
])('%s in %s comes after %s at %j', (expression, timeZone, after, expected) => {
  expect(times({ expression, timeZone }, after)).toEqual(expected.map((at) => `2026-${at}`))
})

test('a time that the clocks skip is left out, and one that they show twice occurs once', () => {
  const timing = { expression: 'cron(30 2 * * ? *)', timeZone: 'Europe/Berlin' }
  expect(times(timing, '2026-03-28T00:00:00Z')).toEqual(['2026-03-28T01:30', '2026-03-30T00:30', '2026-03-31T00:30'])
  expect(times(timing, '2026-10-24T12:00:00Z')).toEqual(['2026-10-25T00:30', '2026-10-26T01:30', '2026-10-27T01:30'])
})

test('an expression for a past year never comes, and a rate is counted from its last run', () => {
  const once = { expression: 'cron(0 0 1 1 ? 2026)', timeZone: 'UTC' }
  expect(nextRun(once, new Date('2026-11-28T00:00:00Z'))).toBeNull()
  const rate = { expression: 'rate(90 minutes)', timeZone: 'UTC' }
  const [last, now] = [new Date('2026-11-28T00:05:00Z'), new Date('2026-11-28T04:35:00Z')]
  expect(nextRun(rate, now)).toBeNull()
  expect(nextRun(rate, now, last)).toEqual(new Date('2026-11-28T06:05:00Z'))
  const every = (expression: string) => nextRun({ expression, timeZone: 'UTC' }, now, last)
  expect(every('rate(1 hour)')).toEqual(new Date('2026-11-28T05:05:00Z'))
  expect(every('rate(2 days)')).toEqual(new Date('2026-11-30T00:05:00Z'))
})

test.each([
  ['cron(0 0 ? 2 1#5 *)', '2032-02-29T00:00:00Z', '2060-02-29T00:00:00Z'],
  ['cron(0 6 1 1 ? 2050)', '2026-11-28T00:00:00Z', '2050-01-01T06:00:00Z'],
])('%s is found although it is rare', (expression, after, expected) => {
  expect(nextRun({ expression, timeZone: 'UTC' }, new Date(after))).toEqual(new Date(expected))
})

test('a thousand random expressions match the local cloud’s own Scheduler', () => {
  const random = randomOf('schedules')
  const span = (least: number, most: number) => {
    const from = random.between(least, most)
    return random.pick([
      `${from}`,
      `${from}-${random.between(from, most)}`,
      `${from}/${random.between(1, 9)}`,
      `*/${random.between(1, 9)}`,
      '*',
    ])
  }
  const list = (least: number, most: number) =>
    random.pick([span(least, most), `${span(least, most)},${random.between(least, most)}`])
  const zones = ['UTC', 'Asia/Tokyo', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu']
  let compared = 0
  while (compared < 1_000) {
    const days = random.pick([list(1, 31), 'L', 'LW', `${random.between(1, 31)}W`])
    const weekdays = random.pick([
      list(1, 7),
      'MON-FRI',
      'SUN',
      'L',
      `${random.between(1, 7)}L`,
      `${random.between(1, 7)}#${random.between(1, 5)}`,
    ])
    const [day, weekday] = random.pick([
      [days, '?'],
      ['?', weekdays],
    ])
    const month = random.pick(['*', list(1, 12), 'JAN,JUL', 'FEB'])
    const expression = `cron(${list(0, 59)} ${list(0, 23)} ${day} ${month} ${weekday} ${random.pick(['*', '2026-2028'])})`
    if (problemOfExpression(expression) !== undefined) continue
    const timeZone = random.pick(zones)
    const after = Date.UTC(
      2026,
      random.between(0, 11),
      random.between(1, 28),
      random.between(0, 23),
      random.between(0, 59),
    )
    const sent = nextTimeOf(expression, timeZone, 0)(after)
    const shown = nextRun({ expression, timeZone }, new Date(after))
    expect([expression, timeZone, shown?.getTime()]).toEqual([expression, timeZone, sent])
    compared++
  }
})
