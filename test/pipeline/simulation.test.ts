/** The simulation's figures beside those of an export that really takes so many chunks. */
import { createServer, type Server, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { paginateGetExecutionHistory } from '@aws-sdk/client-sfn'
import { simulate } from '../../bench/simulate/simulate.ts'
import type { Finished } from '../../statemachine/contract.ts'
import type { TestCloud } from '../support/cloud.ts'
import { arnOf, givenRequest, mailAbout, order, startShop } from '../support/pipeline.ts'

const ORDERS = 30_000
const orders = { export: 'orders', params: { from: '2000-01-01', to: '2100-01-01' } }

let cloud: TestCloud
let s3: S3Counter
beforeAll(async () => {
  s3 = await startS3Counter()
  // A chunk stops as soon as it has a batch of rows.
  const environment = { CARRYOUT_CHUNK_BUDGET_SECONDS: '0.001', AWS_ENDPOINT_URL_S3: s3.url }
  cloud = await startShop({ environment }, ORDERS)
  s3.target = Number(new URL(cloud.endpointUrl).port)
}, 120_000)
afterAll(async () => {
  await cloud?.close()
  s3?.close()
})

test('an export takes the events, calls and requests that the simulation predicts for its number of chunks', async () => {
  const { status, output, cause } = await order(cloud, givenRequest(orders))
  if (status !== 'SUCCEEDED') throw new Error(cause)
  const { ranges, request } = JSON.parse(output!) as Finished
  // The requester's mail follows, for which the file is looked at.
  await mailAbout(cloud, request.id, request.requestedBy)
  const storage = { ...s3.storage }
  const { chunks, bytes } = ranges[0]!
  expect(chunks).toBeGreaterThan(10)
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

async function historyOf(id: string) {
  const all = { executionArn: arnOf(cloud, id), maxResults: 1000 }
  const events = []
  for await (const page of paginateGetExecutionHistory({ client: cloud.clients.sfn }, all)) events.push(...page.events!)
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
