/** Every state of the deployed machine with every error that it can meet: how often it is tried, and where it leads. */
import { readFileSync } from 'node:fs'
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn'
import { TaskError, type TaskRunner } from '../../local/src/states/service.ts'
import { type Cloud, openCloud, ROLE } from '../../local/test/states/cloud.ts'
import type { Failure, Range } from '../../statemachine/contract.ts'
import { errors } from '../../statemachine/errors.ts'

const DEFINITION = readFileSync(new URL('../../statemachine/download.asl.json', import.meta.url), 'utf8')

const LAMBDA = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
]
const THROTTLED = ['Lambda.TooManyRequestsException']
const KILLED = ['Sandbox.Timedout', 'Runtime.ExitError', 'Lambda.Unknown', 'States.Timeout']
/** Named by nobody's rule. */
const OTHER = ['Lambda.ResourceNotFoundException', 'TypeError', 'NotFoundException']
const ALL = [...Object.keys(errors), ...LAMBDA, ...THROTTLED, ...KILLED, ...OTHER]

type Step = 'Prepare' | 'PlanRanges' | 'ExportChunk' | 'Finish' | 'Notify' | 'NotifyFailure' | 'Halt'

/** How often a step is tried for an error before it is given up; once where an error is not listed. */
const tries: Record<Step, Record<string, number>> = {
  Prepare: { ...each(LAMBDA, 7), ...each(THROTTLED, 31), ...each(KILLED, 3) },
  PlanRanges: { ...each(LAMBDA, 7), ...each(THROTTLED, 3001), ...each(KILLED, 3), DatabaseUnavailable: 7 },
  ExportChunk: {
    ...each(LAMBDA, 7),
    ...each(THROTTLED, 3001),
    ...each(KILLED, 3),
    DatabaseUnavailable: 7,
    StorageUnavailable: 7,
  },
  Finish: { ...each(LAMBDA, 7), ...each(THROTTLED, 31), ...each(KILLED, 3), StorageUnavailable: 7 },
  Notify: { ...each(ALL, 4), ...each(LAMBDA, 7), ...each(THROTTLED, 31) },
  NotifyFailure: { ...each(ALL, 4), ...each(LAMBDA, 7), ...each(THROTTLED, 31) },
  // What it throws may be one of these: more tries would only keep the execution from failing.
  Halt: { ...each(LAMBDA, 4), ...each(THROTTLED, 4) },
}

/** Where a step leads once it is given up; null fails the execution. */
const next: Record<Step, string[] | null> = {
  Prepare: ['NotifyFailure', 'Halt'],
  PlanRanges: ['NotifyFailure', 'Halt'],
  ExportChunk: ['RangeFailed', 'AllExported?', 'NotifyFailure', 'Halt'],
  Finish: ['NotifyFailure', 'Halt'],
  Notify: ['NotifyFailure', 'Halt'],
  NotifyFailure: ['Halt'],
  Halt: null,
}

let calls: Step[] = []
let broken: { step: Step; error: string } | undefined
let cloud: Cloud
let machine: string
beforeAll(async () => {
  cloud = await openCloud(runTask, { delayScale: 0 })
  machine = cloud.states.createStateMachine({ name: 'download', definition: DEFINITION, roleArn: ROLE })
})
beforeEach(() => {
  calls = []
  broken = undefined
  parallelism = 1
  incomplete = Number.POSITIVE_INFINITY
})
afterAll(() => cloud.close())

const steps = Object.keys(tries) as Step[]
const pairs = steps.flatMap((step) => ALL.map((error) => [step, error] as const))
// The slot is waited for over thousands of tries, shown once below with fewer.
const quick = pairs.filter(([step, error]) => (tries[step][error] ?? 1) < 3000)

test.each(quick)('%s with %s', async (step, error) => {
  broken = { step, error }
  if (step === 'PlanRanges') parallelism = 4
  const { status, error: thrown, states } = await run()
  expect(calls.filter((call) => call === step)).toHaveLength(tries[step][error] ?? 1)
  expect(status).toBe('FAILED')
  const asked = step === 'Finish' && error === 'FileIncomplete' ? ['Replayed?'] : []
  if (next[step]) expect(states.slice(states.lastIndexOf(step) + 1)).toEqual([...asked, ...next[step]])
  else expect(states.at(-1)).toBe('Halt')
  // An announcement that fails hides nothing: the execution fails with what went wrong first.
  expect(thrown).toBe(step === 'NotifyFailure' ? 'QueryFailed' : error)
})

test.each(['PlanRanges', 'ExportChunk'])('%s waits patiently for a slot that is taken', (step) => {
  const { States } = JSON.parse(DEFINITION)
  const { Retry } = { ...States, ...States.Export.ItemProcessor.States }[step]
  const rule = Retry.find(({ ErrorEquals }: { ErrorEquals: string[] }) =>
    ErrorEquals.includes('Lambda.TooManyRequestsException'),
  )
  expect(rule).toMatchObject({ MaxAttempts: 3000, MaxDelaySeconds: 60 })
})

test.each(['PlanRanges', 'Export', 'Finish', 'ExportChunk'])(
  '%s with more data than a state may have halts by name',
  async (step) => {
    broken = { step: step === 'Export' ? 'ExportChunk' : (step as Step), error: 'too much data' }
    if (step === 'PlanRanges') parallelism = 4
    const { status, error, states } = await run(step === 'Export')
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.DataLimitExceeded' })
    expect(states.at(-1)).toBe('Halt')
    expect(states).toContain('NotifyFailure')
  },
)

