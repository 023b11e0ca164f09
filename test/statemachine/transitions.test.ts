/** Every state of the deployed machine with every error that it can meet: how often it is tried, and where it leads. */
import { readFileSync } from 'node:fs'
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn'
import { jest } from '@jest/globals'
import type { Context } from 'aws-lambda'
import type { HaltInput } from '../../functions/halt.ts'
import { type Doubts, TaskError, type TaskRunner } from '../../local/src/states/service.ts'
import { type Cloud, openCloud, ROLE } from '../../local/test/states/cloud.ts'
import { thrownName } from '../../statemachine/cause.ts'
import type { Failure, Range } from '../../statemachine/contract.ts'
import { errors } from '../../statemachine/errors.ts'

const DEFINITION = readFileSync(new URL('../../statemachine/download.asl.json', import.meta.url), 'utf8').replaceAll(
  /\$\{Partition\}/g,
  'aws',
)

const LAMBDA = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
]
/** A function of a network that was idle for weeks, or whose key or network is not ready. */
const IDLE = [
  'Lambda.ResourceNotReadyException',
  'Lambda.ResourceConflictException',
  'Lambda.ENINotReadyException',
  'Lambda.ENILimitReachedException',
  'Lambda.EC2ThrottledException',
  'Lambda.EC2UnexpectedException',
  'Lambda.SubnetIPAddressLimitReachedException',
  'Lambda.KMSAccessDeniedException',
  'Lambda.KMSDisabledException',
  'Lambda.KMSInvalidStateException',
  'Lambda.KMSNotFoundException',
]
const THROTTLED = ['Lambda.TooManyRequestsException']
const KILLED = ['Sandbox.Timedout', 'Runtime.ExitError', 'Lambda.Unknown', 'States.Timeout']
/** No wildcard matches them. */
const TERMINAL = ['States.DataLimitExceeded', 'States.Runtime']
/** Named by nobody's rule. */
const OTHER = ['Lambda.ResourceNotFoundException', 'TypeError', 'NotFoundException', 'States.QueryEvaluationError']
const CATCHABLE = [...Object.keys(errors), ...LAMBDA, ...IDLE, ...THROTTLED, ...KILLED, ...OTHER]
const ALL = [...CATCHABLE, ...TERMINAL]

type Step = 'Prepare' | 'PlanRanges' | 'ExportChunk' | 'Finish' | 'Notify' | 'NotifyFailure' | 'Halt'

