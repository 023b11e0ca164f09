import { groupAttempts } from '../../console/view/timeline.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000)
const attempt = (from: number, to: number | null, error: string | null = null, reason: string | null = error) => ({
  startedAt: at(from),
  endedAt: to === null ? null : at(to),
  error,
  reason,
})
const THROTTLE = 'Lambda.TooManyRequestsException'

test('throttles are merged into one wait until the attempt that got the slot, whatever request ids they have', () => {
  const groups = groupAttempts([
    attempt(0, 1, THROTTLE, 'Rate Exceeded. (Request ID: a)'),
    attempt(5, 6, THROTTLE, 'Rate Exceeded. (Request ID: b)'),
    attempt(20, 30),
  ])
  expect(groups).toEqual([
    expect.objectContaining({ isWaiting: true, count: 2, startedAt: at(0), endedAt: at(20) }),
    expect.objectContaining({ isWaiting: false, error: null, endedAt: at(30) }),
  ])
})

test('a repeated error is one row with its count, and another reason is another row', () => {
  const groups = groupAttempts([attempt(0, 1, 'E', 'x'), attempt(2, 3, 'E', 'x'), attempt(4, 5, 'E', 'y')])
  expect(groups.map(({ count, reason }) => [count, reason])).toEqual([
    [2, 'x'],
    [1, 'y'],
  ])
})

test('a running attempt has no end', () => {
  expect(groupAttempts([attempt(0, null)])).toEqual([expect.objectContaining({ endedAt: null, error: null })])
})
