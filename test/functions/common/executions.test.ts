import type { SFNClient } from '@aws-sdk/client-sfn'
import { jest } from '@jest/globals'
import { Executions } from '../../../functions/common/executions.ts'
import { givenFakeTime } from '../../support/fake-time.ts'

const MINUTE_MILLIS = 60_000

let time: ReturnType<typeof givenFakeTime>
beforeEach(() => {
  time = givenFakeTime(0)
})
afterEach(() => time.restore())

/** @param running how many run at a time */
function givenRunning(running: (millis: number) => number) {
  const asked: number[] = []
  const send = async () => {
    asked.push(Date.now())
    // A wait without pauses would never let the clock go on.
    if (asked.length > 200) throw new Error('It asks too often.')
    return { executions: Array.from({ length: running(Date.now()) }, (_, name) => ({ name })) }
  }
  const client = { send } as unknown as SFNClient
  return { asked, executions: new Executions(client, 'arn:aws:states:us-east-1:000000000000:stateMachine:download') }
}

test.each([
  [2, 3, true],
  [3, 3, false],
  [4, 3, false],
])('while %i run of at most %i, a slot is free: %s', async (running, maxRunning, isFree) => {
  const { executions } = givenRunning(() => running)
  expect(await executions.hasSlot(maxRunning, Date.now() + 10_000)).toBe(isFree)
})

test('a slot is waited for with pauses that grow from a fifth of a second to five seconds', async () => {
  const { asked, executions } = givenRunning((millis) => (millis < MINUTE_MILLIS ? 1 : 0))
  const found = executions.waitForSlot(1, 2 * MINUTE_MILLIS)
  await jest.advanceTimersByTimeAsync(MINUTE_MILLIS + 5_000)
  expect(await found).toBe(true)
  const pauses = asked.slice(1).map((millis, index) => millis - asked[index]!)
  expect(pauses).toEqual(pauses.toSorted((one, other) => one - other))
  expect([pauses[0], pauses.at(-1)]).toEqual([200, 5_000])
  expect(asked.length).toBeLessThan(25)
})

test('a slot is waited for until the deadline, and not beyond it', async () => {
  const { asked, executions } = givenRunning(() => 1)
  const found = executions.waitForSlot(1, MINUTE_MILLIS)
  await jest.advanceTimersByTimeAsync(MINUTE_MILLIS)
  expect(await found).toBe(false)
  expect(asked.at(-1)).toBeGreaterThan(MINUTE_MILLIS - 5_000)
  expect(asked.at(-1)).toBeLessThanOrEqual(MINUTE_MILLIS)
})
