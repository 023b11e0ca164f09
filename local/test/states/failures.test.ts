import { StopExecutionCommand } from '@aws-sdk/client-sfn'
import { jest } from '@jest/globals'
import { createStates, TaskError, type TaskRunner } from '../../src/states/service.ts'
import { type Cloud, openCloud, task, types } from './cloud.ts'

/** Fails with `error` as often as `times` says, waits `millis`, and counts what was called and what was aborted. */
let calls: { key: string; args: Record<string, unknown> }[] = []
let aborted: string[] = []
const runTask: TaskRunner = async ({ arguments: given, signal }) => {
  const args = given as Record<string, unknown>
  const key = String(args.key)
  calls.push({ key, args })
  if (args.millis) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Number(args.millis))
      signal.addEventListener('abort', () => {
        aborted.push(key)
        clearTimeout(timer)
        resolve()
      })
    })
  }
  const before = calls.filter((call) => call.key === key).length - 1
  if (before < Number(args.times ?? 0)) throw new TaskError(String(args.error), String(args.cause ?? ''))
  return args.bytes ? 'é'.repeat(Number(args.bytes) / 2) : { ok: key }
}

let cloud: Cloud
beforeAll(async () => {
  // The delay of a retry with FULL jitter is a share of the interval.
  jest.spyOn(Math, 'random').mockReturnValue(0.01)
  cloud = await openCloud(runTask)
})
beforeEach(() => {
  calls = []
  aborted = []
})
afterAll(async () => {
  jest.restoreAllMocks()
  await cloud.close()
})

const soon = { IntervalSeconds: 1, JitterStrategy: 'FULL' }
const caught = { Caught: { Type: 'Pass', Output: '{% { "caught": $states.input } %}', End: true } }
const catching = (ErrorEquals: string[], rest: object = {}) => ({ Catch: [{ ErrorEquals, Next: 'Caught', ...rest }] })
const failing = (error: string, times = 99) => ({ Arguments: { key: 'a', error, times, cause: 'why' } })

describe('Retry', () => {
  test('tries again until the task succeeds, and counts', async () => {
    const Arguments = { ...failing('Boom', 2).Arguments, retry: '{% $states.context.State.RetryCount %}' }
    const { status } = await cloud.run({ A: task({ Arguments, Retry: [{ ErrorEquals: ['Boom'], ...soon }] }) })
    expect(status).toBe('SUCCEEDED')
    expect(calls.map(({ args }) => args.retry)).toEqual([0, 1, 2])
  })

  test('ends after MaxAttempts with the last error', async () => {
    const Retry = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 2, ...soon }]
    const { status, error, cause } = await cloud.run({ A: task({ ...failing('Boom'), Retry }) })
    expect([status, error, cause]).toEqual(['FAILED', 'Boom', 'why'])
    expect(calls).toHaveLength(3)
  })

  test('never retries with MaxAttempts 0, nor an error that no rule names', async () => {
    const Retry = [
      { ErrorEquals: ['Boom'], MaxAttempts: 0 },
      { ErrorEquals: ['Bang'], ...soon },
    ]
    await cloud.run({ A: task({ ...failing('Boom'), Retry }) })
    await cloud.run({ A: task({ ...failing('Other'), Retry }) })
    expect(calls).toHaveLength(2)
  })

  test('runs a Map again as a whole', async () => {
    const T = task({ Arguments: { key: '{% "m" & $states.input %}', error: 'Boom', times: '{% $states.input %}' } })
    const M = {
      Type: 'Map',
      MaxConcurrency: 1,
      ItemProcessor: { StartAt: 'T', States: { T } },
      Retry: [{ ErrorEquals: ['Boom'], ...soon }],
      End: true,
    }
    const { output, executionArn = '' } = await cloud.run({ M }, [0, 1])
    expect(output).toEqual([{ ok: 'm0' }, { ok: 'm1' }])
    expect(calls.map(({ key }) => key)).toEqual(['m0', 'm1', 'm0', 'm1'])
    expect(types(await cloud.history(executionArn)).filter((type) => type === 'MapStateStarted')).toHaveLength(2)
  })
})

