import { RedriveExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn'
import { TaskError, type TaskRunner } from '../../src/states/service.ts'
import { type Cloud, openCloud, task, types } from './cloud.ts'

/** What was called, and which keys fail at the moment. */
let calls: string[] = []
let broken = new Set<string>()
let time = 0
const runTask: TaskRunner = async ({ arguments: given, signal }) => {
  const args = given as {
    key: string
    hang?: boolean
    millis?: number
    redriveCount?: number
    failure?: { redriveCount: number; error: string }
  }
  calls.push(args.key)
  if (args.millis) await new Promise((resolve) => setTimeout(resolve, args.millis))
  if (args.hang && broken.has(args.key)) await new Promise((resolve) => signal.addEventListener('abort', resolve))
  // As functions/halt.ts does.
  if (args.failure && Number(args.redriveCount) <= args.failure.redriveCount)
    throw new TaskError(args.failure.error, 'halted')
  if (broken.has(args.key)) throw new TaskError('Broken', args.key)
  return args
}

let cloud: Cloud
beforeAll(async () => {
  cloud = await openCloud(runTask, { now: () => Date.now() + time })
})
beforeEach(() => {
  calls = []
  broken = new Set()
  time = 0
})
afterAll(() => cloud.close())

const redrive = (executionArn = '', clientToken?: string) =>
  cloud.client.send(new RedriveExecutionCommand({ executionArn, clientToken }))
const called = async (count: number) => {
  while (calls.length < count) await new Promise((resolve) => setTimeout(resolve, 2))
}

test('a failed Task is scheduled again; what succeeded before is not', async () => {
  broken.add('b')
  const failed = await cloud.run({
    A: task({ Arguments: { key: 'a' }, Assign: { kept: 'yes' }, Next: 'B' }),
    B: task({ Arguments: { key: 'b', count: '{% $states.context.Execution.RedriveCount %}' }, Next: 'C' }),
    C: {
      Type: 'Pass',
      Output: '{% [$kept, $states.input.count, $exists($states.context.Execution.RedriveTime)] %}',
      End: true,
    },
  })
  expect(failed).toMatchObject({ status: 'FAILED', error: 'Broken', redriveCount: 0, redriveStatus: 'REDRIVABLE' })
  broken.clear()
  const { redriveDate } = await redrive(failed.executionArn)
  const ended = await cloud.ended(failed.executionArn as string)
  expect(ended).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, redriveDate })
  expect(ended).not.toHaveProperty('error')
  expect(JSON.parse(ended.output as string)).toEqual(['yes', 1, true])
  expect(calls).toEqual(['a', 'b', 'b'])
  const events = await cloud.history(failed.executionArn as string)
  const from = events.findIndex(({ type }) => type === 'ExecutionRedriven')
  expect(types(events.slice(from - 1))).toEqual([
    'ExecutionFailed',
    'ExecutionRedriven',
    'TaskScheduled',
    'TaskStarted',
    'TaskSucceeded',
    'TaskStateExited',
    'PassStateEntered',
    'PassStateExited',
    'ExecutionSucceeded',
  ])
  expect(events[from]?.executionRedrivenEventDetails?.redriveCount).toBe(1)
  expect(events.slice(from).map(({ id, previousEventId }) => Number(id) - Number(previousEventId))).toEqual(
    Array(8).fill(1),
  )
})

test('a halt that throws the recorded error lets the execution return to the failed step', async () => {
  const record = (step: string) => [
    {
      ErrorEquals: ['States.ALL'],
      Output: `{% $merge([$states.input, { "failure": { "step": "${step}", "error": $states.errorOutput.Error, "redriveCount": $states.context.Execution.RedriveCount } }]) %}`,
      Next: 'Halt',
    },
  ]
  const states = {
    Prepare: task({
      Arguments: { key: 'prepare' },
      Output: { done: ['prepare'] },
      Catch: record('Prepare'),
      Next: 'Export',
    }),
    Export: task({
      Arguments: { key: 'export' },
      Output: '{% $states.input %}',
      Catch: record('Export'),
      Next: 'Finish',
    }),
    Finish: task({ Arguments: { key: 'finish' }, Output: '{% $states.input %}', Catch: record('Finish') }),
    Halt: task({
      Arguments: {
        key: 'halt',
        redriveCount: '{% $states.context.Execution.RedriveCount %}',
        failure: '{% $states.input.failure %}',
      },
      Assign: { step: '{% $states.input.failure.step %}' },
      Output: '{% $sift($states.input, function($v, $k) { $k != "failure" }) %}',
      Next: 'Resume',
    }),
    Resume: {
      Type: 'Choice',
      Choices: ['Prepare', 'Export', 'Finish'].map((Next) => ({ Condition: `{% $step = "${Next}" %}`, Next })),
    },
  }
  broken.add('export')
  const failed = await cloud.run(states)
  expect(failed).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'halted' })
  expect(calls).toEqual(['prepare', 'export', 'halt'])
  // Still broken: it halts again, this time with the count that the next redrive exceeds.
  await redrive(failed.executionArn)
  expect(await cloud.ended(failed.executionArn as string)).toMatchObject({ status: 'FAILED', redriveCount: 1 })
  expect(calls).toEqual(['prepare', 'export', 'halt', 'halt', 'export', 'halt'])
  broken.clear()
  await redrive(failed.executionArn)
  const ended = await cloud.ended(failed.executionArn as string)
  expect(ended).toMatchObject({ status: 'SUCCEEDED', redriveCount: 2, output: '{"done":["prepare"]}' })
  expect(calls.slice(6)).toEqual(['halt', 'export', 'finish'])
})

