/** An export that needs many invocations, through the whole pipeline: its file is the same to the byte. */
import { createServer, type Server, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { paginateGetExecutionHistory } from '@aws-sdk/client-sfn'
import { simulate } from '../../bench/simulate/simulate.ts'
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
let s3: S3Counter
beforeAll(async () => {
  database = await freshDatabase()
  await fillShop(database.connection, { orders: ORDERS })
  const { exporter, host, port } = database
  const databaseUrl = `mysql://${exporter.username}:${encodeURIComponent(exporter.password)}@${host}:${port}/${database.database}`
  whole = await startTestCloud({ databaseUrl })
  s3 = await startS3Counter()
  // A chunk stops as soon as it has something to keep: a batch of rows, or a member where it is compressed.
  const environment = { CARRYOUT_CHUNK_BUDGET_SECONDS: '0.001', AWS_ENDPOINT_URL_S3: s3.url }
  cut = await startTestCloud({ databaseUrl, environment })
  s3.target = Number(new URL(cut.endpointUrl).port)
}, 120_000)
afterAll(async () => {
  await Promise.all([whole?.close(), cut?.close()])
  s3?.close()
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

test('takes the events, calls and requests that the simulation predicts for this many chunks', async () => {
  s3.storage = { writes: 0, reads: 0 }
  const { ranges, request } = await download(cut, orders)
  // Opening the link takes a look at the file and a download.
  const storage = { ...s3.storage, reads: s3.storage.reads - 2 }
  const { chunks, bytes } = ranges[0]!
  const foretold = await simulate({
    ...{ format: 'csv', compression: 'none', rows: chunks, bytesPerRow: bytes / chunks, sentBytesPerRow: 100 },
    // One row makes a chunk, as long as it has.
    ...{ rowsPerSecond: 1 / 900, secondsToFirstRow: 0, parallelism: 1, chunkBudgetSeconds: 0 },
  })
  expect(foretold.chunks).toBe(chunks)
  const events = await historyOf(request.id)
  expect(foretold.events).toBe(events.length)
  expect(foretold.transitions).toBe(events.filter(({ type }) => type!.endsWith('StateEntered')).length)
  const called = events.flatMap(({ taskScheduledEventDetails }) =>
    taskScheduledEventDetails ? [JSON.parse(taskScheduledEventDetails.parameters!).FunctionName as string] : [],
  )
  for (const name of ['prepare', 'export-chunk', 'finish', 'notify'])
    expect([name, foretold.functions.get(name)?.invocations]).toEqual([
      name,
      called.filter((each) => each.endsWith(`-${name}`)).length,
    ])
  expect(foretold.storage).toEqual(storage)
})

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

async function historyOf(id: string) {
  const executionArn = `${cut.outputs.CarryoutStateMachineArn!.replace(':stateMachine:', ':execution:')}:${id}`
  const events = []
  for await (const page of paginateGetExecutionHistory({ client: cut.clients.sfn }, { executionArn, maxResults: 1000 }))
    events.push(...page.events!)
  return events
}

interface S3Counter {
  url: string
  /** The port of whom the requests are for. */
  target: number
  /** Requests as S3 bills them: a list counts as a write, and a deletion is free. */
  storage: { writes: number; reads: number }
  close(): void
}

async function startS3Counter(): Promise<S3Counter> {
  const server: Server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    const query = new URL(url, 'http://s3').searchParams
    const isList = query.has('list-type') || query.has('uploads')
    if (method === 'PUT' || (method === 'POST' && !query.has('delete')) || isList) counter.storage.writes++
    else if (method === 'GET' || method === 'HEAD') counter.storage.reads++
    const passed = send({ host: '127.0.0.1', port: counter.target, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    request.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const counter: S3Counter = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: 0,
    storage: { writes: 0, reads: 0 },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return counter
}