describe('Catch', () => {
  test('continues with the error, or with its Output', async () => {
    const plain = await cloud.run({ A: task({ ...failing('Boom'), ...catching(['Boom']) }), ...caught })
    expect(plain.output).toEqual({ caught: { Error: 'Boom', Cause: 'why' } })
    const Output = '{% { "was": $states.input.n, "error": $states.errorOutput.Error } %}'
    const Assign = { cause: '{% $states.errorOutput.Cause %}' }
    const Caught = { Type: 'Pass', Output: '{% [$states.input, $cause] %}', End: true }
    const shaped = await cloud.run(
      { A: task({ ...failing('Boom'), ...catching(['Boom'], { Output, Assign }) }), Caught },
      { n: 1 },
    )
    expect(shaped.output).toEqual([{ was: 1, error: 'Boom' }, 'why'])
  })

  test.each([
    ['Boom', ['Boom'], true],
    ['Boom', ['Bang', 'Boom'], true],
    ['Boom', ['Bang'], false],
    ['Boom', ['States.TaskFailed'], true],
    ['Boom', ['States.ALL'], true],
    ['States.Timeout', ['States.TaskFailed'], false],
    ['States.Timeout', ['States.ALL'], true],
    ['States.HeartbeatTimeout', ['States.Timeout'], true],
    ['States.Runtime', ['States.ALL'], false],
    ['States.DataLimitExceeded', ['States.ALL'], false],
    ['States.DataLimitExceeded', ['States.TaskFailed'], false],
    ['States.DataLimitExceeded', ['States.DataLimitExceeded'], true],
  ])('%s under %j is caught: %s', async (error, names, isCaught) => {
    const ended = await cloud.run({ A: task({ ...failing(error), ...catching(names) }), ...caught })
    expect(ended.status).toBe(isCaught ? 'SUCCEEDED' : 'FAILED')
    if (!isCaught) expect(ended.error).toBe(error)
  })

  test('catches an error inside a Map and a Parallel by its name', async () => {
    const list = { StartAt: 'T', States: { T: task(failing('Boom')) } }
    const states = { ...catching(['Boom']), Next: 'Caught' }
    const M = { Type: 'Map', ItemProcessor: list, ...states }
    const P = { Type: 'Parallel', Branches: [list], ...states }
    const expected = { caught: { Error: 'Boom', Cause: 'why' } }
    expect((await cloud.run({ M, ...caught }, [1, 2])).output).toEqual(expected)
    expect((await cloud.run({ P, ...caught })).output).toEqual(expected)
  })

  test('fails the state if it fails itself', async () => {
    const { error, cause } = await cloud.run({
      A: task({ ...failing('Boom'), ...catching(['States.ALL'], { Output: { v: '{% $states.input.none %}' } }) }),
      ...caught,
    })
    expect(error).toBe('States.QueryEvaluationError')
    expect(cause).toBe(
      "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression " +
        "'$states.input.none' specified for the field 'Catch[0]/Output/v' returned nothing (undefined).",
    )
  })
})

describe('an expression that returns nothing or fails', () => {
  const cases: [string, Record<string, object>][] = [
    ['Output/v', { A: { Type: 'Pass', Output: { v: '{% $states.input.none %}' }, End: true } }],
    ['Output', { A: { Type: 'Pass', Output: '{% $states.input.none %}', End: true } }],
    ['Output/l[1]', { A: { Type: 'Pass', Output: { l: [1, '{% $none %}'] }, End: true } }],
    ['Assign/x', { A: { Type: 'Pass', Assign: { x: '{% $states.input.none %}' }, End: true } }],
    ['Arguments/p', { A: task({ Arguments: { p: '{% $states.input.none %}' } }) }],
    ['TimeoutSeconds', { A: task({ TimeoutSeconds: '{% $states.input.none %}' }) }],
    [
      'Choices[0]/Condition',
      { A: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.none %}', Next: 'A' }], Default: 'A' } },
    ],
    ['Error', { A: { Type: 'Fail', Error: '{% $states.input.none %}' } }],
    [
      'ItemSelector/i',
      {
        A: {
          Type: 'Map',
          Items: [1],
          ItemSelector: { i: '{% $none %}' },
          ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
          End: true,
        },
      },
    ],
  ]
  test.each(cases)('in %s fails the state and names the field', async (field, states) => {
    const { error, cause, executionArn = '' } = await cloud.run(states)
    expect(error).toBe('States.QueryEvaluationError')
    expect(cause).toContain(`specified for the field '${field}' returned nothing (undefined).`)
    const events = await cloud.history(executionArn)
    const failed = events.find(({ type }) => type === 'EvaluationFailed')
    expect(failed?.evaluationFailedEventDetails).toMatchObject({ state: 'A', location: field, error })
    expect(calls).toHaveLength(0)
  })

  test('can be caught, in a Task', async () => {
    const A = task({ Output: '{% $states.result.none %}', ...catching(['States.ALL']) })
    const { status, executionArn = '' } = await cloud.run({ A, ...caught }, { key: 'a' })
    expect(status).toBe('SUCCEEDED')
    // The task itself has succeeded, and the history says so.
    expect(types(await cloud.history(executionArn)).slice(4, 7)).toEqual([
      'TaskSucceeded',
      'EvaluationFailed',
      'TaskStateExited',
    ])
  })

  test('includes JSONata’s message', async () => {
    const { cause } = await cloud.run({ A: { Type: 'Pass', Output: '{% $number("x") %}', End: true } })
    expect(cause).toContain("field 'Output' threw an error during evaluation. D3030: Unable to cast value to a number")
  })

  test('is stopped after a second', async () => {
    const endless = '{% ($f := function($n) { $f($n + 1) }; $f(0)) %}'
    const { cause } = await cloud.run({ A: { Type: 'Pass', Output: endless, End: true } })
    expect(cause).toContain('time limit exceeded')
  })
})

