/** An export that needs many invocations, through the whole pipeline: its file is the same to the byte. */
import { fillShop } from '../../laptop/shop/fill.ts'
import type { Finished } from '../../statemachine/contract.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { givenRequest, mailAbout, openMail, order } from '../support/pipeline.ts'

/** Enough rows to have more compressed members (about 4,000 rows each) than chunks. */
const ITEMS = 240_000
const ORDERS = ITEMS / 3
const CHUNKS = 50

const items = { export: 'order-items', params: {} }
/** Without compression, a chunk can be as small as one read, so fewer rows are enough. */
const orders = { export: 'orders', params: { from: '2000-01-01', to: '2100-01-01' } }

let database: FreshDatabase
let whole: TestCloud
let cut: TestCloud
beforeAll(async () => {
  database = await freshDatabase()
  await fillShop(database.connection, { orders: ORDERS })
  const { exporter, host, port } = database
  const databaseUrl = `mysql://${exporter.username}:${encodeURIComponent(exporter.password)}@${host}:${port}/${database.database}`
  whole = await startTestCloud({ databaseUrl })
  // A chunk stops as soon as it has something to keep: a batch of rows, or a member where it is compressed.
  const environment = { CARRYOUT_CHUNK_BUDGET_SECONDS: '0.001' }
  cut = await startTestCloud({ databaseUrl, environment })
}, 120_000)
afterAll(async () => {
  await Promise.all([whole?.close(), cut?.close()])
  await database.drop()
})

test.each([
  { format: 'csv', compression: 'none', of: orders, given: ORDERS },
  { format: 'tsv', compression: 'gzip', of: items, given: ITEMS },
])(
  '$format with compression $compression',
  async ({ format, compression, of, given }) => {
    const request = { ...of, format, compression }
    const uncut = await download(whole, request)
    const chunks = await download(cut, request)
    expect(uncut.ranges[0]!.chunks).toBe(1)
    expect(chunks.ranges[0]!.chunks).toBeGreaterThanOrEqual(CHUNKS)
    expect(chunks.bytes.equals(uncut.bytes)).toBe(true)
    const { rows, bytes, crc32 } = uncut.file
    expect(rows).toBe(given)
    expect(chunks.file).toMatchObject({ rows, bytes, crc32, consistency: 'chunks' })
  },
  120_000,
)

test.each([
  [{ format: 'xlsx' }, 'xlsx', 'csv'],
  [{ compression: 'zip' }, 'zip', 'gzip'],
])('%o cannot be continued, and says so at the limit', async (request, part, instead) => {
  const failed = await order(cut, givenRequest({ ...items, ...request }))
  expect(failed).toMatchObject({ status: 'FAILED', error: 'ExportTooLong' })
  expect(failed.cause).toContain(
    `order-items did not fit into the time of one invocation, and ${part} cannot be continued: choose ${instead}, or narrow the request`,
  )
})

async function download(
  cloud: TestCloud,
  request: Parameters<typeof givenRequest>[0],
): Promise<Finished & { bytes: Buffer }> {
  const body = givenRequest(request)
  const { status, output, cause } = await order(cloud, body)
  if (status !== 'SUCCEEDED') throw new Error(cause)
  const response = await openMail(await mailAbout(cloud, String(body.id), 'hanako@example.com'))
  return { ...(JSON.parse(output!) as Finished), bytes: Buffer.from(await response.arrayBuffer()) }
}
