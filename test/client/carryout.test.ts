import { text } from 'node:stream/consumers'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn'
import { type Carryout, createCarryout, newId, type Progress } from '../../client/carryout.ts'
import { NoFile, NoSuchExecution, NotReplayable, StackNotFound } from '../../client/errors.ts'
import { readHistory } from '../../client/history.ts'
import { readLogs } from '../../client/logs.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import { FileIncomplete, InvalidRequest } from '../../statemachine/errors.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'

const ORDERS = 300
const orders = {
  export: 'orders',
  params: { from: '2026-01-01', to: '2027-01-01' },
  requestedBy: 'hanako@example.com',
}

let cloud: TestCloud
let carryout: Carryout
beforeAll(async () => {
  cloud = await startTestCloud()
  await fillShop(cloud.schema!.connection, { orders: ORDERS })
  carryout = createCarryout({ stackName: 'Carryout' }, aws())
}, 180_000)
afterAll(() => cloud?.close())

test('the parts are found by the parameter that the construct writes, as by the stack', async () => {
  const byParameter = createCarryout({ parameter: '/carryout/Carryout' }, aws())
  // The stack has no output for the retention.
  const fileRetentionDays = 7
  expect(await byParameter.parts()).toEqual({ ...(await carryout.parts()), fileRetentionDays })
  const elsewhere = createCarryout({ parameter: '/carryout/Takeaway' }, aws())
  await expect(elsewhere.parts()).rejects.toThrow(
    'There is no parameter “/carryout/Takeaway” in this account and region.',
  )
})

describe('a request', () => {
  test('is followed from the queue to the file', async () => {
    const { id } = await carryout.request(orders)
    const seen = await following(id)
    expect(seen[0]).toMatchObject({ id, status: 'QUEUED', rows: 0 })
    const last = seen.at(-1)!
    expect(last).toMatchObject({ status: 'SUCCEEDED', rows: ORDERS, failure: null, ranges: { done: 1, all: 1 } })
    expect(last.steps.map(({ state }) => state)).toEqual(['Prepare', 'ExportChunk', 'Finish', 'Notify'])
    expect(last.steps.every(({ endedAt, attempts }) => endedAt && attempts.length === 1)).toBe(true)
    const { body, file } = await carryout.open(id)
    expect(Buffer.byteLength(await text(body))).toBe(file.bytes)
    expect(file).toEqual(last.file)
  })

  test('sent twice under one id is one download', async () => {
    const id = newId()
    const sent = await Promise.all([carryout.request({ ...orders, id }), carryout.request({ ...orders, id })])
    expect(sent[0].messageId).toBe(sent[1].messageId)
    await following(id)
    expect((await carryout.list()).filter((execution) => execution.id === id)).toHaveLength(1)
    expect(await carryout.isKnown({ ...orders, id })).toBe(true)
  })

  test('under an id that belongs to another is refused, and is never shown the other’s file', async () => {
    const id = newId()
    await following((await carryout.request({ ...orders, id })).id)
    const second = createCarryout({ stackName: 'Carryout' }, aws())
    const sent = await second.request({ ...orders, id, requestedBy: 'taro@example.com' })
    const seen = await last(second.follow(sent, { queued: true }))
    expect(seen).toMatchObject({
      id: sent.messageId,
      status: 'FAILED',
      failure: { error: 'InvalidRequest' },
      file: null,
    })
    expect(seen.failure?.reason).toContain(`The id “${id}” belongs to another request`)
    // An id alone is compared as well, where this object sent the request.
    expect(await last(second.follow(id, { queued: true }))).toMatchObject({ id: sent.messageId })
    await expect(second.link(id)).rejects.toThrow(NoFile)
    await expect(second.open(sent)).rejects.toThrow(NoFile)
    await expect(carryout.link(id, { requestedBy: 'taro@example.com' })).rejects.toThrow(NoSuchExecution)
    // A session without a user would pass this.
    const nobody = { requestedBy: undefined } as unknown as { requestedBy: string }
    await expect(carryout.link(id, nobody)).rejects.toThrow('requestedBy is undefined')
    await expect(carryout.open(id, nobody)).rejects.toThrow('requestedBy is undefined')
    expect(await carryout.link(id, { requestedBy: 'Hanako@example.com' })).toMatchObject({ url: expect.any(String) })
  })

  test('is also recognized by its content', async () => {
    const { id } = await carryout.request(orders)
    await following(id)
    await expect(carryout.isKnown({ ...orders, params: {}, id })).rejects.toThrow(InvalidRequest)
    expect(await carryout.isKnown({ ...orders, id: newId() })).toBe(false)
  })
})

