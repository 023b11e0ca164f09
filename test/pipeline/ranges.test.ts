/** One request in several ranges, through the whole pipeline. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn'
import { createCarryout } from '../../client/carryout.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import type { Finished } from '../../statemachine/contract.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts'
import { parallelAssembly } from '../support/parallel.ts'
import { arnOf, givenRequest, mailAbout, openMail, order, replay } from '../support/pipeline.ts'

const RANGES = 4
const SLOTS = 2
const ITEMS = 60_000
/** Two local clouds are started. */
const HOOK_MILLIS = 180_000

let directory: string
let database: FreshDatabase
let proxy: DatabaseProxy
let one: TestCloud
let many: TestCloud
beforeAll(async () => {
  directory = mkdtempSync(`${tmpdir()}/carryout-ranges-`)
  database = await freshDatabase()
  await fillShop(database.connection, { orders: ITEMS / 3 })
  proxy = await startDatabaseProxy(database)
  const assembly = await parallelAssembly(directory, { ranges: RANGES, slots: SLOTS })
  one = await startTestCloud({ databaseUrl: proxy.url })
  many = await startTestCloud({ databaseUrl: proxy.url, assembly, delayScale: 0.01 })
}, HOOK_MILLIS)
afterAll(async () => {
  await Promise.all([one.close(), many.close(), proxy.close()])
  await database.drop()
  rmSync(directory, { recursive: true })
})

test.each([{ format: 'csv' }, { format: 'tsv', compression: 'gzip' }, { format: 'jsonl', compression: 'zstd' }])(
  'has the same bytes as with one range: %o',
  async (request) => {
    const whole = await download(one, request)
    const divided = await download(many, request)
    expect(whole.ranges).toHaveLength(1)
    expect(divided.ranges).toHaveLength(RANGES)
    expect(divided.bytes.equals(whole.bytes)).toBe(true)
    expect(divided.file).toMatchObject({ rows: ITEMS, crc32: whole.file.crc32, consistency: 'chunks' })
    expect(await statesOf(many, divided.request.id)).toEqual(
      expect.arrayContaining(['Parallel?', 'PlanRanges', 'Export', 'RangeExported', 'Finish']),
    )
  },
)

test('shows the expected number of rows before the first one', async () => {
  const { plan, request } = await download(many, {})
  expect(Math.abs(plan.estimatedRows! - ITEMS)).toBeLessThan(ITEMS / 4)
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const aws = { endpoint: many.endpointUrl, region: many.region, credentials }
  const carryout = createCarryout({ stackName: 'Carryout' }, aws)
  const progress = await carryout.progress(request.id)
  expect(progress.estimatedRows).toBe(plan.estimatedRows)
})

test('the database sees no more sessions at once than its limit, planning and estimates included', async () => {
  const body = givenRequest({ export: 'order-items', params: {} })
  const before = proxy.total()
  await order(many, body)
  expect(proxy.total() - before).toBeGreaterThan(RANGES)
  expect(proxy.most()).toBeLessThanOrEqual(SLOTS)
})

test('planning without a database is retried, fails with its own error, and a replay continues from there', async () => {
  await proxy.down()
  const body = givenRequest({ export: 'order-items', params: {} })
  const failed = await order(many, body)
  expect(failed).toMatchObject({ status: 'FAILED', error: 'DatabaseUnavailable' })
  expect(failed.cause).toMatch(/PlanRanges: /)
  expect((await mailAbout(many, failed.name!, 'operator@example.com', /^Download failed/)).text).toContain(
    'Step: PlanRanges\n',
  )
  await proxy.up()
  const replayed = await replay(many, failed.name!)
  expect(replayed.status).toBe('SUCCEEDED')
  expect(JSON.parse(replayed.output!).ranges).toHaveLength(RANGES)
})

async function download(cloud: TestCloud, request: object): Promise<Finished & { bytes: Buffer }> {
  const body = givenRequest({ export: 'order-items', params: {}, ...request })
  const { status, output, cause } = await order(cloud, body)
  if (status !== 'SUCCEEDED') throw new Error(cause)
  const response = await openMail(await mailAbout(cloud, String(body.id), 'hanako@example.com'))
  return { ...(JSON.parse(output!) as Finished), bytes: Buffer.from(await response.arrayBuffer()) }
}

async function statesOf(cloud: TestCloud, name: string): Promise<string[]> {
  const history = new GetExecutionHistoryCommand({ executionArn: arnOf(cloud, name), maxResults: 1000 })
  const { events = [] } = await cloud.clients.sfn.send(history)
  return events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? [])
}
