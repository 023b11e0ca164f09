import { nextTimeOf } from '../../src/scheduler/expression.ts'

/** The next three times after one. */
function times(expression: string, timeZone: string, after: string): string[] {
  const next = nextTimeOf(expression, timeZone, Date.parse('2026-01-01T00:00:30Z'))
  const found: string[] = []
  for (let at: number | undefined = Date.parse(after); found.length < 3; ) {
    at = next(at)
    if (at === undefined) break
    found.push(new Date(at).toISOString().slice(0, 16))
  }
  return found
}

test.each<[string, string, string, string[]]>([
  ['rate(5 minutes)', 'UTC', '2026-01-01T00:01:00Z', ['2026-01-01T00:05', '2026-01-01T00:10', '2026-01-01T00:15']],
  [
    'cron(0 6 * * ? *)',
    'Asia/Tokyo',
    '2026-11-28T00:00:00Z',
    ['2026-11-28T21:00', '2026-11-29T21:00', '2026-11-30T21:00'],
  ],
  [
    'cron(0/20 9-17/8 ? * MON-FRI *)',
    'UTC',
    '2026-11-27T09:30:00Z',
    ['2026-11-27T09:40', '2026-11-27T17:00', '2026-11-27T17:20'],
  ],
  [
    'cron(30 8 ? * FRI-MON *)',
    'UTC',
    '2026-11-26T00:00:00Z',
    ['2026-11-27T08:30', '2026-11-28T08:30', '2026-11-29T08:30'],
  ],
  [
    'cron(0 0 1 JAN,JUL ? *)',
    'UTC',
    '2026-11-28T00:00:00Z',
    ['2027-01-01T00:00', '2027-07-01T00:00', '2028-01-01T00:00'],
  ],
  ['cron(0 0 L * ? *)', 'UTC', '2028-01-31T12:00:00Z', ['2028-02-29T00:00', '2028-03-31T00:00', '2028-04-30T00:00']],
  ['cron(0 0 LW * ? *)', 'UTC', '2026-01-01T00:00:00Z', ['2026-01-30T00:00', '2026-02-27T00:00', '2026-03-31T00:00']],
  ['cron(0 0 1W * ? *)', 'UTC', '2026-01-02T00:00:00Z', ['2026-02-02T00:00', '2026-03-02T00:00', '2026-04-01T00:00']],
  ['cron(0 0 ? * 2#1 *)', 'UTC', '2026-11-28T00:00:00Z', ['2026-12-07T00:00', '2027-01-04T00:00', '2027-02-01T00:00']],
  ['cron(0 0 ? * 6L *)', 'UTC', '2026-11-28T00:00:00Z', ['2026-12-25T00:00', '2027-01-29T00:00', '2027-02-26T00:00']],
  ['cron(0 0 29 2 ? *)', 'UTC', '2026-11-28T00:00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
  ['cron(0 0 1 1 ? 2027)', 'UTC', '2026-11-28T00:00:00Z', ['2027-01-01T00:00']],
])('%s in %s after %s', (expression, timeZone, after, expected) => {
  expect(times(expression, timeZone, after)).toEqual(expected)
})

test('a time that the clocks skip is left out, and one that they show twice occurs once', () => {
  // Forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00.
  const spring = times('cron(30 2 * * ? *)', 'Europe/Berlin', '2026-03-28T00:00:00Z')
  expect(spring).toEqual(['2026-03-28T01:30', '2026-03-30T00:30', '2026-03-31T00:30'])
  const autumn = times('cron(30 2 * * ? *)', 'Europe/Berlin', '2026-10-24T12:00:00Z')
  expect(autumn).toEqual(['2026-10-25T00:30', '2026-10-26T01:30', '2026-10-27T01:30'])
})
