/** Stopped executions, for the suites that stop them: an export of many rows through a proxy that can stall it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import {
  type DescribeExecutionOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { fillShop } from '../../laptop/shop/fill.ts'
import type { Finished } from '../../statemachine/contract.ts'
import { cloudsInTurn, type TestCloud } from '../support/cloud.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts'
import { arnOf, givenRequest, order, outcomeOf } from '../support/pipeline.ts'
import { serverSessions } from '../support/server-sessions.ts'

const ITEMS = 150_000
/** Far enough for a first part of an upload, which has 8 MiB, and not to the end. */
export const STALL_BYTES = 10 * 1024 ** 2
export const items = { export: 'order-items', params: {} }

export let directory: string
export let proxy: DatabaseProxy
export let cloud: TestCloud
/** The file of an execution that was not stopped. */
export let undisturbed: Buffer
let database: FreshDatabase
const { cloudWith, close } = cloudsInTurn()
beforeAll(async () => {
  directory = mkdtempSync(`${tmpdir()}/carryout-stop-`)
  database = await freshDatabase()
  await fillShop(database.connection, { orders: ITEMS / 3 })
  proxy = await startDatabaseProxy(database)
  await startCloud()
  const finished = await order(cloud, givenRequest({ ...items, id: 'undisturbed' }))
  undisturbed = await fileOf(finished)
}, 120_000)
afterAll(async () => {
  await close()
  await proxy.close()
  await database.drop()
  rmSync(directory, { recursive: true })
})

/** In place of the one before, unless the options are the same. */
export async function startCloud(options: Parameters<typeof cloudWith>[0] = {}): Promise<void> {
  cloud = await cloudWith({ databaseUrl: proxy.url, ...options })
}

export async function stop(id: string): Promise<void> {
  await cloud.clients.sfn.send(new StopExecutionCommand({ executionArn: arnOf(cloud, id) }))
  expect(await outcomeOf(cloud, id)).toMatchObject({ status: 'ABORTED' })
}

/** Expects that all objects, uploads and sessions are gone soon, and that no invocation writes another chunk. */
export async function expectNothingLeft(id: string): Promise<void> {
  const stopped = Date.now()
  await until(async () => (await keysOf(id)).length + (await uploads()).length === 0 && (await sessions()) === 0)
  expect(Date.now() - stopped).toBeLessThan(20_000)
  await sleep(1_000)
  expect({ keys: await keysOf(id), uploads: await uploads() }).toEqual({ keys: [], uploads: [] })
}

export async function expectUndisturbed(redriven: DescribeExecutionOutput): Promise<void> {
  // toEqual would compare fifteen million bytes one by one.
  expect((await fileOf(redriven)).equals(undisturbed)).toBe(true)
}

/** Objects of one download: its chunks and its file. */
export async function keysOf(id: string): Promise<string[]> {
  const { Contents = [] } = await cloud.clients.s3.send(
    new ListObjectsV2Command({ Bucket: cloud.outputs.CarryoutBucketName }),
  )
  return Contents.map(({ Key }) => Key!).filter((key) => key.split('/')[1] === id)
}

export async function uploads(): Promise<string[]> {
  const listed = await cloud.clients.s3.send(
    new ListMultipartUploadsCommand({ Bucket: cloud.outputs.CarryoutBucketName }),
  )
  return (listed.Uploads ?? []).map(({ Key }) => Key!)
}

export async function sessions(): Promise<number> {
  const admin = await database.connect()
  const found = await serverSessions(admin, database.database)
  await admin.end()
  return found.filter(({ user }) => user === database.exporter.username).length
}

/** Waits for a line of a function's log about one request. */
export async function logged(handler: string, id: string, piece: string): Promise<void> {
  const all = new FilterLogEventsCommand({ logGroupName: `/aws/lambda/Carryout-${handler}` })
  await until(async () => {
    const { events = [] } = await cloud.clients.logs.send(all)
    return events.some(({ message = '' }) => message.includes(`"requestId":"${id}"`) && message.includes(piece))
  })
}

export async function statesOf(id: string): Promise<string[]> {
  return (await eventsOf(id)).flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? [])
}

export async function eventsOf(id: string): Promise<HistoryEvent[]> {
  const history = new GetExecutionHistoryCommand({ executionArn: arnOf(cloud, id), maxResults: 1000 })
  const { events = [] } = await cloud.clients.sfn.send(history)
  return events
}

export async function fileOf({ status, output, cause }: DescribeExecutionOutput): Promise<Buffer> {
  if (status !== 'SUCCEEDED') throw new Error(cause)
  const { file } = JSON.parse(output!) as Finished
  const object = await cloud.clients.s3.send(new GetObjectCommand({ Bucket: file.bucket, Key: file.key }))
  return Buffer.from(await object.Body!.transformToByteArray())
}

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(100)
}
