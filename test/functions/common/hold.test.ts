/** A pause of days and outages, on a clock that goes as fast as the test. */
import { jest } from '@jest/globals'
import type { Outage } from '../../../statemachine/outage.ts'

/** Time of an invocation of `start`, without the reserve for returning its message. */
const INVOCATION_MILLIS = (15 * 60 - 15) * 1000
/** The queue's limit of receives, after which a message becomes a dead letter. */
const MOST_RECEIVES = 1000
const HOUR_MILLIS = 3_600_000

let Hold: typeof import('../../../functions/common/hold.ts').Hold
beforeAll(async () => {
  jest.useFakeTimers({ now: Date.parse('2026-11-30T00:00:00Z') })
  jest.unstable_mockModule('node:timers/promises', () => ({
    setTimeout: async (millis: number) => void jest.setSystemTime(Date.now() + millis),
  }))
  Hold = (await import('../../../functions/common/hold.ts')).Hold
})
afterAll(() => jest.useRealTimers())

const outage: Outage = { since: '2026-11-30T00:00:00.000Z', id: 'orders-1', reason: 'ECONNREFUSED' }
const never = {
  isOver: async () => {
    throw new Error('There is no outage to ask about')
  },
}

test.each([
  [48, 197],
  [10 * 24, 982],
])(
  'during a pause of %i hours a message is delivered %i times, and does not become a dead letter',
  async (hours, receives) => {
    const end = Date.now() + hours * HOUR_MILLIS
    const pause = { at: '', by: 'a test', reason: '' }
    const holds = async () => ({ pause: Date.now() < end ? pause : undefined, outage: undefined })
    const hold = new Hold({ holds }, never)
    let received = 1
    while (!(await hold.waitUntilFree(Date.now() + INVOCATION_MILLIS))) received++
    expect(Date.now()).toBeGreaterThanOrEqual(end)
    expect(received).toBe(receives)
    expect(received).toBeLessThan(MOST_RECEIVES)
  },
)

test('during a pause the database is not checked, and an outage ends when it responds', async () => {
  const end = Date.now() + HOUR_MILLIS
  const holds = async () => ({ pause: undefined, outage })
  const isOver = async () => Date.now() >= end
  expect(await new Hold({ holds }, { isOver }).waitUntilFree(end - 60_000)).toBe(false)
  expect(await new Hold({ holds }, { isOver }).waitUntilFree(end + 60_000)).toBe(true)
  const paused = async () => ({ pause: { at: '', by: '', reason: '' }, outage })
  expect(await new Hold({ holds: paused }, never).isFree(end)).toBe(false)
})

test('nothing starts if the table cannot be read', async () => {
  const holds = async () => {
    throw new Error('throttled')
  }
  expect(await new Hold({ holds }, never).isFree(Date.now() + 1_000)).toBe(false)
})
