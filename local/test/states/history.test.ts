import { GetExecutionHistoryCommand, type HistoryEvent } from '@aws-sdk/client-sfn'
import { TaskError } from '../../src/states/service.ts'
import { type Cloud, openCloud, ROLE, task, types } from './cloud.ts'

let cloud: Cloud
beforeAll(async () => {
  cloud = await openCloud(async ({ arguments: args }) => {
    if (args === 'fail') throw new TaskError('Boom', 'why')
    return args
  })
})
afterAll(() => cloud.close())

const FUNCTION = 'arn:aws:lambda:eu-west-1:000000000000:function:f'
const not = { truncated: false }

/** Without its time, to compare. */
function bare({ timestamp, ...event }: HistoryEvent) {
  expect(timestamp).toBeInstanceOf(Date)
  return event
}

async function eventsOf(states: Record<string, object>, input?: unknown): Promise<HistoryEvent[]> {
  const { executionArn } = await cloud.run(states, input)
  return cloud.history(executionArn as string)
}

test('an integration’s events have AWS’s fields', async () => {
  const A = task({
    Arguments: { Payload: 1 },
    TimeoutSeconds: 9,
    Assign: { x: '{% $states.result.Payload %}' },
    Output: 'o',
  })
  const service = { resourceType: 'lambda', resource: 'invoke' }
  expect((await eventsOf({ A }, { i: 1 })).map(bare)).toEqual([
    {
      id: 1,
      previousEventId: 0,
      type: 'ExecutionStarted',
      executionStartedEventDetails: { input: '{"i":1}', inputDetails: not, roleArn: ROLE },
    },
    {
      id: 2,
      previousEventId: 0,
      type: 'TaskStateEntered',
      stateEnteredEventDetails: { name: 'A', input: '{"i":1}', inputDetails: not },
    },
    {
      id: 3,
      previousEventId: 2,
      type: 'TaskScheduled',
      taskScheduledEventDetails: {
        ...service,
        region: 'eu-west-1',
        parameters: '{"Payload":1}',
        timeoutInSeconds: 9,
      },
    },
    { id: 4, previousEventId: 3, type: 'TaskStarted', taskStartedEventDetails: service },
    {
      id: 5,
      previousEventId: 4,
      type: 'TaskSucceeded',
      taskSucceededEventDetails: { ...service, output: '{"Payload":1}', outputDetails: not },
    },
    {
      id: 6,
      previousEventId: 5,
      type: 'TaskStateExited',
      stateExitedEventDetails: {
        name: 'A',
        output: '"o"',
        outputDetails: not,
        assignedVariables: { x: '1' },
        assignedVariablesDetails: not,
      },
    },
    {
      id: 7,
      previousEventId: 6,
      type: 'ExecutionSucceeded',
      executionSucceededEventDetails: { output: '"o"', outputDetails: not },
    },
  ])
})

test('a function that is called by its ARN has events of its own', async () => {
  const A = {
    ...task({ Arguments: 'fail', Catch: [{ ErrorEquals: ['Boom'], Next: 'B' }], Next: 'B' }),
    Resource: FUNCTION,
  }
  const B = { ...task({ Arguments: 'ok' }), Resource: FUNCTION }
  const events = await eventsOf({ A, B })
  expect(types(events)).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'LambdaFunctionScheduled',
    'LambdaFunctionStarted',
    'LambdaFunctionFailed',
    'TaskStateExited',
    'TaskStateEntered',
    'LambdaFunctionScheduled',
    'LambdaFunctionStarted',
    'LambdaFunctionSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ])
  expect(events[2]?.lambdaFunctionScheduledEventDetails).toEqual({
    resource: FUNCTION,
    input: '"fail"',
    inputDetails: not,
  })
  expect(events[4]?.lambdaFunctionFailedEventDetails).toEqual({ error: 'Boom', cause: 'why' })
  expect(events[9]?.lambdaFunctionSucceededEventDetails).toEqual({ output: '"ok"', outputDetails: not })
})

test('a Map’s iterations refer to the Map’s start, one after the other', async () => {
  const ItemProcessor = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } }
  const events = await eventsOf({ M: { Type: 'Map', MaxConcurrency: 1, ItemProcessor, End: true } }, ['a', 'b'])
  expect(events.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
    [1, 0, 'ExecutionStarted'],
    [2, 0, 'MapStateEntered'],
    [3, 2, 'MapStateStarted'],
    [4, 3, 'MapIterationStarted'],
    [5, 4, 'PassStateEntered'],
    [6, 5, 'PassStateExited'],
    [7, 6, 'MapIterationSucceeded'],
    [8, 3, 'MapIterationStarted'],
    [9, 8, 'PassStateEntered'],
    [10, 9, 'PassStateExited'],
    [11, 10, 'MapIterationSucceeded'],
    [12, 11, 'MapStateSucceeded'],
    [13, 12, 'MapStateExited'],
    [14, 13, 'ExecutionSucceeded'],
  ])
  expect(events[2]?.mapStateStartedEventDetails).toEqual({ length: 2 })
  expect(events[7]?.mapIterationStartedEventDetails).toEqual({ name: 'M', index: 1 })
})

test('a Parallel that fails shows what was aborted', async () => {
  const wait = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, End: true } } }
  const bad = { StartAt: 'T', States: { T: task({ Arguments: 'fail' }) } }
  const events = await eventsOf({ P: { Type: 'Parallel', Branches: [wait, bad], End: true } })
  expect(types(events).slice(-4)).toEqual(['TaskFailed', 'WaitStateAborted', 'ParallelStateFailed', 'ExecutionFailed'])
  expect(events.at(-1)?.executionFailedEventDetails).toEqual({ error: 'Boom', cause: 'why' })
})

