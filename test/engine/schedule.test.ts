import { defineExport, sql } from '../../engine/catalogue.ts'
import { requestOfSchedule, scheduledTime } from '../../engine/schedule.ts'
import { scheduledId } from '../../statemachine/schedule.ts'

const recipients = (count: number) => Array.from({ length: count }, (_, index) => `reader-${index}@example.com`)
const scheduled = (change: object) =>
  defineExport({
    name: 'orders',
    title: 'Orders',
    query: () => sql`SELECT 1 AS id`,
    columns: { id: 'No.' },
    schedules: {
      daily: { expression: 'cron(0 6 * * ? *)', timeZone: 'Asia/Tokyo', recipients: ['a@example.com'], ...change },
    },
  })

test.each([
  [{ expression: 'cron(0 6 * * * *)' }, 'must have ? either as the day of the month or as the day of the week'],
  [{ expression: 'cron(61 6 * * ? *)' }, 'schedules.daily.expression: has the minute 61, which cron does not have'],
  [{ expression: 'cron(0 6 ? * MUN *)' }, 'has the day of the week MUN, which cron does not have'],
  [{ expression: 'cron(0x1 6 * * ? *)' }, 'has the minute 0x1, which cron does not have'],
  [{ expression: 'cron(0 6 1,? * ? *)' }, 'has the day of the month ?, which cron does not have'],
  [{ expression: 'cron(0 6 * * ?)' }, 'must be such as cron(0 6 * * ? *), with six fields, or rate(1 day)'],
  [{ expression: 'rate(1 days)' }, 'must be rate(1 day)'],
  [{ expression: 'cron(0 6 ? * FRI-MON *)' }, 'the day of the week FRI-MON, which runs backwards: write two ranges'],
  [{ expression: 'cron(0 22-2 * * ? *)' }, 'has the hour 22-2, which runs backwards'],
  [{ expression: 'cron(0 6 31 FEB ? *)' }, 'never comes: no month of FEB has a day 31'],
  [{ expression: 'cron(0 6 31 4,6,SEP-SEP ? *)' }, 'never comes: no month of 4,6,SEP-SEP has a day 31'],
  [{ timeZone: 'Asia/Tokio' }, 'schedules.daily.timeZone: must be the name of a time zone such as Asia/Tokyo'],
  [{ timeZone: '+09:00' }, 'must be the name of a time zone such as Asia/Tokyo'],
  [{ recipients: [] }, 'must name at least one e-mail address, which becomes the requester'],
  [{ recipients: recipients(51) }, 'must be at most 50: name a distribution list'],
  [{ params: { from: 'today' } }, 'schedules.daily.params: must be a function'],
  [{ recipients: ['nobody'] }, 'schedules.daily.recipients[0]: must be an e-mail address'],
  [{ recipient: 'a@example.com' }, 'schedules.daily.recipient is not known; did you mean recipients?'],
])('a schedule with %j is refused', (change, sentence) => {
  expect(() => scheduled(change)).toThrow(sentence)
})

test.each([
  ...['cron(0/15 9-17 ? * MON-FRI *)', 'cron(0 0 L * ? *)', 'cron(0 0 15W * ? 2026-2030)', 'cron(0 0 ? * 6#3 *)'],
  ...[
    'cron(0 6 29 2 ? *)',
    'cron(0 6 30-31 FEB-MAR ? *)',
    'cron(0 6 */10 */2 ? *)',
    'cron(5/15 6 ? * FRI-SAT,SUN-MON *)',
  ],
  ...['cron(0,30 */2 1,15 JAN,JUL ? *)', 'rate(1 hour)', 'rate(90 minutes)'],
])('%s is a valid expression on AWS', (expression) => {
  expect(() => scheduled({ expression })).not.toThrow()
})

test('a schedule may have fifty recipients, as many as SES sends one mail to', () => {
  expect(() => scheduled({ recipients: recipients(50) })).not.toThrow()
})

describe('the request of a schedule', () => {
  const message = { export: 'orders', scheduledAt: '2026-11-30T06:00:00Z', requestedBy: 'old@example.com' }

  test('has what the schedule sets, and nothing else', () => {
    const { schedules } = scheduled({})
    expect(requestOfSchedule({ ...message, schedule: 'daily' }, schedules)).toStrictEqual({
      request: {
        ...{ id: 'orders_daily_20261130T060000Z', export: 'orders', requestedBy: 'a@example.com' },
        ...{ timeZone: 'Asia/Tokyo', params: {} },
      },
      alsoTo: [],
    })
  })

  test('is refused with the names of all schedules, or the word that there is none', () => {
    const requested = (schedules: object) => () =>
      requestOfSchedule({ ...message, schedule: 'toString' }, schedules as Parameters<typeof requestOfSchedule>[1])
    expect(requested({})).toThrow('The export orders has no schedule "toString"; it has none. Deploy the app again')
    expect(requested(scheduled({}).schedules)).toThrow('it has daily.')
  })
})

test('the days of a scheduled time are in its time zone, across months and years', () => {
  const time = scheduledTime(new Date('2026-12-31T15:00:00Z'), 'Asia/Tokyo')
  expect([time.today, time.day(-1), time.day(31)]).toEqual(['2027-01-01', '2026-12-31', '2027-02-01'])
  expect([time.month(), time.month(-1), time.month(12)]).toEqual(['2027-01-01', '2026-12-01', '2028-01-01'])
})

test('two schedules whose names could be confused have different executions at the same time', () => {
  const message = { scheduledAt: '2026-11-30T06:00:00Z', requestedBy: 'a@example.com' }
  const one = scheduledId({ ...message, export: 'orders', schedule: 'daily-open' })
  const other = scheduledId({ ...message, export: 'orders-daily', schedule: 'open' })
  expect([one, other]).toEqual(['orders_daily-open_20261130T060000Z', 'orders-daily_open_20261130T060000Z'])
})
