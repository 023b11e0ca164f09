import { jest } from '@jest/globals'
import type { Batch } from '../../../engine/rows/batch.ts'
import { Budget } from '../../../engine/rows/budget.ts'
import type { Rows } from '../../../engine/sources/source.ts'

const BUDGET_MILLIS = 60_000
/** A timer of Node lasts at most 2^31 - 1 milliseconds; a longer one ends at once. */
const BEYOND_TIMERS_MILLIS = 2 ** 31

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

test('batches are read in order until the rows end', async () => {
  const { budget, give, end } = givenBudget(BUDGET_MILLIS)
  for (const batch of [givenBatch(), givenBatch()]) {
    const next = budget.next(true)
    give(batch)
    expect(await next).toBe(batch)
  }
  const next = budget.next(true)
  end()
  expect(await next).toBe('ended')
})

test('a deadline ends the waiting for rows, and their batch is kept for the next read', async () => {
  const { budget, give } = givenBudget(BUDGET_MILLIS)
  const next = budget.next(true)
  await jest.advanceTimersByTimeAsync(BUDGET_MILLIS - 1)
  expect([await isSettled(next), budget.isSpent]).toEqual([false, false])
  await jest.advanceTimersByTimeAsync(1)
  expect([await next, budget.isSpent]).toEqual(['spent', true])
  const batch = givenBatch()
  const kept = budget.next(false)
  give(batch)
  expect(await kept).toBe(batch)
  const following = budget.next(false)
  const other = givenBatch()
  give(other)
  expect(await following).toBe(other)
})

test('a deadline that passes while rows are written ends the waiting for the next ones', async () => {
  const { budget, give } = givenBudget(BUDGET_MILLIS)
  const next = budget.next(true)
  give(givenBatch())
  await next
  await jest.advanceTimersByTimeAsync(2 * BUDGET_MILLIS)
  const late = budget.next(true)
  await jest.advanceTimersByTimeAsync(1)
  expect(await late).toBe('spent')
})

test('a deadline does not end the waiting for the first rows, without which nothing can be kept', async () => {
  const { budget, give } = givenBudget(BUDGET_MILLIS)
  const next = budget.next(false)
  await jest.advanceTimersByTimeAsync(2 * BUDGET_MILLIS)
  expect(await isSettled(next)).toBe(false)
  const batch = givenBatch()
  give(batch)
  expect(await next).toBe(batch)
})

test('one timer serves all reads, and none is left at the end', async () => {
  const { budget, give } = givenBudget(BUDGET_MILLIS)
  for (let read = 0; read < 3; read++) {
    const next = budget.next(true)
    give(givenBatch())
    await next
    expect(jest.getTimerCount()).toBe(1)
  }
  budget.end()
  expect(jest.getTimerCount()).toBe(0)
})

test('a deadline beyond the longest timer does not end the waiting', async () => {
  const { budget } = givenBudget(BEYOND_TIMERS_MILLIS)
  const next = budget.next(true)
  await jest.advanceTimersByTimeAsync(BUDGET_MILLIS)
  expect([await isSettled(next), jest.getTimerCount()]).toEqual([false, 0])
})

test('a read that fails fails the waiting, and after a deadline nobody', async () => {
  const { budget, fail } = givenBudget(BUDGET_MILLIS)
  const next = budget.next(true)
  await jest.advanceTimersByTimeAsync(BUDGET_MILLIS)
  expect(await next).toBe('spent')
  fail(new Error('closed'))
  await expect(budget.next(true)).rejects.toThrow('closed')
})

function givenBatch(): Batch {
  return { bytes: Buffer.alloc(0), rows: 0, starts: new Int32Array(0), ends: new Int32Array(0) }
}

/** A budget of this many milliseconds, whose rows come, end or fail when the test says so. */
function givenBudget(millis: number) {
  let read: PromiseWithResolvers<IteratorResult<Batch>>
  const next = () => {
    read = Promise.withResolvers()
    return read.promise
  }
  const rows = { [Symbol.asyncIterator]: () => ({ next }) } as unknown as Rows
  return {
    budget: new Budget(rows, Date.now() + millis),
    give: (value: Batch) => read.resolve({ done: false, value }),
    end: () => read.resolve({ done: true, value: undefined }),
    fail: (error: Error) => read.reject(error),
  }
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol()
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}