const mapOver = (T: object, rest: object = {}) => ({
  M: { Type: 'Map', ItemProcessor: { StartAt: 'T', States: { T } }, End: true, ...rest },
})

describe('of a Map', () => {
  test('iterations that succeeded are kept, the failed and the aborted continue from their state', async () => {
    const processor = {
      StartAt: 'First',
      States: {
        First: task({
          Arguments: { key: '{% "first" & $states.input %}' },
          Output: '{% $states.input %}',
          Next: 'Second',
        }),
        Second: task({
          Arguments: {
            key: '{% "second" & $states.input %}',
            hang: '{% $states.input = 2 %}',
            millis: '{% $states.input = 1 ? 300 : 0 %}',
          },
        }),
      },
    }
    const M = {
      Type: 'Map',
      ItemProcessor: processor,
      MaxConcurrency: 3,
      Output: '{% $states.result.key %}',
      End: true,
    }
    broken = new Set(['second1', 'second2'])
    const failed = await cloud.run({ M }, [0, 1, 2, 3])
    expect(failed.error).toBe('Broken')
    broken.clear()
    const before = calls.length
    await redrive(failed.executionArn)
    const ended = await cloud.ended(failed.executionArn as string)
    expect(JSON.parse(ended.output as string)).toEqual(['second0', 'second1', 'second2', 'second3'])
    const again = calls.slice(before)
    expect(again.toSorted()).toEqual(['second1', 'second2'])
  })

  test('that is entered again runs all of its items again', async () => {
    const T = task({
      Arguments: { key: '{% "k" & $states.input.n %}' },
      Output: '{% $merge([$states.input, { "done": true }]) %}',
      Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.input %}', Next: 'Failed' }],
      Next: 'Ok',
    })
    const processor = {
      StartAt: 'Done?',
      States: {
        'Done?': { Type: 'Choice', Choices: [{ Condition: '{% $states.input.done %}', Next: 'Ok' }], Default: 'T' },
        T,
        Ok: { Type: 'Succeed' },
        Failed: { Type: 'Succeed' },
      },
    }
    const states = {
      M: { Type: 'Map', ItemProcessor: processor, Next: 'All?' },
      'All?': {
        Type: 'Choice',
        Choices: [{ Condition: '{% $not(false in $states.input.done) %}', Next: 'End' }],
        Default: 'Halt',
      },
      Halt: task({
        Arguments: {
          key: 'halt',
          redriveCount: '{% $states.context.Execution.RedriveCount %}',
          failure: { error: 'Broken', redriveCount: 0 },
        },
        Output: '{% $states.input %}',
        Next: 'M',
      }),
      End: { Type: 'Succeed', Output: '{% $states.input.n %}' },
    }
    broken.add('k2')
    const failed = await cloud.run(
      states,
      [1, 2, 3].map((n) => ({ n, done: false })),
    )
    expect(failed.error).toBe('Broken')
    broken.clear()
    await redrive(failed.executionArn)
    const ended = await cloud.ended(failed.executionArn as string)
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: '[1,2,3]' })
    expect(calls.toSorted()).toEqual(['halt', 'halt', 'k1', 'k2', 'k2', 'k3'])
    const lengths = (await cloud.history(failed.executionArn as string)).filter(
      ({ type }) => type === 'MapStateStarted',
    )
    expect(lengths).toHaveLength(2)
  })

  test('nested in a Parallel continues at the innermost state', async () => {
    const inner = mapOver(task({ Arguments: { key: '{% "k" & $states.input %}' }, Output: '{% $states.result.key %}' }))
    const other = { StartAt: 'O', States: { O: task({ Arguments: { key: 'other' }, Output: 'o' }) } }
    const P = { Type: 'Parallel', Branches: [{ StartAt: 'M', States: inner }, other], End: true }
    broken.add('k2')
    const failed = await cloud.run({ P }, [1, 2])
    broken.clear()
    const before = calls.length
    await redrive(failed.executionArn)
    const ended = await cloud.ended(failed.executionArn as string)
    expect(JSON.parse(ended.output as string)).toEqual([['k1', 'k2'], 'o'])
    expect(calls.slice(before)).toContain('k2')
  })

  test('whose combined results are too large runs again completely', async () => {
    const T = task({ Arguments: { key: '{% "k" & $states.input %}' }, Output: '{% $pad("", 140000, "x") %}' })
    const failed = await cloud.run(mapOver(T), [1, 2])
    expect(failed.error).toBe('States.DataLimitExceeded')
    await redrive(failed.executionArn)
    await cloud.ended(failed.executionArn as string)
    expect(calls).toHaveLength(4)
  })
})

