/** The stack for an Aurora cluster and the stack for a server, on the same database, write identical files. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import type { Manifest } from '../../statemachine/contract.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { synthesizeClusterStack } from '../support/cluster-stack.ts'
import { type Body, givenRequest, mailAbout, order, startShop } from '../support/pipeline.ts'

/** Long enough to begin; each chunk then ends after its first page or batch. */
const SHORTEST_CHUNK = { CARRYOUT_CHUNK_BUDGET_SECONDS: '0.001' }

let assembly: string
/** Queries the server. */
let direct: TestCloud
/** Asks the Data API. */
let cluster: TestCloud
beforeAll(async () => {
  assembly = mkdtempSync(join(tmpdir(), 'carryout-cluster-'))
  synthesizeClusterStack(assembly)
  direct = await startShop({}, 8_000)
  cluster = await startTestCloud({ assembly, databaseUrl: urlOf(direct) })
})
afterAll(async () => {
  await cluster?.close()
  await direct?.close()
  rmSync(assembly, { recursive: true, force: true })
})

test('the stack of a cluster has no network, and the local cloud supports all of it', () => {
  expect(cluster.unsupported).toEqual(direct.unsupported)
  const types = cluster.stacks.flatMap(({ resources }) => resources.map(({ type }) => type))
  expect(types.filter((type) => type.startsWith('AWS::EC2::'))).toEqual([])
})

test.each<[string, Body]>([
  ['of orders', {}],
  ['of no rows', { params: { from: '1999-01-01', to: '1999-01-02' } }],
  ['of customers, with JSON, pictures and nothing at all in some columns', { export: 'customers', params: {} }],
  ['in JSON Lines', { format: 'jsonl' }],
  ['in Parquet', { format: 'parquet' }],
])('a file %s has the same bytes', async (_, change) => {
  const [one, other] = await Promise.all([direct, cluster].map((cloud) => fileOf(cloud, givenRequest(change))))
  expect(other!.bytes.equals(one!.bytes)).toBe(true)
  expect(other!.manifest.file.rows).toBe(one!.manifest.file.rows)
  expect(other!.manifest.file.consistency).toBe('snapshot')
})

test('a file of many chunks has the same bytes as the uncut one, and contains the data of one moment', async () => {
  const uncut = await fileOf(direct, givenRequest())
  await cluster.restart({ environment: SHORTEST_CHUNK })
  try {
    const { bytes, manifest, chunks } = await fileOf(cluster, givenRequest())
    expect(chunks).toBeGreaterThan(3)
    expect(bytes.equals(uncut.bytes)).toBe(true)
    expect(manifest.file.consistency).toBe('snapshot')
  } finally {
    await cluster.restart()
  }
})

test('a query that the database refuses fails with the same error name and the server’s own message', async () => {
  const connection = await direct.schema!.connect()
  await connection.query('ALTER TABLE orders RENAME COLUMN note TO remark')
  try {
    const body = givenRequest()
    const [one, other] = await Promise.all([direct, cluster].map((cloud) => order(cloud, body)))
    expect(other).toMatchObject({ status: 'FAILED', error: 'QueryFailed' })
    expect(other).toMatchObject({ error: one!.error, cause: one!.cause })
    expect((await mailAbout(cluster, body.id as string, 'operator@example.com')).text).toContain('note')
  } finally {
    await connection.query('ALTER TABLE orders RENAME COLUMN remark TO note')
    await connection.end()
  }
})

async function fileOf(cloud: TestCloud, body: Body) {
  const { status, output, cause } = await order(cloud, body)
  if (status !== 'SUCCEEDED') throw new Error(cause)
  const { file, ranges } = JSON.parse(output as string)
  const get = async (Key: string) => {
    const { Body } = await cloud.clients.s3.send(new GetObjectCommand({ Bucket: file.bucket, Key }))
    return Buffer.from(await Body!.transformToByteArray())
  }
  const manifest = JSON.parse((await get(file.manifestKey)).toString()) as Manifest
  return { bytes: await get(file.key), manifest, chunks: ranges?.[0]?.chunks as number }
}

function urlOf({ schema }: TestCloud): string {
  const { exporter, host, port, database } = schema!
  return `mysql://${encodeURIComponent(exporter.username)}:${encodeURIComponent(exporter.password)}@${host}:${port}/${database}`
}
