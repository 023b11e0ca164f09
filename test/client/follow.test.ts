/** How an execution is polled. Its pauses pass at once. */
import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { NoSuchExecution } from '../../client/errors.ts'
import { type FollowOptions, followExecution } from '../../client/follow.ts'
import { skipPauses } from '../support/pauses.ts'

let skipped: ReturnType<typeof skipPauses>
beforeEach(() => {
  skipped = skipPauses()
})
afterEach(() => skipped.restore())

const event = (id: number, type: HistoryEvent['type']): HistoryEvent => ({ id, type, timestamp: new Date(id) })
const STARTED = event(1, 'ExecutionStarted')
const missing = () => {
  throw new NoSuchExecution('orders-1')
}

test('each change is yielded once, and only later events are asked for, until the execution has ended', async () => {
  const { seen, asked } = await follow([[STARTED], [], [event(2, 'TaskStateAborted'), event(3, 'ExecutionFailed')]])
  expect(seen).toEqual(['orders-1 RUNNING', 'orders-1 FAILED'])
  expect(asked).toEqual(['orders-1 after 0', 'orders-1 after 1', 'orders-1 after 1'])
})

test('the pauses become longer, up to four seconds, while nothing happens, and short again after a change', async () => {
  const nothing = Array<HistoryEvent[]>(10).fill([])
  await follow([[STARTED], ...nothing, [event(2, 'TaskStateAborted')], [event(3, 'ExecutionSucceeded')]])
  const [first, last] = [skipped.pauses.slice(0, 11), skipped.pauses.slice(11)]
  expect(first.toSorted((one, other) => one - other)).toEqual(first)
  expect(first[0]).toBeLessThanOrEqual(250)
  expect(first.slice(0, 4).every((pause) => pause < 1_000)).toBe(true)
  expect(first.at(-1)).toBe(4_000)
  expect(last).toEqual(first.slice(0, 1))
})

test('an end before the replay that is followed is passed over', async () => {
  const redriven = { ...event(3, 'ExecutionRedriven'), executionRedrivenEventDetails: { redriveCount: 1 } }
  const histories = [[STARTED, event(2, 'ExecutionFailed')], [redriven], [event(4, 'ExecutionSucceeded')]]
  const { seen } = await follow(histories, { redriveCount: 1 })
  expect(seen).toEqual(['orders-1 FAILED', 'orders-1 RUNNING', 'orders-1 SUCCEEDED'])
})

test('a request that waits is queued until it has an execution, which may get another name', async () => {
  const names = ['orders-1', 'orders-1', 'message-1']
  const end = [STARTED, event(2, 'ExecutionFailed')]
  const { seen, asked } = await follow([missing, end], { queued: true }, async () => names.shift()!)
  expect(seen).toEqual(['orders-1 QUEUED', 'message-1 FAILED'])
  expect(asked).toEqual(['orders-1 after 0', 'message-1 after 0'])
})

test('the name is asked for no more once there is an execution', async () => {
  let names = 0
  const histories = [[STARTED], [event(2, 'TaskStateAborted')], [event(3, 'ExecutionSucceeded')]]
  await follow(histories, {}, async () => {
    names++
    return 'orders-1'
  })
  expect(names).toBe(2)
})

test('an execution that does not exist is an error unless its request may wait, and any other error always', async () => {
  await expect(follow([missing])).rejects.toThrow(NoSuchExecution)
  const throttled = () => {
    throw new Error('Throttled')
  }
  await expect(follow([throttled], { queued: true })).rejects.toThrow('Throttled')
})

test('nothing is asked for once the caller has stopped', async () => {
  const stop = new AbortController()
  const stopped = () => {
    stop.abort(new Error('enough'))
    return [STARTED]
  }
  await expect(follow([stopped], { signal: stop.signal })).rejects.toThrow('enough')
  await expect(follow([], { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before')
})

/** @param histories the new events at each poll */
async function follow(
  histories: (HistoryEvent[] | (() => HistoryEvent[]))[],
  options: FollowOptions = {},
  nameOf = async () => 'orders-1',
) {
  const asked: string[] = []
  const end = new AbortController()
  const executions = {
    events: async (id: string, after: number) => {
      if (asked.push(`${id} after ${after}`) > 100) throw new Error('It is followed for ever.')
      const next = histories.shift()
      if (!next) end.abort(new Error('It is still followed.'))
      return typeof next === 'function' ? next() : (next ?? [])
    },
  }
  const seen: string[] = []
  const following = followExecution(executions, nameOf, { signal: end.signal, ...options })
  for await (const { id, status } of following) seen.push(`${id} ${status}`)
  return { seen, asked }
}