describe('a payload over 256 KiB', () => {
  test('fails as the result of a task', async () => {
    const under = await cloud.run({ A: task({ Arguments: { key: 'a', bytes: 262_142 } }) })
    expect(under.status).toBe('SUCCEEDED')
    const over = await cloud.run({
      A: task({ Arguments: { key: 'a', bytes: 262_144 }, ...catching(['States.ALL']) }),
      ...caught,
    })
    expect(over).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' })
    expect(over.cause).toMatch(/^The state\/task 'lambda' returned a result with a size exceeding/)
  })

  test('fails as the output of a state', async () => {
    const { error } = await cloud.run({ A: { Type: 'Pass', Output: '{% $pad("", 262143, "x") %}', End: true } })
    expect(error).toBe('States.DataLimitExceeded')
  })
})

describe('time limits', () => {
  test('a task that takes longer times out, is aborted, and can be retried', async () => {
    const A = task({
      Arguments: { key: 'slow', millis: 5000 },
      TimeoutSeconds: '{% 1 %}',
      Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1, ...soon }],
    })
    const { status, error, executionArn = '' } = await cloud.run({ A })
    expect([status, error]).toEqual(['FAILED', 'States.Timeout'])
    expect(aborted).toEqual(['slow', 'slow'])
    const events = await cloud.history(executionArn)
    expect(types(events).filter((type) => type === 'TaskTimedOut')).toHaveLength(2)
    expect(events[2]?.taskScheduledEventDetails?.timeoutInSeconds).toBe(1)
  })

  test('an execution that takes longer is TIMED_OUT, and its task aborted', async () => {
    const A = task({ Arguments: { key: 'slow', millis: 5000 }, ...catching(['States.ALL']) })
    const ended = await cloud.run({ A, ...caught }, {}, { TimeoutSeconds: 1 })
    expect(ended).toMatchObject({ status: 'TIMED_OUT', redriveStatus: 'REDRIVABLE' })
    expect(ended.error).toBeUndefined()
    expect(aborted).toEqual(['slow'])
    expect(types(await cloud.history(ended.executionArn as string)).at(-1)).toBe('ExecutionTimedOut')
  })

  test('an execution whose deadline passed while the cloud was stopped times out without a further task', async () => {
    const dead = await openCloud(runTask)
    const arn = await dead.machine({ A: task({ Arguments: { key: 'late' } }) }, { TimeoutSeconds: 2 })
    await dead.states.stop()
    const executionArn = await dead.start(arn)
    const now = () => Date.now() + 5000
    const next = createStates({ store: dead.store, region: 'eu-west-1', accountId: '000000000000', runTask, now })
    await next.resume()
    expect(await dead.ended(executionArn)).toMatchObject({ status: 'TIMED_OUT' })
    expect(calls).toEqual([])
    await next.stop()
    await dead.close()
  })

  test('StopExecution aborts the running tasks and nothing is written afterwards', async () => {
    const T = task({ Arguments: { key: '{% "k" & $states.input %}', millis: 5000 } })
    const M = { Type: 'Map', ItemProcessor: { StartAt: 'T', States: { T } }, End: true }
    const executionArn = await cloud.start(await cloud.machine({ M }), [1, 2])
    while (calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await cloud.client.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'of it' }))
    const described = await cloud.ended(executionArn)
    expect(described).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'of it', redriveStatus: 'REDRIVABLE' })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(aborted.sort()).toEqual(['k1', 'k2'])
    expect(types(await cloud.history(executionArn)).at(-1)).toBe('ExecutionAborted')
  })
})

test('a failed iteration ends the others, whose tasks are aborted', async () => {
  const T = task({
    Arguments: {
      key: '{% "k" & $states.input %}',
      millis: '{% $states.input * 2000 %}',
      times: '{% $states.input = 0 ? 1 : 0 %}',
      error: 'Boom',
    },
  })
  const M = { Type: 'Map', ItemProcessor: { StartAt: 'T', States: { T } }, End: true }
  const { error, executionArn = '' } = await cloud.run({ M }, [1, 0])
  expect(error).toBe('Boom')
  expect(aborted).toEqual(['k1'])
  expect(types(await cloud.history(executionArn)).slice(-6)).toEqual([
    'TaskFailed',
    'MapIterationFailed',
    'TaskStateAborted',
    'MapIterationAborted',
    'MapStateFailed',
    'ExecutionFailed',
  ])
})

test('an internal error ends the execution visibly, and it can be redriven', async () => {
  const stop = cloud.states.onEvent((_, { type }) => {
    if (type === 'PassStateEntered') throw new Error('a follower broke')
  })
  const ended = await cloud.run({ A: { Type: 'Pass', End: true } })
  stop()
  expect(ended).toMatchObject({ error: 'States.Runtime', cause: 'a follower broke', redriveStatus: 'REDRIVABLE' })
})

test('a history of 25,000 events ends the execution for good', async () => {
  const A = { Type: 'Pass', Next: 'B' }
  const ended = await cloud.run({ A, B: { Type: 'Pass', Next: 'A' } })
  expect(ended).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: 'The execution reached the maximum number of history events (25000).',
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'Execution history event limit exceeded',
  })
  const events = await cloud.history(ended.executionArn as string)
  expect(events).toHaveLength(25_000)
  expect(events.at(-1)?.type).toBe('ExecutionFailed')
})
