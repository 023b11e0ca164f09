/** The deployed machine in the local engine on a clock that leaps: a year of requests, retries, outages and restarts in seconds. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { jest } from '@jest/globals'
import { createStates, type States, TaskError, type TaskRunner } from '../../local/src/states/service.ts'
import { ROLE } from '../../local/test/states/cloud.ts'
import { thrownName } from '../../statemachine/cause.ts'
import type { Failure, Range } from '../../statemachine/contract.ts'
import { type Random, randomOf } from '../chaos/random.ts'

const DEFINITION = readFileSync(new URL('../../statemachine/download.asl.json', import.meta.url), 'utf8').replaceAll(
  /\$\{Partition\}/g,
  'aws',
)
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const BEGIN = Date.UTC(2027, 0, 1)
/** Chances of a call: what Lambda, the database, the bucket and a bug do. */
const PASSING = ['Lambda.ServiceException', 'Lambda.TooManyRequestsException', 'Lambda.ENINotReadyException']
const ERRORS: Record<string, string[]> = {
  Prepare: [...PASSING, 'Sandbox.Timedout'],
  ExportChunk: [...PASSING, 'DatabaseUnavailable', 'StorageUnavailable', 'Sandbox.Timedout', 'QueryFailed'],
  Finish: [...PASSING, 'StorageUnavailable', 'Sandbox.Timedout'],
  Notify: [...PASSING, 'TypeError'],
  NotifyFailure: [...PASSING, 'TypeError'],
  Halt: [],
}

interface Year {
  statuses: Map<string, string>
  /** Notifications and their times, by the execution's name. */
  told: Map<string, { outcome: 'ready' | 'failed'; redrive: number }[]>
  /** Tries that were made while the slot was taken for a week. */
  triesInOutage: number
  restarts: number
  redriven: number
  /** The longest that one was not done, in days. */
  longestDays: number
  mostAtOnce: number
  digest: string
}

beforeEach(() => {
  jest.useFakeTimers({
    now: BEGIN,
    doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'],
  })
})
afterEach(() => {
  jest.restoreAllMocks()
  jest.useRealTimers()
})

test('a year of requests, outages and restarts passes in seconds: each ends, and each end is announced once', async () => {
  const year = await live('year', { days: 365 })
  expect(year.statuses.size).toBe(365)
  // All was well at the end, and each failure was replayed the next day.
  expect(new Set(year.statuses.values())).toEqual(new Set(['SUCCEEDED']))
  for (const [name, notices] of year.told) {
    expect({ name, ready: notices.filter(({ outcome }) => outcome === 'ready').length }).toEqual({ name, ready: 1 })
    const failures = notices.filter(({ outcome }) => outcome === 'failed').map(({ redrive }) => redrive)
    expect(new Set(failures).size).toBe(failures.length)
  }
  expect(year.told.size).toBe(365)
  // Otherwise the test would prove nothing.
  expect(year.redriven).toBeGreaterThan(5)
  expect(year.restarts).toBe(52)
  // A week without a slot is waited for, and fails nothing: each of its seven requests asks about eight times an hour.
  expect(year.longestDays).toBeGreaterThan(7)
  expect(year.longestDays).toBeLessThan(9)
  const hours = (7 + 6 + 5 + 4 + 3 + 2 + 1) * 24
  expect(year.triesInOutage / hours).toBeGreaterThan(6)
  expect(year.triesInOutage / hours).toBeLessThan(12)
}, 120_000)

test('the same seed repeats the same days, and another seed makes different ones', async () => {
  const digestOf = async (seed: string) => (await live(seed, { days: 10 })).digest
  const first = await digestOf('again')
  jest.setSystemTime(BEGIN)
  expect(await digestOf('again')).toBe(first)
  jest.setSystemTime(BEGIN)
  expect(await digestOf('other')).not.toBe(first)
})