test('every other state is entered and exited by name, and a Fail only entered', async () => {
  const states = {
    P: { Type: 'Pass', Next: 'C' },
    C: { Type: 'Choice', Choices: [{ Condition: true, Next: 'W' }] },
    W: { Type: 'Wait', Seconds: 0, Next: 'Q' },
    Q: { Type: 'Parallel', Branches: [{ StartAt: 'S', States: { S: { Type: 'Succeed' } } }], Next: 'F' },
    F: { Type: 'Fail', Error: 'E', Cause: 'c' },
  }
  const events = await eventsOf(states)
  expect(types(events)).toEqual([
    'ExecutionStarted',
    ...['PassStateEntered', 'PassStateExited', 'ChoiceStateEntered', 'ChoiceStateExited'],
    ...['WaitStateEntered', 'WaitStateExited', 'ParallelStateEntered', 'ParallelStateStarted'],
    ...['SucceedStateEntered', 'SucceedStateExited', 'ParallelStateSucceeded', 'ParallelStateExited'],
    ...['FailStateEntered', 'ExecutionFailed'],
  ])
  expect(events.at(-1)?.executionFailedEventDetails).toEqual({ error: 'E', cause: 'c' })
})

test('comes in pages, forwards and backwards, with and without the data', async () => {
  const { executionArn } = await cloud.run({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', End: true } })
  const page = (rest: object) => cloud.client.send(new GetExecutionHistoryCommand({ executionArn, ...rest }))
  const ids = ({ events }: { events?: HistoryEvent[] | undefined }) => events?.map(({ id }) => id)
  const first = await page({ maxResults: 4 })
  expect(ids(first)).toEqual([1, 2, 3, 4])
  const second = await page({ maxResults: 4, nextToken: first.nextToken })
  expect(ids(second)).toEqual([5, 6])
  expect(second.nextToken).toBeUndefined()
  const last = await page({ maxResults: 2, reverseOrder: true })
  expect(ids(last)).toEqual([6, 5])
  expect(ids(await page({ maxResults: 2, reverseOrder: true, nextToken: last.nextToken }))).toEqual([4, 3])
  await expect(page({ nextToken: last.nextToken })).rejects.toMatchObject({ name: 'InvalidToken' })
  const { events = [] } = await page({ includeExecutionData: false })
  expect(events[1]?.stateEnteredEventDetails).toEqual({ name: 'A', inputDetails: not })
})

test('is sent to followers as it is written', async () => {
  const told: number[] = []
  const stop = cloud.states.onEvent((_, { id }) => told.push(id))
  const { executionArn } = await cloud.run({ A: { Type: 'Pass', End: true } })
  stop()
  await cloud.run({ A: { Type: 'Pass', End: true } })
  expect(told).toEqual((await cloud.history(executionArn as string)).map(({ id }) => id))
})

test.each([
  ['Parallel', { Branches: [{ StartAt: 'F', States: { F: { Type: 'Fail', Error: 'E' } } }] }, []],
  [
    'Map',
    { ItemProcessor: { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'E' } } }, Items: [1] },
    ['MapIterationStarted', 'MapIterationFailed'],
  ],
])(
  'a %s that is retried is started again right after what failed, and fails once',
  async (Type, rest, [before, after]) => {
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }]
    const events = await eventsOf({ S: { Type, Retry, End: true, ...rest } })
    const attempt = [`${Type}StateStarted`, before, 'FailStateEntered', after].filter((type) => type !== undefined)
    expect(types(events).slice(2)).toEqual([...attempt, ...attempt, `${Type}StateFailed`, 'ExecutionFailed'])
    const failed = events.find(({ type }) => type === 'FailStateEntered')
    const again = events.findLast(({ type }) => type === `${Type}StateStarted`)
    expect(again?.previousEventId).toBe(failed?.id)
  },
)

test.each([
  [
    '{% 1 %}',
    "The JSONata expression '1' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was 'number' for value: 1",
    'Items',
  ],
  [
    "{% {'a': 1} %}",
    `The JSONata expression '{'a': 1}' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was 'object' for value: {"a":1}`,
    'Items',
  ],
  [
    '{% function($x){$x} %}',
    "The JSONata expression 'function($x){$x}' specified for the field 'Items' returned an unsupported result type.",
    'Items',
  ],
  [undefined, 'Map state input must be an array but was: {"i":1}', undefined],
])('a Map over %s, which is not a list, fails as AWS recorded it', async (Items, problem, location) => {
  const ItemProcessor = { StartAt: 'S', States: { S: { Type: 'Succeed' } } }
  const events = await eventsOf({ M: { Type: 'Map', Items, ItemProcessor, End: true } }, { i: 1 })
  expect(types(events)).toEqual([
    'ExecutionStarted',
    'MapStateEntered',
    'EvaluationFailed',
    'MapStateFailed',
    'ExecutionFailed',
  ])
  const cause = `An error occurred while executing the state 'M' (entered at the event id #2). ${problem}`
  const error = 'States.QueryEvaluationError'
  expect(events[2]?.evaluationFailedEventDetails).toEqual({ state: 'M', error, cause, ...(location && { location }) })
  expect(events[4]?.executionFailedEventDetails).toEqual({ error, cause })
})
