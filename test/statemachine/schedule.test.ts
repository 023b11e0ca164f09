import { isScheduled, scheduledAtOf, scheduledId } from '../../statemachine/schedule.ts'

const message = {
  schedule: 'daily',
  export: 'orders',
  scheduledAt: '2026-11-30T06:00:00Z',
  requestedBy: 'a@example.com',
}

test.each([
  [message, true],
  [{ ...message, schedule: undefined }, false],
  [{ ...message, export: 7 }, false],
  [{ ...message, schedule: undefined, export: undefined }, false],
  [{ ...message, scheduledAt: undefined }, false],
  [{ ...message, scheduledAt: 7 }, false],
  [{ ...message, scheduledAt: 'tomorrow' }, false],
  ['text', false],
  [null, false],
  [undefined, false],
])('whether Scheduler sent %j: %j', (value, isFromSchedule) => {
  expect(isScheduled(value)).toBe(isFromSchedule)
})

test('one time of one schedule is one request, whose id says when it was due', () => {
  expect(scheduledId(message)).toBe('orders_daily_20261130T060000Z')
  expect(scheduledAtOf('orders_daily_20261130T060000Z', message)).toEqual(new Date('2026-11-30T06:00:00Z'))
})

test('an id that would be longer than an execution’s name is a digest, another for each time', () => {
  const withExport = (length: number, scheduledAt = message.scheduledAt) =>
    scheduledId({ ...message, scheduledAt, export: 'x'.repeat(length) })
  expect(withExport(57)).toBe(`${'x'.repeat(57)}_daily_20261130T060000Z`)
  expect(withExport(58)).toMatch(/^scheduled-[0-9a-f]{32}$/)
  expect(withExport(58)).toBe(withExport(58))
  expect(withExport(58, '2026-12-01T06:00:00Z')).not.toBe(withExport(58))
})

test.each([
  'orders_other_20261130T060000Z',
  'sales_orders_daily_20261130T060000Z',
  'orders_daily_20261130T0600Z',
  'click-1',
])('the request %s was not made by the schedule', (id) => {
  expect(scheduledAtOf(id, message)).toBeUndefined()
})
