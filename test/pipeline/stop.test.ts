/** Stopping an execution: its query ends, nothing of its export stays, and yet it can be redriven. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import {
  type DescribeExecutionOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  RedriveExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { fillShop } from '../../laptop/shop/fill.ts'
import type { Finished } from '../../statemachine/contract.ts'
import { changedAssembly } from '../support/assembly.ts'
import { cloudsInTurn, type TestCloud } from '../support/cloud.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts'
import { parallelAssembly } from '../support/parallel.ts'
import { arnOf, givenRequest, order, outcomeOf, replay, send } from '../support/pipeline.ts'
import { serverSessions } from '../support/server-sessions.ts'

const ITEMS = 150_000
/** Far enough for a first part of an upload, which has 8 MiB, and not to the end. */
const STALL_BYTES = 10 * 1024 ** 2
const items = { export: 'order-items', params: {} }

let directory: string
let database: FreshDatabase
let proxy: DatabaseProxy
let cloud: TestCloud
let undisturbed: Buffer
const { cloudWith, close } = cloudsInTurn()
beforeAll(async () => {
  directory = mkdtempSync(`${tmpdir()}/carryout-stop-`)
  database = await freshDatabase()
  await fillShop(database.connection, { orders: ITEMS / 3 })
  proxy = await startDatabaseProxy(database)
  cloud = await cloudWith({ databaseUrl: proxy.url })
  const finished = await order(cloud, givenRequest({ ...items, id: 'undisturbed' }))
  undisturbed = await fileOf(finished)
}, 120_000)
afterAll(async () => {
  await close()
  await proxy.close()
  await database.drop()
  rmSync(directory, { recursive: true })
})

test('aborts the upload in progress; a redrive exports everything', async () => {
  cloud = await cloudWith({ databaseUrl: proxy.url })
  proxy.stallAfter(STALL_BYTES)
  await send(cloud, givenRequest({ ...items, id: 'uploading' }))
  await until(async () => (await uploads()).length === 1)
  await stop('uploading')
  proxy.stallAfter(Number.POSITIVE_INFINITY)
  await expectNothingLeft('uploading')
  await expectUndisturbed(await replay(cloud, 'uploading'))
})

test('keeps a file that was finished, which a redrive announces', async () => {
  cloud = await cloudWith({ databaseUrl: proxy.url })
  // Notify waits for its next try when the execution is stopped.
  cloud.lambda.refuse('Carryout-notify', { code: 'ResourceNotReadyException', times: 1 })
  await send(cloud, givenRequest({ ...items, id: 'announced' }))
  await until(async () => (await statesOf('announced').catch((): string[] => [])).includes('Notify'))
  await stop('announced')
  await logged('discard', 'announced', 'its data was deleted')
  const redriven = await replay(cloud, 'announced')
  await expectUndisturbed(redriven)
  expect(await statesOf('announced')).not.toContain('Replayed?')
  // Lambda may run an invocation twice.
  const mails = cloud.outbox.list().length
  await runAgain('announced', 'Carryout-notify')
  expect(cloud.outbox.list()).toHaveLength(mails)
})

test('deletes the chunks that were written; a redrive starts over', async () => {
  cloud = await cloudWith({ databaseUrl: proxy.url, environment: { CARRYOUT_CHUNK_BUDGET_SECONDS: '0.1' } })
  await send(cloud, givenRequest({ ...items, id: 'chunks' }))
  await until(async () => (await keysOf('chunks')).length > 0)
  await stop('chunks')
  await expectNothingLeft('chunks')
  const redriven = await replay(cloud, 'chunks')
  await expectUndisturbed(redriven)
  // The redrive does not take the detour for an incomplete file.
  expect(await statesOf('chunks')).not.toContain('Replayed?')
})

test('deletes the chunks of an execution that waits for its next attempt, while no function works for it', async () => {
  cloud = await cloudWith({ databaseUrl: proxy.url, environment: { CARRYOUT_CHUNK_BUDGET_SECONDS: '0.1' } })
  await send(cloud, givenRequest({ ...items, id: 'waiting' }))
  // Bytes that the proxy let through may not have been read yet, so they would say nothing of a chunk.
  await until(async () => (await keysOf('waiting')).length > 0)
  proxy.stallAfter(0)
  await until(async () => proxy.stalled() > 0)
  await proxy.down()
  proxy.stallAfter(Number.POSITIVE_INFINITY)
  try {
    await until(async () => (await eventsOf('waiting')).at(-1)?.type === 'TaskFailed')
    await stop('waiting')
    await expectNothingLeft('waiting')
  } finally {
    await proxy.up()
  }
  await expectUndisturbed(await replay(cloud, 'waiting'))
})

