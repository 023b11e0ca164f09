/** The function that queries, on a real database and a real bucket; only Step Functions says what a test wants. */
import { jest } from '@jest/globals'
import type { Context } from 'aws-lambda'
import { defineCatalogue, defineExport, sql } from '../../engine/catalogue.ts'
import { prepare } from '../../engine/prepare.ts'
import { env } from '../../functions/common/environment.ts'
import type { ExportChunkEvent } from '../../functions/export-chunk.ts'
import type { CheckupEvent } from '../../statemachine/checkup.ts'
import type { Prepared, Range } from '../../statemachine/contract.ts'
import type { ProbeEvent } from '../../statemachine/outage.ts'
import { startStore, type TestStore } from '../engine/harness.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'

type Handler = (event: ExportChunkEvent | CheckupEvent | ProbeEvent, context: Context) => Promise<unknown>

const MINUTES = 15 * 60_000
const RUNNING = { status: 'RUNNING', redriveCount: 0, startDate: 1 }
const EVENTS_UNREADABLE = 'The execution’s events could not be counted'
const given = (name: string, query: string, row?: () => never) =>
  defineExport({
    ...{ name, title: name, query: () => sql([query] as never), key: 'id', columns: { id: 'No.' } },
    ...(row && { row }),
  })
const catalogue = defineCatalogue([
  given('numbers', 'SELECT 1 AS id UNION ALL SELECT 2'),
  given('slow', 'SELECT 1 AS id FROM (SELECT SLEEP(6)) AS pause'),
  given('faulty', 'SELECT 1 AS id', () => {
    throw new Error('The row is 1')
  }),
])

let aws: FakeAws
let store: TestStore
let database: FreshDatabase
let handle: Handler
let logger: typeof import('../../functions/common/step.ts').logger
let requests = 0
beforeAll(async () => {
  store = await startStore()
  aws = await startFakeAws()
  database = await freshDatabase()
  const { hostname, port } = await store.client.config.endpoint!()
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: `http://${hostname}:${port}`,
    [env.BUCKET]: store.bucket,
    [env.CHUNK_BUDGET_SECONDS]: '0',
    [env.DATABASE_HOST]: database.host,
    [env.DATABASE_PORT]: String(database.port),
    [env.DATABASE_TLS]: 'off',
    [env.DATABASE_NAME]: database.database,
    [env.DATABASE_TIME_ZONE]: '+00:00',
    [env.DATABASE_SECRET_ARN]: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:database',
  })
  // The pause before an end is believed passes at once.
  jest.unstable_mockModule('node:timers/promises', () => ({
    setTimeout: (millis: number, value: unknown) =>
      new Promise((resolve) => void setTimeout(resolve, millis < 1_000 ? 0 : millis, value).unref()),
  }))
  handle = await load()
  logger = (await import('../../functions/common/step.ts')).logger
})
afterAll(async () => {
  aws.close()
  store.close()
  await database.drop()
})
beforeEach(() => {
  aws.calls = []
  aws.answers = {
    GetSecretValue: () => ({ SecretString: JSON.stringify(database.exporter) }),
    DescribeExecution: () => RUNNING,
  }
})
afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

test('a range is exported into the bucket, without a question about the history that is still empty', async () => {
  const { event } = chunkOf('numbers')
  const range = (await run(event)) as Range
  expect(range).toMatchObject({ done: true, chunks: 1, rows: 2 })
  expect(await keysOf(event)).toHaveLength(1)
  expect(asked('GetExecutionHistory')).toBe(0)
})

test('the ranges are planned by the same function, because it is the only one that queries', async () => {
  const { prepared } = chunkOf('numbers')
  const planned = (await run({ ...prepared, execution: 'e' } as ExportChunkEvent)) as Prepared
  expect(planned.ranges).toHaveLength(1)
  expect(asked('GetExecutionHistory')).toBe(0)
})

test('it answers whether the database responds, and what doctor asks', async () => {
  expect(await handle({ probe: 'database' }, contextOf(MINUTES))).toMatchObject({ ok: true })
  const execution = 'arn:aws:states:us-east-1:000000000000:execution:download:doctor'
  expect(await handle({ checkup: { execution } }, contextOf(MINUTES))).toMatchObject({
    ...{ storage: { ok: true }, stepFunctions: { ok: true }, database: { ok: true }, exports: 3 },
  })
})

