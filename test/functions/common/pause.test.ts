/** A pause of days on a clock that goes as fast as the test. */
import { jest } from '@jest/globals'

/** What one invocation of `start` has, less what it keeps to hand its message back. */
const INVOCATION_MILLIS = (15 * 60 - 15) * 1000
/** Of the queue; more receives make a dead letter. */
const MOST_RECEIVES = 1000
const HOUR_MILLIS = 3_600_000

let waitUntilResumed: typeof import('../../../functions/common/pause.ts').waitUntilResumed
beforeAll(async () => {
  jest.useFakeTimers({ now: Date.parse('2026-11-30T00:00:00Z') })
  jest.unstable_mockModule('node:timers/promises', () => ({
    setTimeout: async (millis: number) => void jest.setSystemTime(Date.now() + millis),
  }))
  waitUntilResumed = (await import('../../../functions/common/pause.ts')).waitUntilResumed
})
afterAll(() => jest.useRealTimers())

test.each([
  [48, 197],
  [10 * 24, 982],
])(
  'a pause of %i hours takes a message that is still delivered %i times, and makes no dead letter',
  async (hours, receives) => {
    const end = Date.now() + hours * HOUR_MILLIS
    const table = { pause: async () => (Date.now() < end ? { at: '', by: 'a test', reason: '' } : undefined) }
    let received = 1
    while (!(await waitUntilResumed(table, Date.now() + INVOCATION_MILLIS))) received++
    expect(Date.now()).toBeGreaterThanOrEqual(end)
    expect(received).toBe(receives)
    expect(received).toBeLessThan(MOST_RECEIVES)
  },
)
