import type { Context } from 'aws-lambda'
import { chunkKey } from '../../engine/stores/chunk-key.ts'
import { combineCrc32, crc32 } from '../../engine/stores/crc32.ts'
import { env } from '../../functions/common/environment.ts'
import type { Composing, Finished, Plan, Prepared, Range } from '../../statemachine/contract.ts'
import { crcToHex } from '../../statemachine/crc-hex.ts'
import { startStore, type TestStore } from '../engine/harness.ts'

const MIB = 1024 ** 2

let store: TestStore
let finish: (document: Prepared | Composing, context: Context) => Promise<Finished | Composing>
beforeAll(async () => {
  store = await startStore()
  const { hostname, port } = await store.client.config.endpoint!()
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://${hostname}:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    [env.BUCKET]: store.bucket,
  })
  finish = (await import('../../functions/finish.ts')).handler as unknown as typeof finish
})
afterAll(() => store.close())

test('a large file is composed by several invocations, each of which gets what the one before returned', async () => {
  const prepared = await givenChunks(2)
  // Its time is spent when it begins, and yet it composes something.
  const composing = await finish(prepared, contextOf(0))
  expect(composing).toMatchObject({ composing: { parts: 2 } })
  const finished = await finish(composing as Composing, contextOf(15 * 60_000))
  expect(finished).toMatchObject({ file: { key: prepared.plan.key, rows: 2, bytes: 12 * MIB } })
  expect(await store.keys()).toEqual([prepared.plan.key, `${prepared.plan.key}.manifest.json`])
})

/** @returns the document of an export of one range whose chunks are of 6 MiB */
async function givenChunks(count: number): Promise<Prepared> {
  const request = { id: 'orders-1', export: 'orders', params: {}, requestedBy: 'reader@example.com' }
  const plan = {
    ...{ title: 'Orders', fileName: 'Orders.csv', key: 'files/orders-1/orders.csv', language: 'en', parallelism: 1 },
    ...{ format: 'csv', compression: 'none', encoding: 'utf-8', contentType: 'text/csv; charset=utf-8' },
    ...{ maxRows: null, estimatedRows: null, preparedAt: '2026-01-01T00:00:00.000Z' },
  } as Plan
  const range: Range = {
    ...{ index: 0, after: null, upTo: null, cursor: null, done: true, consistency: 'chunks' },
    ...{ chunks: 0, rows: 0, bytes: 0, crc32: '00000000', firstRowAt: '2026-01-01T00:00:02.000Z', last: null },
    columns: [{ name: 'id', heading: 'No.', type: 'integer' }],
  }
  const pieces = Array.from({ length: count }, (_, number) => Buffer.alloc(6 * MIB, `${number}\n`))
  const keys = pieces.map((_, number) => chunkKey({ request, plan }, range, number))
  const placed = await store.place(pieces.map((bytes, number) => [keys[number]!, bytes]))
  let crc = 0
  for (const piece of pieces) crc = combineCrc32(crc, crc32(piece), piece.length)
  const last = {
    ...{ ...placed.at(-1)!, rows: 1, bytes: 6 * MIB, crc32: crcToHex(crc32(pieces.at(-1)!)) },
    ...{ startedAt: '2026-01-01T00:00:01.000Z', firstRowAt: '2026-01-01T00:00:02.000Z' },
    finishedAt: '2026-01-01T00:00:03.000Z',
  }
  const ranges = [{ ...range, chunks: count, rows: count, bytes: count * 6 * MIB, crc32: crcToHex(crc), last }]
  return { request, plan, ranges }
}

/** @param remainingMillis when the handler asks; its wrapper, which asks later, is not to end it */
function contextOf(remainingMillis: number): Context {
  let looks = 0
  return {
    functionName: 'finish',
    getRemainingTimeInMillis: () => (looks++ === 0 ? remainingMillis : 60_000),
  } as Context
}