test('a query that has sent nothing is ended before the function’s time ends', async () => {
  const { event } = chunkOf('slow')
  // On a busy machine the time may end before the query begins.
  const name = expect.stringMatching(/^(ExportTooLong|TimeoutError)$/)
  await expect(run(event, 6_000)).rejects.toMatchObject({ name })
})

test('a range that continues asks how full the history is, and no longer than it works', async () => {
  const { event } = chunkOf('numbers')
  const range = (await run(event)) as Range
  aws.answers.GetExecutionHistory = () => new Promise(() => {})
  const warn = jest.spyOn(logger, 'warn').mockReturnValue()
  expect(await run({ ...event, range: { ...range, done: false } } as ExportChunkEvent)).toMatchObject({ done: true })
  expect(asked('GetExecutionHistory')).toBe(1)
  while (!aws.abandoned.includes('GetExecutionHistory')) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(warn.mock.calls.map(([message]) => message)).not.toContain(EVENTS_UNREADABLE)
})

test('an execution that was stopped while its last chunk was written loses it', async () => {
  const { event } = chunkOf('numbers')
  givenLater(event, { status: 'ABORTED', redriveCount: 0 })
  await expect(run(event)).rejects.toThrow('no longer works for the execution, which was stopped')
  expect(await keysOf(event)).toEqual([])
})

test('an execution that was redriven in the meantime keeps its chunks, which another invocation writes', async () => {
  const { event } = chunkOf('numbers')
  givenLater(event, { status: 'RUNNING', redriveCount: 1 })
  await expect(run(event)).rejects.toThrow('no longer works for the execution, which was redriven')
  expect(await keysOf(event)).toHaveLength(1)
})

test('it does not ask about the execution after its end', async () => {
  const others = [
    'Date',
    'hrtime',
    'nextTick',
    'performance',
    'queueMicrotask',
    'setImmediate',
    'clearImmediate',
  ] as const
  jest.useFakeTimers({ doNotFake: [...others, 'setTimeout', 'clearTimeout'] })
  await run(chunkOf('numbers').event)
  expect(jest.getTimerCount()).toBe(0)
})

test('what an export’s own function throws is in the log only where the author asked for it', async () => {
  const log = jest.spyOn(console, 'error').mockReturnValue()
  await expect(run(chunkOf('faulty').event)).rejects.toThrow()
  expect(log).not.toHaveBeenCalled()
  jest.resetModules()
  process.env[env.DATABASE_ERRORS] = 'whole'
  const whole = await load()
  await expect(whole(chunkOf('faulty').event, contextOf(MINUTES))).rejects.toThrow()
  expect(log.mock.calls.map(([message]) => message)).toContain('The export’s own function threw:')
})

async function load(): Promise<Handler> {
  return (await import('../../functions/export-chunk.ts')).createExportChunk(catalogue) as unknown as Handler
}

/** The first chunk of a new request. */
function chunkOf(name: string) {
  const id = `${name}-${++requests}`
  const request = { id, export: name, params: {}, requestedBy: 'reader@example.com' }
  const prepared = prepare(request, { catalogue, now: new Date() })
  const execution = `arn:aws:states:us-east-1:000000000000:execution:download:${id}`
  const event = { execution, request: prepared.request, plan: prepared.plan, range: prepared.ranges[0]! }
  return { prepared, event }
}

/** What Step Functions says of the execution once its chunk is written. */
function givenLater(event: ExportChunkEvent, described: object) {
  aws.answers.DescribeExecution = async () => ({ ...RUNNING, ...((await keysOf(event)).length > 0 && described) })
}

function run(event: ExportChunkEvent, remainingMillis = MINUTES): Promise<unknown> {
  return handle(event, contextOf(remainingMillis))
}

function contextOf(remainingMillis: number): Context {
  return { functionName: 'export-chunk', getRemainingTimeInMillis: () => remainingMillis } as Context
}

async function keysOf({ request }: Pick<ExportChunkEvent, 'request'>): Promise<string[]> {
  return (await store.keys()).filter((key) => key.split('/')[1] === request.id)
}

function asked(action: string): number {
  return aws.calls.filter((call) => call.action === action).length
}