test('also deletes the chunks of finished ranges; a redrive exports those again', async () => {
  const assembly = await parallelAssembly(directory, { ranges: 3, slots: 1 })
  cloud = await cloudWith({ databaseUrl: proxy.url, assembly, delayScale: 0.01 })
  // One range is done then, and another halfway through.
  proxy.stallAfter(undisturbed.length / 2)
  await send(cloud, givenRequest({ ...items, id: 'ranges' }))
  await until(async () => proxy.stalled() > 0)
  expect(await keysOf('ranges')).toHaveLength(1)
  await stop('ranges')
  proxy.stallAfter(Number.POSITIVE_INFINITY)
  await expectNothingLeft('ranges')
  const redriven = await replay(cloud, 'ranges')
  await expectUndisturbed(redriven)
  expect((JSON.parse(redriven.output!) as Finished).ranges).toHaveLength(3)
})

test('is followed by a redrive, with another slot free, that the previous invocation does not disturb', async () => {
  const assembly = await changedAssembly(join(directory, 'two-slots'), 'export-chunk', (properties) => {
    properties.ReservedConcurrentExecutions = 2
  })
  cloud = await cloudWith({ databaseUrl: proxy.url, assembly, delayScale: 0.01 })
  proxy.stallAfter(STALL_BYTES)
  await send(cloud, givenRequest({ ...items, id: 'at-once' }))
  await until(async () => proxy.stalled() > 0)
  await stop('at-once')
  await cloud.clients.sfn.send(new RedriveExecutionCommand({ executionArn: arnOf(cloud, 'at-once') }))
  proxy.stallAfter(Number.POSITIVE_INFINITY)
  const redriven = await outcomeOf(cloud, 'at-once', 1)
  // The first invocation has noticed that another one has taken over.
  await logged('export-chunk', 'at-once', '"level":"ERROR"')
  await expectUndisturbed(redriven)
})

/** Invokes a function with what its step gave it last. */
async function runAgain(id: string, name: string): Promise<void> {
  const given = (await eventsOf(id)).map(({ taskScheduledEventDetails: task }) => JSON.parse(task?.parameters ?? '{}'))
  const { FunctionName, Payload } = given.findLast(({ FunctionName = '' }) => FunctionName.includes(name))
  const { functionError } = await cloud.lambda.invoke(FunctionName, JSON.stringify(Payload))
  expect(functionError).toBeUndefined()
}

async function stop(id: string): Promise<void> {
  await cloud.clients.sfn.send(new StopExecutionCommand({ executionArn: arnOf(cloud, id) }))
  expect(await outcomeOf(cloud, id)).toMatchObject({ status: 'ABORTED' })
}

/** Expects that all objects, uploads and sessions are gone soon, and that no invocation writes another chunk. */
async function expectNothingLeft(id: string): Promise<void> {
  const stopped = Date.now()
  await until(async () => (await keysOf(id)).length + (await uploads()).length === 0 && (await sessions()) === 0)
  expect(Date.now() - stopped).toBeLessThan(20_000)
  await sleep(1_000)
  expect({ keys: await keysOf(id), uploads: await uploads() }).toEqual({ keys: [], uploads: [] })
}

async function expectUndisturbed(redriven: DescribeExecutionOutput): Promise<void> {
  // toEqual would compare fifteen million bytes one by one.
  expect((await fileOf(redriven)).equals(undisturbed)).toBe(true)
}

/** Objects of one download: its chunks and its file. */
async function keysOf(id: string): Promise<string[]> {
  const { Contents = [] } = await cloud.clients.s3.send(
    new ListObjectsV2Command({ Bucket: cloud.outputs.CarryoutBucketName }),
  )
  return Contents.map(({ Key }) => Key!).filter((key) => key.split('/')[1] === id)
}

async function uploads(): Promise<string[]> {
  const listed = await cloud.clients.s3.send(
    new ListMultipartUploadsCommand({ Bucket: cloud.outputs.CarryoutBucketName }),
  )
  return (listed.Uploads ?? []).map(({ Key }) => Key!)
}

async function sessions(): Promise<number> {
  const admin = await database.connect()
  const found = await serverSessions(admin, database.database)
  await admin.end()
  return found.filter(({ user }) => user === database.exporter.username).length
}

/** Waits for a line of a function's log about one request. */
async function logged(handler: string, id: string, piece: string): Promise<void> {
  const all = new FilterLogEventsCommand({ logGroupName: `/aws/lambda/Carryout-${handler}` })
  await until(async () => {
    const { events = [] } = await cloud.clients.logs.send(all)
    return events.some(({ message = '' }) => message.includes(`"requestId":"${id}"`) && message.includes(piece))
  })
}

async function statesOf(id: string): Promise<string[]> {
  return (await eventsOf(id)).flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? [])
}

async function eventsOf(id: string): Promise<HistoryEvent[]> {
  const history = new GetExecutionHistoryCommand({ executionArn: arnOf(cloud, id), maxResults: 1000 })
  const { events = [] } = await cloud.clients.sfn.send(history)
  return events
}

async function fileOf({ status, output, cause }: DescribeExecutionOutput): Promise<Buffer> {
  if (status !== 'SUCCEEDED') throw new Error(cause)
  const { file } = JSON.parse(output!) as Finished
  const object = await cloud.clients.s3.send(new GetObjectCommand({ Bucket: file.bucket, Key: file.key }))
  return Buffer.from(await object.Body!.transformToByteArray())
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(100)
}