describe('an execution', () => {
  test('that failed is redriven, and followed to its new end', async () => {
    await sql('RENAME TABLE customers TO gone')
    const { id } = await carryout.request(orders)
    const failed = (await following(id)).at(-1)!
    expect(failed).toMatchObject({ status: 'FAILED', failure: { step: 'ExportChunk', error: 'QueryFailed' } })
    expect(failed.failure!.reason).toContain('customers')
    const [newest] = await carryout.list({ status: 'FAILED' })
    expect(newest).toMatchObject({ id, failure: { error: 'QueryFailed' }, file: null })
    await expect(carryout.link(id)).rejects.toThrow(NoFile)
    await expect(carryout.open(id)).rejects.toThrow('has no file: its state is FAILED')

    await sql('RENAME TABLE gone TO customers')
    const replay = await carryout.replay(id)
    expect(replay).toEqual({ id, redriven: true, redriveCount: 1 })
    const done = await last(carryout.follow(id, { redriveCount: replay.redriveCount }))
    expect(done).toMatchObject({ status: 'SUCCEEDED', rows: ORDERS, failure: null, redriveCount: 1 })
    const halt = done.steps.find(({ state }) => state === 'Halt')
    expect(halt!.attempts.map(({ error }) => error)).toEqual(['QueryFailed', null])

    const { url, expiresAt } = await carryout.link(id, { expiresInSeconds: 60 })
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + 60_000)
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect((await response.arrayBuffer()).byteLength).toBe(done.file!.bytes)
  })

  test('that succeeded is requested again, through the queue', async () => {
    const { id } = await carryout.request(orders)
    await following(id)
    const replay = await carryout.replay(id)
    expect(replay).toMatchObject({ redriven: false, redriveCount: 0 })
    expect(replay.id).not.toBe(id)
    await following(replay.id)
    expect(await carryout.get(replay.id)).toMatchObject({ status: 'SUCCEEDED', request: { ...orders, id: replay.id } })
  })

  test('that runs is not replayed; once stopped, it continues when it is replayed', async () => {
    const unlock = await lockOrders()
    const { id } = await carryout.request(orders)
    await until(carryout.follow(id, { queued: true }), ({ state }) => state === 'ExportChunk')
    await expect(carryout.replay(id)).rejects.toThrow(NotReplayable)
    const next = await carryout.request(orders)
    expect((await carryout.waiting()).queued).toBe(1)

    const { arn } = await carryout.get(id)
    await cloud.clients.sfn.send(new StopExecutionCommand({ executionArn: arn }))
    await unlock()
    const stopped = await last(carryout.follow(id))
    expect(stopped).toMatchObject({ status: 'ABORTED', failure: { step: 'ExportChunk' } })
    expect((await carryout.get(id)).failure).toMatchObject({ reason: 'Somebody stopped the execution.' })
    expect((await following(next.id)).at(-1)).toMatchObject({ status: 'SUCCEEDED' })

    const { redriven, redriveCount } = await carryout.replay(id)
    expect(redriven).toBe(true)
    expect(await last(carryout.follow(id, { redriveCount }))).toMatchObject({ status: 'SUCCEEDED', rows: ORDERS })
  })

  test('of an invalid message shows the message unchanged', async () => {
    const { stateMachineArn } = await carryout.parts()
    const id = newId()
    const input = JSON.stringify({ message: 'Guten Tag', plan: 7 })
    await cloud.clients.sfn.send(new StartExecutionCommand({ stateMachineArn, name: id, input }))
    expect(await last(carryout.follow(id))).toMatchObject({ status: 'FAILED', failure: { error: 'InvalidRequest' } })
    expect(await carryout.get(id)).toMatchObject({ request: null, input: { message: 'Guten Tag' } })
  })

  test('that does not exist is reported', async () => {
    for (const id of ['never-requested', 'no execution’s name']) {
      await expect(carryout.get(id)).rejects.toThrow(NoSuchExecution)
      await expect(carryout.progress(id)).rejects.toThrow(NoSuchExecution)
      await expect(last(carryout.follow(id))).rejects.toThrow(`There is no execution “${id}”`)
    }
  })

  test('is followed until the caller stops', async () => {
    const signal = AbortSignal.timeout(300)
    await expect(last(carryout.follow('still-queued', { queued: true, signal }))).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })
})

