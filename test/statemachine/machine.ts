/**
 * The deployed state machine in the local Step Functions; its functions are stand-ins that follow the contract, but for Halt. What
 * they do is set by a test.
 */
import { readFileSync } from 'node:fs'
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn'
import { jest } from '@jest/globals'
import type { Context } from 'aws-lambda'
import type { HaltInput } from '../../functions/halt.ts'
import { type Doubts, TaskError, type TaskRunner } from '../../local/src/states/service.ts'
import { type Cloud, openCloud, ROLE } from '../../local/test/states/cloud.ts'
import type { Failure, Range } from '../../statemachine/contract.ts'
import { errors } from '../../statemachine/errors.ts'

export const DEFINITION = readFileSync(
  new URL('../../statemachine/download.asl.json', import.meta.url),
  'utf8',
).replaceAll(/\$\{Partition\}/g, 'aws')

export const LAMBDA = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
]
/** A function of a network that was idle for weeks, or whose key or network is not ready. */
export const IDLE = [
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
export const THROTTLED = ['Lambda.TooManyRequestsException']
export const KILLED = ['Sandbox.Timedout', 'Runtime.ExitError', 'Lambda.Unknown', 'States.Timeout']
/** No wildcard matches them. */
export const TERMINAL = ['States.DataLimitExceeded', 'States.Runtime']
/** Named by nobody's rule. */
const OTHER = ['Lambda.ResourceNotFoundException', 'TypeError', 'NotFoundException', 'States.QueryEvaluationError']
export const CATCHABLE = [...Object.keys(errors), ...LAMBDA, ...IDLE, ...THROTTLED, ...KILLED, ...OTHER]

export type Step = 'Prepare' | 'PlanRanges' | 'ExportChunk' | 'Finish' | 'Notify' | 'NotifyFailure' | 'Halt'

/** What the functions do; each test starts with these values. */
export const functions = {
  calls: [] as Step[],
  broken: undefined as { step: Step; error: string } | undefined,
  /** How often the broken step still fails. */
  failures: Number.POSITIVE_INFINITY,
  ranges: 1,
  /** Of the document; more than one is planned first. */
  parallelism: 1,
  cancelled: undefined as object | undefined,
  /** How many invocations `finish` takes. */
  compositions: 1,
}
const healthy = { ...functions }
beforeEach(() => Object.assign(functions, healthy, { calls: [] }))

/** Variables, arguments and counts as AWS may have them, all at once. */
export const EVERY_DOUBT: Doubts = {
  redriveKeepsArguments: true,
  redriveForgetsVariables: true,
  redriveCountAppearsLate: true,
  runtimeIsNeverCaught: true,
}

/** The document as `NotifyFailure` was given it. */
type Announced = { request?: object; failure?: Failure }

/** The deployed machine under these doubts; its functions are stand-ins that follow the contract, but for Halt. */
export function givenMachine(doubts: Doubts) {
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
    functions.calls.push(step)
    if (step === 'NotifyFailure') announced.push((Payload as { document: Announced }).document)
    // What is announced and thrown must have failed first.
    const late = functions.broken?.step === 'NotifyFailure' || functions.broken?.step === 'Halt'
    const failing = late && step === 'ExportChunk' ? 'QueryFailed' : undefined
    const error =
      failing ?? (functions.broken?.step === step && functions.failures-- > 0 ? functions.broken.error : undefined)
    // Step Functions itself says so when a task's timer runs out or an answer is too long; a stand-in can only name it.
    if (error === 'too much data')
      return { Payload: answer(step, Payload, 'x'.repeat(functions.ranges === 1 ? 300_000 : 20_000)) }
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
      const all = Array.from({ length: functions.ranges }, (_, i) => range(i))
      if (functions.cancelled) return { request: { id: 'r' }, cancelled: functions.cancelled }
      return { request: { id: 'r' }, plan: { parallelism: functions.parallelism }, ranges: all, padding }
    }
    case 'PlanRanges':
      return { ...document, padding }
    case 'ExportChunk':
      return { ...payload.range, done: true, padding }
    case 'Finish':
      return --functions.compositions > 0 ? { ...document, composing: {} } : { ...document, file: {}, padding }
    default:
      return padding ?? null
  }
}
