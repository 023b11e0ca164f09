import { elapsedMillis } from '../../statemachine/elapsed.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 10, 30, 6, minute))
const MINUTE = 60_000

test('an execution’s time is that of its runs, without the time between them', () => {
  const first = { startedAt: at(0), stoppedAt: at(5) }
  expect(elapsedMillis({ runs: [] }, at(30))).toBe(0)
  expect(elapsedMillis({ runs: [first] }, at(30))).toBe(5 * MINUTE)
  expect(elapsedMillis({ runs: [first, { startedAt: at(20), stoppedAt: at(22) }] }, at(30))).toBe(7 * MINUTE)
  expect(elapsedMillis({ runs: [first, { startedAt: at(20), stoppedAt: null }] }, at(30))).toBe(15 * MINUTE)
})