test.each([1, 4])('nothing fails: every state is passed in its order, with parallelism %i', async (of) => {
  broken = undefined
  parallelism = of
  const { status, states } = await run()
  expect(status).toBe('SUCCEEDED')
  expect(states).toEqual([
    'Prepare',
    'Parallel?',
    ...(of > 1 ? ['PlanRanges'] : []),
    'Export',
    'RangeDone?',
    'ExportChunk',
    'RangeDone?',
    'RangeExported',
    'AllExported?',
    'Finish',
    'Notify',
    'Done',
  ])
})

test.each<[Failure['step'], string]>([
  ['Prepare', 'Prepare'],
  ['PlanRanges', 'PlanRanges'],
  ['Export', 'Export'],
  ['ExportChunk', 'Export'],
  ['Finish', 'Finish'],
  ['Notify', 'Notify'],
])('Resume after %s goes to %s', (step, state) => {
  const { Choices } = JSON.parse(DEFINITION).States.Resume as { Choices: { Condition: string; Next: string }[] }
  expect(Choices.filter(({ Condition }) => Condition.includes(`"${step}"`)).map(({ Next }) => Next)).toEqual([state])
})

describe('a file that is not whole', () => {
  test('is exported anew by a replay, from the beginning', async () => {
    broken = { step: 'Finish', error: 'FileIncomplete' }
    const executionArn = await cloud.start(machine, { id: 'r' })
    expect(await cloud.ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'FileIncomplete' })
    calls = []
    incomplete = 1
    expect(await replay(executionArn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 })
    expect(calls).toEqual(['Halt', 'Finish', 'Prepare', 'ExportChunk', 'Finish', 'Notify'])
  })

  test('that is not whole once more halts again, and is not exported for ever', async () => {
    broken = { step: 'Finish', error: 'FileIncomplete' }
    const executionArn = await cloud.start(machine, { id: 'r' })
    await cloud.ended(executionArn)
    calls = []
    expect(await replay(executionArn)).toMatchObject({ status: 'FAILED', error: 'FileIncomplete', redriveCount: 1 })
    expect(calls).toEqual(['Halt', 'Finish', 'Prepare', 'ExportChunk', 'Finish', 'NotifyFailure', 'Halt'])
  })
})

async function replay(executionArn: string) {
  await cloud.client.send(new RedriveExecutionCommand({ executionArn }))
  return cloud.ended(executionArn)
}

async function run(manyRanges = false) {
  ranges = manyRanges ? 40 : 1
  const executionArn = await cloud.start(machine, { id: 'r' })
  const { status, error } = await cloud.ended(executionArn)
  const history = await cloud.history(executionArn)
  return {
    status,
    error,
    states: history.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []),
  }
}

let ranges = 1
/** Of the document; more than one is planned first. */
let parallelism = 1
/** How often the broken step still fails. */
let incomplete = Number.POSITIVE_INFINITY

/** The functions' place: they answer as the contract says, but for the one that is broken. */
async function runTask({ arguments: args }: Parameters<TaskRunner>[0]): Promise<unknown> {
  const { FunctionName, Payload } = args as { FunctionName: string; Payload: never }
  const step = stepOf(FunctionName, Payload)
  calls.push(step)
  // What is announced and thrown must have failed first.
  const late = broken?.step === 'NotifyFailure' || broken?.step === 'Halt'
  const failing = late && step === 'ExportChunk' ? 'QueryFailed' : undefined
  const error = failing ?? (broken?.step === step && incomplete-- > 0 ? broken.error : undefined)
  // Step Functions itself says so when a task's timer runs out or an answer is too long; a stand-in can only name it.
  if (error === 'too much data') return { Payload: answer(step, Payload, 'x'.repeat(ranges === 1 ? 300_000 : 20_000)) }
  if (error) throw new TaskError(error, JSON.stringify({ errorType: error, errorMessage: 'of the test', trace: [] }))
  return { Payload: answer(step, Payload) }
}

function stepOf(functionName: string, payload: { document?: { failure?: unknown }; range?: Range }): Step {
  const name = /^\$\{(\w+)Function\}$/.exec(functionName)?.[1] as Step
  // The one function that queries does both.
  if (name === 'ExportChunk' && !payload.range) return 'PlanRanges'
  return name === 'Notify' && payload.document?.failure ? 'NotifyFailure' : name
}

function answer(
  step: Step,
  payload: { range: Range; failure: Failure; redriveCount: number },
  padding?: string,
): unknown {
  switch (step) {
    case 'Prepare': {
      const range = (index: number) => ({ index, done: false, chunks: [] })
      return {
        request: { id: 'r' },
        plan: { parallelism },
        ranges: Array.from({ length: ranges }, (_, i) => range(i)),
      }
    }
    case 'PlanRanges':
      return { ...payload, padding }
    case 'ExportChunk':
      return { ...payload.range, done: true, padding }
    case 'Finish':
      return { ...payload, file: {}, padding }
    case 'Halt':
      if (payload.redriveCount > payload.failure.redriveCount) return null
      throw new TaskError(payload.failure.error, payload.failure.cause)
    default:
      return null
  }
}

function each(names: string[], count: number): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, count]))
}
