/** The table of requests in the local cloud: what is entered, and how it is found again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { type Carryout, createCarryout } from '../../client/carryout.ts'
import { createOperator } from '../../client/operator.ts'
import { DownloadTable } from '../../client/table.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { waitingEntry } from '../../statemachine/table-entry.ts'
import { entryUpdate } from '../../statemachine/table-update.ts'
import { enterRequest, waitingRequest } from '../../statemachine/waiting.ts'
import type { TestCloud } from '../support/cloud.ts'
import { givenRequest, order, outcomeOf, send, startShop } from '../support/pipeline.ts'

let cloud: TestCloud
let carryout: Carryout
let table: DownloadTable
let dynamo: DynamoDBClient
let connection: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } }
beforeAll(async () => {
  cloud = await startShop()
  const { endpointUrl: endpoint, region } = cloud
  connection = { endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  carryout = createCarryout({ stackName: 'Carryout' }, connection)
  table = new DownloadTable(cloud.outputs.CarryoutTableName as string, connection)
  dynamo = new DynamoDBClient(connection)
}, 180_000)
afterAll(async () => {
  dynamo?.destroy()
  await cloud?.close()
})

describe('a request', () => {
  test('is entered as ready with its rows and bytes once its file is there, whoever sent it', async () => {
    const body = givenRequest({ requestedBy: 'Raw@Example.com' })
    await order(cloud, body)
    const entry = await entryOf(String(body.id), 'ready')
    expect(entry).toMatchObject({
      export: 'orders',
      requestedBy: 'Raw@Example.com',
      requester: 'raw@example.com',
      params: JSON.stringify(body.params),
      title: 'Orders',
      redriveCount: 0,
    })
    expect(entry.rows).toBeGreaterThan(0)
    expect(entry.bytes).toBeGreaterThan(0)
    expect(Date.parse(entry.endedAt!)).toBeGreaterThanOrEqual(Date.parse(entry.startedAt!))
    expect(Date.parse(entry.startedAt!)).toBeGreaterThanOrEqual(Date.parse(entry.requestedAt))
  })

  test('that fails is entered with its error and can be found by it', async () => {
    const body = givenRequest({ export: 'orderz', requestedBy: 'lost@example.com' })
    await order(cloud, body)
    await entryOf(String(body.id), 'failed')
    const { downloads } = await carryout.downloads({ error: 'UnknownExport', requestedBy: 'LOST@example.com' })
    expect(downloads).toMatchObject([{ id: body.id, error: 'UnknownExport', export: 'orderz' }])
    expect((await carryout.downloads({ error: 'QueryFailed', requestedBy: 'lost@example.com' })).downloads).toEqual([])
  })

  test('that is too long for its execution’s event is still entered', async () => {
    const body = givenRequest({ params: { from: '"'.repeat(65_000) }, requestedBy: 'long@example.com' })
    await order(cloud, body)
    expect(await entryOf(String(body.id), 'failed')).toMatchObject({ requester: 'long@example.com', export: 'orders' })
  })

  test('that is not valid is entered without export and requester', async () => {
    const messageId = await send(cloud, 'hello')
    await outcomeOf(cloud, messageId)
    const entry = await entryOf(messageId, 'failed')
    expect(entry).not.toHaveProperty('requester')
    expect(entry).toMatchObject({ error: 'InvalidRequest' })
  })

  test('waits with its position while downloads are paused, and starts when they are resumed', async () => {
    const { deliveryStopped } = await carryout.pause({ by: 'a test', reason: 'to look at the queue' })
    expect(deliveryStopped).toBe(true)
    expect(await carryout.paused()).toMatchObject({ by: 'a test', reason: 'to look at the queue' })
    const first = await carryout.request(asNew(givenRequest()))
    await sleep(2)
    const second = await carryout.request(asNew(givenRequest()))
    expect([await carryout.position(first.id), await carryout.position(second.id)]).toEqual([0, 1])
    await expect(carryout.replay((await carryout.downloads({ state: 'failed' })).downloads[0]!.id)).rejects.toThrow(
      /paused since .* by a test \(to look at the queue\)/,
    )
    const { deliveryStarted } = await carryout.resume()
    expect(deliveryStarted).toBe(true)
    await outcomeOf(cloud, second.id)
    await entryOf(second.id, 'ready')
    expect(await carryout.position(second.id)).toBeNull()
    expect(await carryout.paused()).toBeNull()
  })
})

describe('a request that is cancelled', () => {
  test('while it waits ends without a query or a mail, says who cancelled it, and is requested again', async () => {
    await carryout.pause({ by: 'a test', reason: 'so that it waits' })
    const requestedBy = 'changed-my-mind@example.com'
    const { id } = await carryout.request(asNew(givenRequest({ requestedBy })))
    const { id: next } = await carryout.request(asNew(givenRequest()))
    expect(await carryout.cancel(id, { by: requestedBy })).toBe('waiting')
    expect((await carryout.downloads({ requestedBy })).downloads).toMatchObject([{ id, state: 'cancelled' }])
    await carryout.resume()
    await entryOf(next, 'ready')
    await outcomeOf(cloud, id)
    const execution = await carryout.get(id)
    expect(execution).toMatchObject({ status: 'ABORTED', file: null, failure: { error: 'Cancelled' } })
    expect(execution.failure?.reason).toBe('Cancelled by changed-my-mind@example.com while it waited.')
    const progress = await carryout.progress(id)
    expect(progress).toMatchObject({ status: 'ABORTED', failure: { step: 'Prepare', error: 'Cancelled' } })
    expect(progress.steps.map(({ state }) => state)).toEqual(['Prepare'])
    expect(await table.entry(id)).toMatchObject({ state: 'cancelled' })
    expect(await table.notices(id)).toEqual({})
    expect(cloud.outbox.list().filter(({ to, text }) => to === requestedBy || text.includes(id))).toEqual([])
    expect(await carryout.cancel(id, { by: requestedBy })).toBe('over')
    const { id: again } = await carryout.request(asNew(givenRequest({ requestedBy })))
    await entryOf(again, 'ready')
  })

  test('by an operator is recorded with who did it and why; dropped as a dead letter it loses its place', async () => {
    const operator = createOperator({ stackName: 'Carryout' }, connection)
    await operator.pause({ by: 'a test', reason: 'so that they wait' })
    const { id } = await operator.request(asNew(givenRequest()))
    expect(await operator.cancel(id, { by: 'operator', reason: 'asked for twice' })).toBe('waiting')
    expect(await operator.actions(id)).toMatchObject([{ action: 'cancel', by: 'operator', reason: 'asked for twice' }])

    // The state of a request whose message could not be delivered: it has a place, but its message is a dead letter.
    const body = JSON.stringify(givenRequest())
    const { id: dead } = JSON.parse(body) as { id: string }
    await enterRequest(table, waitingRequest(dead, body, new Date().toISOString()))
    const placed = async () => (await table.line()).filter(({ place }) => place.endsWith(`#${dead}`))
    expect(await placed()).toHaveLength(1)
    const { MessageId = '' } = await cloud.clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: cloud.outputs.CarryoutDeadLetterQueueUrl,
        MessageGroupId: 'database',
        MessageBody: body,
      }),
    )
    expect(await operator.dropDeadLetter(MessageId)).toBe(true)
    expect(await placed()).toEqual([])
    expect(await table.entry(dead)).toMatchObject({ state: 'cancelled' })
    const before = await operator.queueActions()
    const twice = { by: 'a test', reason: 'seen' }
    await operator.resume(twice)
    await operator.resume(twice)
    expect(await operator.queueActions()).toMatchObject([{ action: 'resume', ...twice }, ...before])
    await outcomeOf(cloud, id)
    // Cancelled, it has ended; what does nothing is not noted.
    expect(await operator.stop(id, twice)).toBe(false)
    expect(await operator.actions(id)).toHaveLength(1)
  })

  test('must have been requested', async () => {
    await expect(carryout.cancel('nobody', { by: 'me' })).rejects.toThrow('There is no execution “nobody”')
  })
})

test('forecasts of the shop’s mix say when each will be ready, in the order of their turns', async () => {
  const mix = [
    givenRequest(),
    { ...givenRequest({ export: 'order-items' }), params: {}, format: 'xlsx' },
    { ...givenRequest({ export: 'customers' }), params: {} },
  ]
  const ordered = async (suffix: string) => {
    const sent = []
    for (const [index, body] of mix.entries()) {
      const id = `${body.id}-${suffix}`
      sent.push((await carryout.request(asNew({ ...body, id, requestedBy: `m${index}@example.com` }))).id)
    }
    return sent
  }
  for (const id of [...(await ordered('a')), ...(await ordered('b'))]) await entryOf(id, 'ready')
  // The lock keeps the first one running while the forecasts are read, so that they all refer to the same queue.
  const locked = await cloud.schema!.connect()
  await locked.query('LOCK TABLES orders WRITE')
  const ids = [...(await ordered('c')), ...(await ordered('d')), ...(await ordered('e'))]
  await entryOf(ids[0]!, 'running')
  const now = Date.now()
  const forecasts = (await Promise.all(ids.map((id) => carryout.forecast(id)))).filter((each) => each !== null)
  await locked.end()
  // What is first or runs already is ready too soon. How right they are, forecast.test.ts shows on a clock.
  const waiting = forecasts.filter(({ position }) => position >= 2).sort((one, other) => one.position - other.position)
  expect(waiting.length).toBeGreaterThan(3)
  const readyAt = waiting.map((forecast) => Date.parse(forecast.readyAt!))
  expect(readyAt.every((at, index) => at > (readyAt[index - 1] ?? now))).toBe(true)
  for (const id of ids) await entryOf(id, 'ready')
  expect(await carryout.typical('order-items')).toMatchObject({ rows: expect.any(Number), seconds: expect.any(Number) })
  expect(await carryout.typical('nothing')).toBeNull()
})

describe('the index', () => {
  test('is rebuilt from the executions if entries are missing, and keeps correct ones', async () => {
    const body = givenRequest({ requestedBy: 'again@example.com' })
    await order(cloud, body)
    const before = await entryOf(String(body.id), 'ready')
    const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: cloud.outputs.CarryoutTableName }))
    const key = { pk: { S: `download#${body.id}` }, sk: { S: 'entry' } }
    expect(Items).toContainEqual(expect.objectContaining(key))
    // The state after a restore to a time when it waited.
    await dynamo.send(
      new PutItemCommand({
        TableName: cloud.outputs.CarryoutTableName,
        Item: {
          ...key,
          id: { S: String(body.id) },
          state: { S: 'waiting' },
          at: { S: before.requestedAt },
          version: { N: '0' },
        },
      }),
    )
    const rebuilt = await carryout.rebuildIndex()
    expect(rebuilt.corrected).toBe(1)
    expect(rebuilt.executions).toBeGreaterThan(1)
    const { requestedAt: _, digest: __, ...rest } = before
    expect(await table.entry(String(body.id))).toMatchObject(rest)
  })

  test('does not show a request in the dead-letter queue as waiting, and lets it start when it is sent again', async () => {
    const body = givenRequest()
    const id = String(body.id)
    await table.update(entryUpdate(waitingEntry(id, JSON.stringify(body), new Date().toISOString())))
    const { MessageId = '' } = await cloud.clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: cloud.outputs.CarryoutDeadLetterQueueUrl,
        MessageGroupId: 'database',
        MessageBody: JSON.stringify(body),
      }),
    )
    expect((await carryout.rebuildIndex()).corrected).toBe(1)
    expect(await table.entry(id)).toMatchObject({ state: 'failed', error: 'NotStarted' })
    expect(await createOperator({ stackName: 'Carryout' }, connection).sendDeadLetter(MessageId)).toBe(true)
    await outcomeOf(cloud, id)
    expect(await entryOf(id, 'ready')).not.toHaveProperty('error')
  })

  test('is not needed to request a download', async () => {
    const { tableName: _, ...parts } = await carryout.parts()
    const without = createCarryout({ ...parts, tableName: 'gone' }, connection)
    const { id } = await without.request(asNew(givenRequest()))
    expect((await outcomeOf(cloud, id)).status).toBe('SUCCEEDED')
    await expect(createCarryout(parts, connection).downloads()).rejects.toThrow('The table of requests is not known.')
  })
})

test('the same message twice is one entry', async () => {
  const body = givenRequest()
  await order(cloud, body)
  await cloud.clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: cloud.outputs.CarryoutQueueUrl,
      MessageGroupId: 'database',
      MessageDeduplicationId: 'another',
      MessageBody: JSON.stringify(body),
    }),
  )
  const next = givenRequest()
  await order(cloud, next)
  expect(await entryOf(String(body.id), 'ready')).toMatchObject({ state: 'ready' })
})

function asNew(body: Record<string, unknown>) {
  return body as unknown as Parameters<Carryout['request']>[0]
}

/** Waits for the entry to be in the state, because the table is updated a moment after the execution. */
async function entryOf(id: string, state: DownloadEntry['state']): Promise<DownloadEntry> {
  for (;;) {
    const entry = await table.entry(id)
    if (entry?.state === state) return entry
    await sleep(30)
  }
}