test('a long history is read in pages, and later only its new events', async () => {
  const { id } = await carryout.request({ ...orders, export: 'unknown' })
  await following(id)
  for (let count = 1; count <= 3; count++) {
    const { redriveCount } = await carryout.replay(id)
    await last(carryout.follow(id, { redriveCount }))
  }
  const { arn } = await carryout.get(id)
  const whole = await readHistory(cloud.clients.sfn, arn, 0)
  expect(whole.length).toBeGreaterThan(60)
  expect(whole.map((event) => event.id)).toEqual(whole.map((_, index) => index + 1))
  expect(await readHistory(cloud.clients.sfn, arn, 1)).toEqual(whole.slice(1))
  expect(await readHistory(cloud.clients.sfn, arn, whole.length - 1)).toEqual(whole.slice(-1))
  expect(await readHistory(cloud.clients.sfn, arn, whole.length)).toEqual([])
})

test('a file that was replaced or is gone is not returned', async () => {
  const { id } = await carryout.request(orders)
  const { bucket: Bucket, key: Key } = (await following(id)).at(-1)!.file!
  await cloud.clients.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'id\r\n1\r\n' }))
  await expect(text((await carryout.open(id)).body)).rejects.toThrow(FileIncomplete)
  await cloud.clients.s3.send(new DeleteObjectCommand({ Bucket, Key }))
  await expect(carryout.open(id)).rejects.toThrow(NoFile)
})

test('the functions’ logs are found by the request', async () => {
  const { id } = await carryout.request(orders)
  await following(id)
  const lines = await all(readLogs('Carryout', { id, since: new Date(Date.now() - 60_000) }, aws()))
  expect(lines.map(({ message }) => (JSON.parse(message) as { requestId: string }).requestId)).toEqual(
    lines.map(() => id),
  )
  expect(lines.map(({ group }) => group.split('-').at(-1))).toEqual(
    expect.arrayContaining(['prepare', 'finish', 'notify']),
  )
})

test('a missing stack is named', async () => {
  const elsewhere = createCarryout({ stackName: 'Takeaway' }, aws())
  await expect(elsewhere.request(orders)).rejects.toThrow(StackNotFound)
  await expect(elsewhere.list()).rejects.toThrow('There is no stack “Takeaway” in this account and region.')
})

test('a caller that knows the parts needs no stack', async () => {
  const direct = createCarryout(await carryout.parts(), aws())
  expect(await direct.list({ limit: 1 })).toHaveLength(1)
})

function aws() {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return { endpoint: cloud.endpointUrl, region: cloud.region, credentials }
}

function following(id: string): Promise<Progress[]> {
  return all(carryout.follow(id, { queued: true }))
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

async function last(progress: AsyncIterable<Progress>): Promise<Progress> {
  return (await all(progress)).at(-1)!
}

async function until(following: AsyncIterable<Progress>, isReached: (progress: Progress) => boolean): Promise<void> {
  for await (const progress of following) if (isReached(progress)) return
  throw new Error('The execution ended before that.')
}

async function sql(statement: string): Promise<void> {
  const connection = await cloud.schema!.connect()
  await connection.query(statement)
  await connection.end()
}

/** Queries of the orders wait until the returned function is called. */
async function lockOrders(): Promise<() => Promise<void>> {
  const connection = await cloud.schema!.connect()
  await connection.query('LOCK TABLES orders WRITE')
  return () => connection.end()
}
