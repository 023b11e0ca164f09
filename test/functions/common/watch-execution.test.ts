/** Invocations that work for an execution that is stopped, redriven, or described late, on a clock that the test moves. */
import { jest } from '@jest/globals'
import type { Watch } from '../../../functions/common/watch-execution.ts'

interface Answer {
  status: string
  redriveCount?: number
  stopDate?: Date
}

const NOW = Date.parse('2026-11-30T21:00:00Z')
const LONG_AGO = new Date(NOW - 3_600_000)

let watchExecution: typeof import('../../../functions/common/watch-execution.ts').watchExecution
let watch: Watch
/** How often the execution was described. */
let asked: number
beforeAll(async () => {
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT'
  jest.unstable_mockModule('node:timers/promises', () => ({
    setTimeout: (millis: number, value: unknown) =>
      new Promise((resolve) => void setTimeout(() => resolve(value), millis)),
  }))
  watchExecution = (await import('../../../functions/common/watch-execution.ts')).watchExecution
})
beforeEach(() => {
  asked = 0
  jest.useFakeTimers({ now: NOW })
})
afterEach(() => {
  watch.end()
  jest.useRealTimers()
})

const running = (redriveCount = 0): Answer => ({ status: 'RUNNING', redriveCount })
const aborted = (redriveCount = 0): Answer => ({ status: 'ABORTED', redriveCount })
const noAnswer = new Promise<never>(() => {})

test.each<[string, Answer[], boolean]>([
  ['runs', [running()], false],
  ['stopped', [running(), aborted()], true],
  ['stopped', [{ ...aborted(), stopDate: new Date(NOW) }], true],
  ['stopped', [{ ...aborted(1), stopDate: new Date(NOW) }], true],
  ['redriven', [running(), running(1)], true],
  ['redriven', [running(), { status: 'SUCCEEDED', redriveCount: 1 }], true],
  ['ended', [running(), { status: 'FAILED', redriveCount: 0 }], true],
  // It has seen the execution run, so the end is a later one, whatever the two clocks say.
  ['stopped', [running(), { ...aborted(), stopDate: LONG_AGO }], true],
  // The first run has no redrives.
  ['stopped', [{ status: 'RUNNING' }, aborted()], true],
  // Step Functions still describes the stop before the redrive that this invocation belongs to.
  ['runs', [running(1), aborted(0)], false],
  ['runs', [{ ...aborted(0), stopDate: LONG_AGO }, running(1)], false],
  ['runs', [running(), aborted(), running()], false],
])('%s: %j', async (standing, given, isAborted) => {
  givenWatch(...given)
  // The first look is the watch's own.
  if (given.length > 1) await pass(0)
  const checked = watch.check()
  await pass(500)
  expect(await checked).toBe(standing)
  expect(watch.signal.aborted).toBe(isAborted)
})

test('it asks every two seconds, and aborts once an end is reported again half a second later', async () => {
  givenWatch(running(), running(), aborted())
  const seen = []
  for (const millis of [0, 1_999, 1, 2_000, 499]) {
    await pass(millis)
    seen.push(asked)
  }
  expect(seen).toEqual([1, 1, 2, 3, 3])
  expect(watch.signal.aborted).toBe(false)
  await pass(1)
  expect(asked).toBe(4)
  expect(watch.signal.reason.message).toBe('This invocation no longer works for the execution, which was stopped.')
})

test('an end from before it began is believed after ten seconds, because the redrive must be described by then', async () => {
  givenWatch({ ...aborted(), stopDate: LONG_AGO })
  await pass(10_499)
  expect(watch.signal.aborted).toBe(false)
  await pass(1)
  expect(watch.signal.aborted).toBe(true)
})

test('it waits for a late answer before it asks again', async () => {
  givenWatch(new Promise((resolve) => void setTimeout(() => resolve(running()), 5_000)), running())
  await pass(5_999)
  expect(asked).toBe(1)
  await pass(1)
  expect(asked).toBe(2)
})

test('a check waits two seconds for an answer', async () => {
  givenWatch(running(), noAnswer)
  await pass(0)
  let checked: string | undefined
  void watch.check().then((state) => {
    checked = state
  })
  await pass(1_999)
  expect(checked).toBeUndefined()
  await pass(1)
  expect(checked).toBe('runs')
})

test('a check after a failed one asks nothing, until a regular one has an answer again', async () => {
  givenWatch(running(), new Error('Throttled'), running(), aborted())
  await pass(0)
  expect(await watch.check()).toBe('runs')
  expect(await watch.check()).toBe('runs')
  expect(asked).toBe(2)
  await pass(2_000)
  const checked = watch.check()
  await pass(500)
  expect(await checked).toBe('stopped')
})

test('it asks nothing after its end', async () => {
  givenWatch(running())
  await pass(0)
  watch.end()
  await pass(10_000)
  expect(asked).toBe(1)
})

/** Each question gets the next answer; the last one is given again. */
function givenWatch(...answers: (Answer | Error | Promise<Answer>)[]) {
  const send = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)]
    if (answer instanceof Error) throw answer
    return answer
  }
  watch = watchExecution({ send } as never, 'arn:aws:states:us-east-1:000000000000:execution:m:e')
}

async function pass(millis: number) {
  await jest.advanceTimersByTimeAsync(millis)
}