/** One request a day, one restart a week, and a week in summer in which another execution has the slot. */
async function live(seed: string, { days }: { days: number }): Promise<Year> {
  const random = randomOf(seed)
  jest.spyOn(Math, 'random').mockImplementation(random.fork('jitter').next)
  const store = new DatabaseSync(':memory:')
  const hash = createHash('sha256')
  const year: Year = {
    ...{ statuses: new Map(), told: new Map(), digest: '' },
    ...{ triesInOutage: 0, restarts: 0, redriven: 0, longestDays: 0, mostAtOnce: 0 },
  }
  const runTask = functionsOf(random.fork('functions'), year)
  const open = () => {
    const opened = createStates({ store, region: 'eu-west-1', accountId: '000000000000', runTask })
    opened.onEvent((arn, { type, id }) => {
      hash.update(`${Date.now()} ${arn} ${id} ${type}\n`)
      const name = arn.split(':').at(-1)!
      if (!/^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(type)) return
      const begunAt = BEGIN + Number(name.slice('day-'.length)) * DAY
      year.longestDays = Math.max(year.longestDays, (Date.now() - begunAt) / DAY)
    })
    return opened
  }
  let states = open()
  const stateMachineArn = states.createStateMachine({ name: 'download', definition: DEFINITION, roleArn: ROLE })
  const arnOf = (name: string) => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`
  const statusOf = (name: string) => states.describeExecution(arnOf(name)).status as string

  /** Replays failed executions, and ignores successful ones from now on. */
  const settle = async () => {
    for (const [name, known] of year.statuses) {
      if (known === 'SUCCEEDED') continue
      const status = statusOf(name)
      year.statuses.set(name, status)
      if (status === 'FAILED') await redrive(states, arnOf(name), year)
    }
  }

  for (let day = 0; day < days; day++) {
    const name = `day-${day}`
    await states.startExecution({ stateMachineArn, name, input: JSON.stringify({ id: name }) })
    year.statuses.set(name, 'RUNNING')
    if (day % 7 === 3) {
      // Halfway through it.
      await jest.advanceTimersByTimeAsync(random.between(0, 30 * MINUTE))
      await states.stop()
      states = open()
      await states.resume()
      year.restarts++
    }
    await jest.advanceTimersByTimeAsync(BEGIN + (day + 1) * DAY - Date.now())
    await settle()
  }
  for (let more = 0; more < 10; more++) {
    await jest.advanceTimersByTimeAsync(DAY)
    await settle()
  }
  await states.stop()
  store.close()
  year.digest = hash.digest('hex')
  return year
}

async function redrive(states: States, executionArn: string, year: Year) {
  year.redriven++
  await states.redriveExecution({ executionArn })
}

/** Stand-ins that follow the contract and fail by chance, within their time. */
function functionsOf(random: Random, year: Year): TaskRunner {
  const isOutage = () => Date.now() >= BEGIN + 180 * DAY && Date.now() < BEGIN + 187 * DAY
  let running = 0
  return async ({ arguments: args, session, signal }) => {
    const { FunctionName, Payload } = args as { FunctionName: string; Payload: Payload }
    const step = stepOf(FunctionName, Payload)
    if (step === 'ExportChunk' && isOutage()) {
      year.triesInOutage++
      throw errorOf('Lambda.TooManyRequestsException')
    }
    if (step === 'Halt') return halt(Payload)
    running++
    year.mostAtOnce = Math.max(year.mostAtOnce, running)
    try {
      await new Promise((resolve) =>
        setTimeout(resolve, random.between(1, step === 'ExportChunk' ? 10 * MINUTE : 20_000)),
      )
    } finally {
      running--
    }
    // A call that a restart interrupts does not notify anyone.
    signal.throwIfAborted()
    if (random.next() < 0.2) throw errorOf(random.pick(ERRORS[step]!))
    const name = session
    if (step === 'Notify') tell(year, name, { outcome: 'ready', redrive: 0 })
    if (step === 'NotifyFailure')
      tell(year, name, { outcome: 'failed', redrive: Payload.document!.failure!.redriveCount })
    return { Payload: answer(step, Payload) }
  }
}

interface Payload {
  document?: { failure?: Failure }
  failure?: Failure
  redriveCount?: number
  range?: Range
}

function tell(year: Year, name: string, notice: { outcome: 'ready' | 'failed'; redrive: number }) {
  year.told.set(name, [...(year.told.get(name) ?? []), notice])
}

function halt(payload: Payload) {
  const { error, redriveCount: recorded } = payload.failure!
  if (payload.redriveCount! > recorded) return { Payload: null }
  throw errorOf(thrownName(error))
}

function errorOf(name: string) {
  return new TaskError(name, JSON.stringify({ errorType: name, errorMessage: 'of the test', trace: [] }))
}

function stepOf(functionName: string, payload: Payload): string {
  const name = /^\$\{(\w+)Function\}$/.exec(functionName)![1]!
  return name === 'Notify' && payload.document?.failure ? 'NotifyFailure' : name
}

function answer(step: string, payload: Payload): unknown {
  if (step === 'Prepare')
    return { request: { id: 'r' }, plan: { parallelism: 1 }, ranges: [{ index: 0, done: false, chunks: 0 }] }
  if (step === 'ExportChunk') {
    const chunks = (payload.range?.chunks ?? 0) + 1
    return { ...payload.range, chunks, done: chunks >= 3 }
  }
  const { execution: _, ...document } = payload as { execution?: string }
  return step === 'Finish' ? { ...document, file: {} } : null
}