test('retry counts start over', async () => {
  broken.add('a')
  const Retry = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1, MaxDelaySeconds: 1, JitterStrategy: 'FULL' }]
  const failed = await cloud.run({ A: task({ Arguments: { key: 'a' }, Retry }) })
  expect(calls).toHaveLength(2)
  await redrive(failed.executionArn)
  await cloud.ended(failed.executionArn as string)
  expect(calls).toHaveLength(4)
})

test('a Choice is evaluated again, a Fail is entered again', async () => {
  const byCount = { Condition: '{% $states.context.Execution.RedriveCount = 1 %}', Next: 'F' }
  const failed = await cloud.run({ C: { Type: 'Choice', Choices: [byCount] }, F: { Type: 'Fail', Error: 'Always' } })
  expect(failed.error).toBe('States.NoChoiceMatched')
  for (const redriveCount of [1, 2]) {
    await redrive(failed.executionArn)
    expect(await cloud.ended(failed.executionArn as string)).toMatchObject({ error: 'Always', redriveCount })
  }
  const events = types(await cloud.history(failed.executionArn as string))
  expect(events.filter((type) => type === 'FailStateEntered')).toHaveLength(2)
})

test('aborted and timed-out executions continue with a new time limit', async () => {
  broken.add('a')
  const A = task({ Arguments: { key: 'a', hang: true } })
  const executionArn = await cloud.start(await cloud.machine({ A }, { TimeoutSeconds: 1 }))
  await called(1)
  await cloud.client.send(new StopExecutionCommand({ executionArn }))
  await redrive(executionArn)
  expect(await cloud.ended(executionArn)).toMatchObject({ status: 'TIMED_OUT', redriveCount: 1 })
  broken.clear()
  await redrive(executionArn)
  expect(await cloud.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 2 })
})

describe('is refused', () => {
  test('while the execution runs and after it has succeeded', async () => {
    broken.add('a')
    const executionArn = await cloud.start(await cloud.machine({ A: task({ Arguments: { key: 'a', hang: true } }) }))
    await called(1)
    await expect(redrive(executionArn)).rejects.toMatchObject({
      name: 'ExecutionNotRedrivable',
      message: 'Execution is RUNNING and cannot be redriven',
    })
    await cloud.client.send(new StopExecutionCommand({ executionArn }))
    const succeeded = await cloud.run({ A: { Type: 'Succeed' } })
    expect(succeeded.redriveStatus).toBe('NOT_REDRIVABLE')
    await expect(redrive(succeeded.executionArn)).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' })
  })

  test('14 days after the end', async () => {
    const { executionArn } = await cloud.run({ A: { Type: 'Fail' } })
    time = 14 * 24 * 3600_000 + 1000
    await expect(redrive(executionArn)).rejects.toMatchObject({ message: 'Execution redrivable period exceeded' })
    expect(await cloud.ended(executionArn as string)).toMatchObject({ redriveStatus: 'NOT_REDRIVABLE' })
  })
})

test('the same client token redrives once', async () => {
  broken.add('a')
  const { executionArn } = await cloud.run({ A: task({ Arguments: { key: 'a' } }) })
  const first = await redrive(executionArn, 'token-0001')
  const second = await redrive(executionArn, 'token-0001')
  expect(second.redriveDate).toEqual(first.redriveDate)
  expect(await cloud.ended(executionArn as string)).toMatchObject({ redriveCount: 1 })
})