/** How often a step is tried for an error before it is given up; once where an error is not listed. */
const common = { ...each(LAMBDA, 7), ...each(IDLE, 25), ...each(THROTTLED, 31) }
const slot = { ...common, ...each(THROTTLED, 5001) }
const tries: Record<Step, Record<string, number>> = {
  Prepare: { ...common, ...each(KILLED, 3) },
  PlanRanges: { ...slot, ...each(KILLED, 3), DatabaseUnavailable: 7 },
  ExportChunk: { ...slot, ...each(KILLED, 3), DatabaseUnavailable: 7, StorageUnavailable: 7 },
  Finish: { ...common, ...each(KILLED, 3), StorageUnavailable: 7 },
  // A file that is gone does not come back.
  Notify: { ...each(CATCHABLE, 4), ...common, FileIncomplete: 1 },
  NotifyFailure: { ...each(CATCHABLE, 4), ...common },
  // What it throws may be one of these: more tries would only keep the execution from failing.
  Halt: { ...each(LAMBDA, 4), ...each(IDLE, 4), ...each(THROTTLED, 4) },
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

/** What the functions do; set by a test. */
let calls: Step[] = []
let broken: { step: Step; error: string } | undefined
/** How often the broken step still fails. */
let failures = Number.POSITIVE_INFINITY
let ranges = 1
/** Of the document; more than one is planned first. */
let parallelism = 1
let cancelled: object | undefined
/** How many invocations `finish` takes. */
let compositions = 1
beforeEach(() => {
  calls = []
  broken = undefined
  failures = Number.POSITIVE_INFINITY
  ranges = 1
  parallelism = 1
  cancelled = undefined
  compositions = 1
})

const steps = Object.keys(tries) as Step[]
const pairs = steps.flatMap((step) => ALL.map((error) => [step, error] as const))
// The slot is waited for over thousands of tries, shown once below with fewer.
const quick = pairs.filter(([step, error]) => (tries[step][error] ?? 1) < 5000)

/** Variables, arguments and counts as AWS may have them, all at once. */
const EVERY_DOUBT: Doubts = {
  redriveKeepsArguments: true,
  redriveForgetsVariables: true,
  redriveCountAppearsLate: true,
  runtimeIsNeverCaught: true,
}

/** One error of each kind. */
const kinds = [LAMBDA[0], IDLE[0], THROTTLED[0], KILLED[0], ...TERMINAL, 'QueryFailed', 'FileIncomplete']

describe.each<[string, Doubts, typeof quick]>([
  ['as AWS documents it', {}, quick],
  ['with every doubt against us', EVERY_DOUBT, quick.filter(([, error]) => kinds.includes(error))],
])('a step, %s', (_, doubts, errorsOf) => {
  const machine = givenMachine(doubts)

  test.each(errorsOf)('%s with %s', async (step, error) => {
    broken = { step, error }
    if (step === 'PlanRanges') parallelism = 4
    const { status, error: thrown, states } = await machine.run()
    expect(calls.filter((call) => call === step)).toHaveLength(tries[step][error] ?? 1)
    expect(status).toBe('FAILED')
    if (error === 'States.Runtime' && doubts.runtimeIsNeverCaught) {
      expect(states.at(-1)).toBe(step === 'NotifyFailure' ? 'NotifyFailure' : step)
      expect(thrown).toBe('States.Runtime')
      return
    }
    const asked = ['Finish', 'Notify'].includes(step) && error === 'FileIncomplete' ? ['Replayed?'] : []
    if (next[step]) expect(states.slice(states.lastIndexOf(step) + 1)).toEqual([...asked, ...next[step]])
    else expect(states.at(-1)).toBe('Halt')
    // An announcement that fails hides nothing: the execution fails with what went wrong first.
    const first = step === 'NotifyFailure' ? 'QueryFailed' : error
    expect(thrown).toBe(step === 'Halt' ? error : thrownName(first))
  })
})

describe('the retriers', () => {
  const { States } = JSON.parse(DEFINITION)
  const tasks: Record<string, Rule[]> = Object.fromEntries(
    Object.entries({ ...States, ...States.Export.ItemProcessor.States } as Record<
      string,
      { Type: string; Retry: Rule[] }
    >)
      .filter(([, { Type }]) => Type === 'Task')
      .map(([name, { Retry }]) => [name, Retry]),
  )
  const ruleOf = (step: string, error: string) => tasks[step]!.find(({ ErrorEquals }) => ErrorEquals.includes(error))!
  const { Halt: _, ...patient } = tasks

  test.each<[string, string, Omit<Rule, 'ErrorEquals'>]>([
    ['Lambda itself fails', LAMBDA[0]!, wait(2, 6, 2, 60)],
    ['a function is not ready', IDLE[0]!, wait(5, 24, 2, 60)],
  ])('are the same in each step where %s', (_, error, expected) => {
    for (const step of Object.keys(patient)) {
      expect({ step, ...ruleOf(step, error) }).toEqual({
        step,
        ErrorEquals: expect.arrayContaining([error]),
        ...expected,
      })
    }
  })

  test.each<[string, string, string[], Omit<Rule, 'ErrorEquals'>]>([
    ['the slot is taken', THROTTLED[0]!, ['PlanRanges', 'ExportChunk'], wait(5, 5000, 2, 900)],
    [
      'the account’s concurrency is',
      THROTTLED[0]!,
      ['Prepare', 'Finish', 'Notify', 'NotifyFailure'],
      wait(2, 30, 2, 60),
    ],
    ['the database is away', 'DatabaseUnavailable', ['PlanRanges', 'ExportChunk'], wait(10, 6, 2, 120)],
    ['the bucket is away', 'StorageUnavailable', ['ExportChunk', 'Finish'], wait(5, 6, 2, 60)],
    ['a function was killed', KILLED[0]!, ['Prepare', 'PlanRanges', 'ExportChunk', 'Finish'], wait(5, 2, 2)],
    ['an announcement fails', 'States.ALL', ['Notify', 'NotifyFailure'], wait(5, 3, 2)],
  ])('are the same by role: %s', (_, error, expectedSteps, expected) => {
    const { MaxAttempts } = expected
    const having = Object.keys(patient).filter((step) => ruleOf(step, error)?.MaxAttempts === MaxAttempts)
    expect(having.sort()).toEqual([...expectedSteps].sort())
    for (const step of having) expect(ruleOf(step, error)).toEqual({ ErrorEquals: expect.anything(), ...expected })
  })

  test('wait some ten minutes for a function that is not ready', () => {
    const minutes = expectedWaits(ruleOf('ExportChunk', IDLE[0]!)).reduce((sum, seconds) => sum + seconds, 0) / 60
    expect(minutes).toBeGreaterThan(9)
    expect(minutes).toBeLessThan(15)
  })

  test('wait for a slot that is taken longer than an export may take, with few events an hour', () => {
    const waits = expectedWaits(ruleOf('ExportChunk', THROTTLED[0]!))
    const days = waits.reduce((sum, seconds) => sum + seconds, 0) / 86_400
    expect(days).toBeGreaterThan(25)
    // Three events a try.
    expect((3 * 3600) / waits.at(-1)!).toBeLessThanOrEqual(24)
  })

  test('of Halt are few, since the error it throws on purpose may be one of those', () => {
    const all = [...LAMBDA, ...IDLE, ...THROTTLED].sort()
    expect(tasks.Halt!.map(({ ErrorEquals, ...rest }) => ({ ...rest, all: [...ErrorEquals].sort() }))).toEqual([
      { all, ...wait(1, 3, 2) },
    ])
  })
})

test('as many ranges run at once as the export may have', () => {
  const { Export } = JSON.parse(DEFINITION).States
  expect(Export.MaxConcurrency).toBe('{% $states.input.plan.parallelism %}')
})

describe('the machine', () => {
  const machine = givenMachine({})

  test.each(['Prepare', 'PlanRanges', 'Export', 'Finish', 'ExportChunk', 'Notify', 'NotifyFailure'])(
    '%s with more data than a state may have halts by name',
    async (step) => {
      broken = { step: step === 'Export' ? 'ExportChunk' : (step as Step), error: 'too much data' }
      if (step === 'PlanRanges') parallelism = 4
      if (step === 'Export') ranges = 40
      const { status, error, cause, states } = await machine.run()
      const expected = step === 'NotifyFailure' ? 'QueryFailed' : 'DataLimitExceeded'
      expect({ status, error }).toEqual({ status: 'FAILED', error: expected })
      expect(cause).toContain(step === 'NotifyFailure' ? 'ExportChunk: ' : `${step}: States.DataLimitExceeded: `)
      expect(states.at(-1)).toBe('Halt')
      expect(states).toContain('NotifyFailure')
    },
  )

  test('announces a failure of the largest input that an execution can be started with', async () => {
    const input = { id: 'r', export: 'orders', requestedBy: 'reader@example.com', params: { text: '' } }
    input.params.text = 'x'.repeat(262_144 - JSON.stringify(input).length)
    const { status, error, states, announced } = await machine.run(input)
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'DataLimitExceeded' })
    expect(states).toEqual(['Prepare', 'NotifyFailure', 'Halt'])
    expect(announced).toMatchObject([
      { request: { export: 'orders', requestedBy: 'reader@example.com' }, failure: { step: 'Prepare' } },
    ])
  })

  test('is replayed in vain where its data stays too large; sent with shorter parameters it succeeds', async () => {
    const input = {
      id: 'r',
      export: 'orders',
      requestedBy: 'reader@example.com',
      params: { text: 'x'.repeat(262_000) },
    }
    const { executionArn } = await machine.run(input)
    expect(await machine.redrive(executionArn)).toMatchObject({ status: 'FAILED', error: 'DataLimitExceeded' })
    const shorter = { ...input, params: { text: 'x'.repeat(50_000) } }
    expect(await machine.run(shorter)).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('cuts a cause that is longer than anybody reads', async () => {
    broken = { step: 'Finish', error: 'long' }
    const { announced } = await machine.run()
    expect(announced[0]!.failure!.cause.length).toBeLessThanOrEqual(8000 * 2)
    expect(announced[0]!.failure!.cause.isWellFormed()).toBe(true)
  })

  test('ends at once when it was cancelled while it waited, and tells nobody', async () => {
    cancelled = { at: '2026-11-28T00:00:00.000Z', by: 'hanako' }
    const { status, states } = await machine.run()
    expect([status, states]).toEqual(['SUCCEEDED', ['Prepare', 'Parallel?', 'Cancelled']])
  })

  test.each([1, 4])('passes every state in its order when nothing fails, with parallelism %i', async (of) => {
    parallelism = of
    const { status, states } = await machine.run()
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
      'Finished?',
      'Notify',
      'Done',
    ])
  })

  test('composes a large file in several invocations', async () => {
    compositions = 3
    const { status, states } = await machine.run()
    expect(status).toBe('SUCCEEDED')
    expect(states.slice(states.indexOf('Finish'))).toEqual([
      ...Array(3).fill(['Finish', 'Finished?']).flat(),
      'Notify',
      'Done',
    ])
  })
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

describe.each<[string, Doubts]>([
  ['', {}],
  [' that keeps the arguments of before', { redriveKeepsArguments: true }],
  [' that forgets variables', { redriveForgetsVariables: true }],
  [' that alone brings the context’s count', { redriveCountAppearsLate: true }],
  [' that is described late', { lagMillis: 300 }],
  [' with every doubt against us', { ...EVERY_DOUBT, lagMillis: 300 }],
])('a redrive%s', (_, doubts) => {
  const machine = givenMachine(doubts)

  test.each<[Step, Step[]]>([
    ['Prepare', ['Prepare', 'PlanRanges', 'ExportChunk', 'Finish', 'Notify']],
    ['PlanRanges', ['PlanRanges', 'ExportChunk', 'Finish', 'Notify']],
    ['ExportChunk', ['ExportChunk', 'Finish', 'Notify']],
    ['Finish', ['Finish', 'Notify']],
    ['Notify', ['Notify']],
  ])('of a failed %s goes on from there, and halts again while it is broken', async (step, rest) => {
    broken = { step, error: 'QueryFailed' }
    parallelism = 2
    const failed = await machine.run()
    expect(failed).toMatchObject({ status: 'FAILED', error: 'QueryFailed' })
    calls = []
    expect(await machine.redrive(failed.executionArn)).toMatchObject({ status: 'FAILED', error: 'QueryFailed' })
    expect([...new Set(calls)]).toEqual(['Halt', step, 'NotifyFailure'])
    calls = []
    broken = undefined
    const { status, output } = await machine.redrive(failed.executionArn)
    expect(status).toBe('SUCCEEDED')
    expect(calls).toEqual(['Halt', ...rest])
    expect(Object.keys(JSON.parse(output!)).sort()).toEqual(['file', 'plan', 'preparedAtRedrive', 'ranges', 'request'])
  })

  test('of a document that was too large begins anew', async () => {
    broken = { step: 'Finish', error: 'too much data' }
    failures = 1
    const { executionArn, error } = await machine.run()
    expect(error).toBe('DataLimitExceeded')
    calls = []
    expect(await machine.redrive(executionArn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(calls).toEqual(['Halt', 'Prepare', 'ExportChunk', 'Finish', 'Notify'])
  })

  test('of a file that is not whole exports it anew, from the beginning', async () => {
    broken = { step: 'Finish', error: 'FileIncomplete' }
    failures = 2
    const { executionArn, error } = await machine.run()
    expect(error).toBe('FileIncomplete')
    calls = []
    expect(await machine.redrive(executionArn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(calls).toEqual(['Halt', 'Finish', 'Prepare', 'ExportChunk', 'Finish', 'Notify'])
  })

  test('of a file that was deleted before it was announced exports it anew', async () => {
    broken = { step: 'Notify', error: 'FileIncomplete' }
    failures = 2
    const { executionArn, error } = await machine.run()
    expect(error).toBe('FileIncomplete')
    calls = []
    expect(await machine.redrive(executionArn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(calls).toEqual(['Halt', 'Notify', 'Prepare', 'ExportChunk', 'Finish', 'Notify'])
  })

  test('of a file that is not whole once more halts again, and does not export for ever', async () => {
    broken = { step: 'Finish', error: 'FileIncomplete' }
    const { executionArn } = await machine.run()
    for (let redrive = 1; redrive <= 2; redrive++) {
      calls = []
      const { status, error } = await machine.redrive(executionArn)
      expect({ status, error }).toEqual({ status: 'FAILED', error: 'FileIncomplete' })
      expect(calls).toEqual(['Halt', 'Finish', 'Prepare', 'ExportChunk', 'Finish', 'NotifyFailure', 'Halt'])
    }
  })
})

interface Rule {
  ErrorEquals: string[]
  IntervalSeconds: number
  MaxAttempts: number
  BackoffRate: number
  MaxDelaySeconds?: number
  JitterStrategy: string
}

function wait(IntervalSeconds: number, MaxAttempts: number, BackoffRate: number, MaxDelaySeconds?: number) {
  const longest = MaxDelaySeconds === undefined ? {} : { MaxDelaySeconds }
  return { IntervalSeconds, MaxAttempts, BackoffRate, ...longest, JitterStrategy: 'FULL' }
}

/** Seconds before each try, on average: full jitter halves them. */
function expectedWaits({ IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds = Infinity }: Rule): number[] {
  return Array.from(
    { length: MaxAttempts },
    (_, attempt) => Math.min(IntervalSeconds * BackoffRate ** attempt, MaxDelaySeconds) / 2,
  )
}

/** The document as `NotifyFailure` was given it. */
type Announced = { request?: object; failure?: Failure }

/** The deployed machine under these doubts; its functions are stand-ins that follow the contract, but for Halt. */
function givenMachine(doubts: Doubts) {
  let cloud: Cloud
  let machineArn: string
  let halt: (input: HaltInput, context: Context) => Promise<void>
  let announced: Announced[] = []
  let redrives = 0
  beforeAll(async () => {
    cloud = await openCloud(runTask, { delayScale: 0, doubts })
    machineArn = cloud.states.createStateMachine({ name: 'download', definition: DEFINITION, roleArn: ROLE })
    const { hostname, port } = await cloud.client.config.endpoint!()
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://${hostname}:${port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
    })
    // A client of its own, for this cloud's port.
    jest.resetModules()
    halt = (await import('../../functions/halt.ts')).handler as unknown as typeof halt
  })
  afterAll(() => cloud.close())
  beforeEach(() => {
    announced = []
    redrives = 0
  })

  return {
    async run(input: object = { id: 'r' }) {
      const executionArn = await cloud.start(machineArn, input)
      const ended = await cloud.ended(executionArn)
      const history = await cloud.history(executionArn)
      const states = history.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? [])
      return { ...ended, executionArn, states, announced }
    },
    async redrive(executionArn: string) {
      await cloud.client.send(new RedriveExecutionCommand({ executionArn }))
      redrives++
      for (;;) {
        const described = await cloud.ended(executionArn)
        if (described.redriveCount === redrives) return described
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  }

  async function runTask({ arguments: args }: Parameters<TaskRunner>[0]): Promise<unknown> {
    const { FunctionName, Payload } = args as { FunctionName: string; Payload: never }
    const step = stepOf(FunctionName, Payload)
    calls.push(step)
    if (step === 'NotifyFailure') announced.push((Payload as { document: Announced }).document)
    // What is announced and thrown must have failed first.
    const late = broken?.step === 'NotifyFailure' || broken?.step === 'Halt'
    const failing = late && step === 'ExportChunk' ? 'QueryFailed' : undefined
    const error = failing ?? (broken?.step === step && failures-- > 0 ? broken.error : undefined)
    // Step Functions itself says so when a task's timer runs out or an answer is too long; a stand-in can only name it.
    if (error === 'too much data')
      return { Payload: answer(step, Payload, 'x'.repeat(ranges === 1 ? 300_000 : 20_000)) }
    if (error === 'long') throw new TaskError('TypeError', '😀'.repeat(10_000))
    if (error) throw new TaskError(error, JSON.stringify({ errorType: error, errorMessage: 'of the test', trace: [] }))
    if (step === 'Halt') {
      await halt(Payload, { functionName: 'halt' } as Context).catch((thrown: Error) => {
        throw new TaskError(thrown.name, JSON.stringify({ errorType: thrown.name, errorMessage: thrown.message }))
      })
      return { Payload: null }
    }
    return { Payload: answer(step, Payload) }
  }
}

function stepOf(functionName: string, payload: { document?: { failure?: unknown }; range?: Range }): Step {
  const name = /^\$\{(\w+)Function\}$/.exec(functionName)?.[1] as Step
  // The one function that queries does both.
  if (name === 'ExportChunk' && !payload.range) return 'PlanRanges'
  return name === 'Notify' && payload.document?.failure ? 'NotifyFailure' : name
}

function answer(step: Step, payload: { range: Range; execution?: string }, padding?: string): unknown {
  const range = (index: number) => ({ index, done: false, chunks: 0 })
  const { execution: _, ...document } = payload
  switch (step) {
    case 'Prepare': {
      const all = Array.from({ length: ranges }, (_, i) => range(i))
      if (cancelled) return { request: { id: 'r' }, cancelled }
      return { request: { id: 'r' }, plan: { parallelism }, ranges: all, padding }
    }
    case 'PlanRanges':
      return { ...document, padding }
    case 'ExportChunk':
      return { ...payload.range, done: true, padding }
    case 'Finish':
      return --compositions > 0 ? { ...document, composing: {} } : { ...document, file: {}, padding }
    default:
      return padding ?? null
  }
}

function each(names: string[], count: number): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, count]))
}
