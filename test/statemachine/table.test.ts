import { expiryOf, NOT_STARTED, noticeName, requesterOf, versionOf } from '../../statemachine/table.ts'

const startedAt = '2026-11-30T06:00:00.000Z'

test('each step of a download’s life has a higher version than the one before, however it is reported', () => {
  const steps = [
    [{ state: 'waiting', redriveCount: 0 }],
    [{ state: 'failed', redriveCount: 0, error: NOT_STARTED }],
    [{ state: 'running', redriveCount: 0, startedAt }],
    // While it waited; its execution starts and ends later.
    [{ state: 'cancelled', redriveCount: 0 }],
    [
      { state: 'failed', redriveCount: 0, startedAt, error: 'QueryFailed' },
      { state: 'cancelled', redriveCount: 0, startedAt },
      { state: 'ready', redriveCount: 0, startedAt },
    ],
    [{ state: 'running', redriveCount: 1, startedAt }],
    [{ state: 'failed', redriveCount: 1, startedAt, error: 'QueryFailed' }],
    [{ state: 'running', redriveCount: 2, startedAt }],
    [{ state: 'ready', redriveCount: 2, startedAt }],
  ] as const
  const versions = steps.map((reports) => [...new Set(reports.map(versionOf))])
  expect(versions.filter(({ length }) => length > 1)).toEqual([])
  // They are stored in the table, so they stay the same in every release.
  expect(versions.flat()).toEqual([0, 0.5, 1, 1.5, 2, 3, 4, 5, 6])
})

test('an item is kept for 90 days after its last change', () => {
  expect(expiryOf('2026-01-01T00:00:00.999Z')).toBe(Date.parse('2026-04-01T00:00:00Z') / 1000)
})

test('each run that fails has its own notice, and a ready file has one', () => {
  expect([noticeName('failed', 0), noticeName('failed', 1)]).toEqual(['failed#0', 'failed#1'])
  expect([noticeName('ready', 0), noticeName('ready', 1)]).toEqual(['ready', 'ready'])
})

test('addresses are compared without the case of A to Z, and without that of any other letter', () => {
  expect(requesterOf(' Hanako@EXAMPLE.com ')).toBe('hanako@example.com')
  expect(requesterOf('\u212Aen@example.com')).toBe('\u212Aen@example.com')
})
