import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jest } from '@jest/globals'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import { METRICS } from '../../statemachine/metrics.ts'
import { MESSAGE_GROUP } from '../../statemachine/request.ts'
import { digestOf, placeOf } from '../../statemachine/waiting.ts'

const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:download'
const body = JSON.stringify({ id: 'orders-1', export: 'orders' })
/** Time that the handler reserves to return the message to the queue. */
const RESERVE_MILLIS = 15_000
const SENT_AT = 1_800_000_000_000
const PAUSE = {
  pk: { S: 'fact' },
  sk: { S: 'pause' },
  at: { S: '2026-11-30T00:00:00Z' },
  by: { S: 'ops' },
  reason: { S: 'upgrade' },
}
const OUTAGE = {
  pk: { S: 'fact' },
  sk: { S: 'outage' },
  since: { S: '2026-11-30T00:00:00.000Z' },
  id: { S: 'orders-1' },
  reason: { S: 'ECONNREFUSED' },
}
const running = (name: string) => ({ name, status: 'RUNNING', startDate: 1_800_000_000 })

/** Step Functions, SQS, DynamoDB and Lambda where a test says what they answer: no local cloud is late in listing what it runs. */
let server: Server
let calls: { action: string; input: Record<string, unknown> }[]
let answers: Record<string, (input: Record<string, unknown>) => object>
/** Calls that are never answered. */
let hanging: Set<string>
/** The request's entry in the table, which its sender made. */
let entry: Record<string, { S: string }>
let start: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const called = /\/functions\/([\w-]+)\/invocations$/.exec(request.url!)?.[1]
    const action = called ? `Invoke ${called}` : String(request.headers['x-amz-target']).split('.').at(-1)!
    const input = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Record<string, unknown>
    calls.push({ action, input })
    if (hanging.has(action)) return
    const answer = answers[action]?.(input) ?? {}
    response.writeHead('__type' in answer ? 400 : 200, { 'Content-Type': 'application/x-amz-json-1.0' })
    response.end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    [env.QUEUE_URL]: `${endpoint}/000000000000/requests.fifo`,
    [env.STATE_MACHINE_ARN]: stateMachineArn,
    [env.MAX_RECEIVES]: '1000',
    [env.MAX_RUNNING]: '1',
    [env.TABLE]: 'downloads',
    [env.EXPORT_CHUNK_FUNCTION]: 'export-chunk',
    [env.NOTIFY_FUNCTION]: 'notify',
  })
  start = (await import('../../functions/start.ts')).handler as typeof start
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

beforeEach(() => {
  calls = []
  entry = { id: { S: 'orders-1' }, state: { S: 'waiting' }, place: { S: 'x' }, digest: { S: digestOf(body) } }
  hanging = new Set()
  answers = {
    StartExecution: () => ({ executionArn: 'x', startDate: 1_800_000_000 }),
    DescribeExecution: () => ({ __type: 'ExecutionDoesNotExist', message: 'Execution Does Not Exist' }),
    GetItem: ({ Key }) => (isEntry(Key) ? { Item: entry } : {}),
    Query: () => ({ Items: [] }),
  }
})

test('a message is acknowledged only once its execution is listed, so that the next request counts it', async () => {
  givenLists([], [], [], [running('orders-1')])
  expect(await startWithin(10_000)).toEqual({ batchItemFailures: [] })
  const looks = ['ListExecutions', 'DescribeExecution', 'ListExecutions', 'DescribeExecution', 'ListExecutions']
  expect(actions()).toEqual(['ListExecutions', 'StartExecution', ...looks])
})

test('a request waits for the slot, and starts when the running execution has ended', async () => {
  givenLists([running('other')], [running('other')], [], [running('orders-1')])
  expect(await startWithin(10_000)).toEqual({ batchItemFailures: [] })
  expect(actions().indexOf('StartExecution')).toBe(3)
})

test('a request without a slot in time returns to the head of the queue, and is delivered after this invocation has ended', async () => {
  givenLists([running('other')])
  expect(await startWithin(500)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
  expect(actions()).not.toContain('StartExecution')
  expect(calls.at(-1)).toMatchObject({ action: 'ChangeMessageVisibility', input: { VisibilityTimeout: 1 } })
})

test('a message whose execution exists is acknowledged without a second one, even if its own has the slot', async () => {
  givenLists([running('orders-1')])
  entry.state = { S: 'running' }
  answers.DescribeExecution = () => ({ input: body, status: 'RUNNING', startDate: 1_800_000_000 })
  expect(await startWithin(10_000)).toEqual({ batchItemFailures: [] })
  expect(actions()).toEqual(['DescribeExecution'])
})

test('an execution that is not in the table yet is not started twice either', async () => {
  givenLists([])
  answers.StartExecution = () => ({ __type: 'ExecutionAlreadyExists', message: 'Execution Already Exists' })
  answers.DescribeExecution = () => ({ input: body, status: 'SUCCEEDED', startDate: 1_800_000_000 })
  expect(await startWithin(10_000)).toEqual({ batchItemFailures: [] })
  expect(actions()).toEqual(['ListExecutions', 'StartExecution', 'DescribeExecution'])
})

test('another request with a used id becomes an execution that says so', async () => {
  givenLists([], [running('message-1')])
  entry.digest = { S: digestOf('another') }
  expect(await startWithin(10_000)).toEqual({ batchItemFailures: [] })
  const started = calls.find(({ action }) => action === 'StartExecution')!.input
  expect(started.name).toBe('message-1')
  expect(JSON.parse(started.input as string).problem).toContain('The id “orders-1” belongs to another request')
})

test('a message that cannot be started is retried soon, not after the visibility timeout', async () => {
  givenLists([])
  answers.StartExecution = () => ({ __type: 'AccessDeniedException', message: 'No.' })
  expect(await startWithin(10_000)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
  expect(calls.at(-1)).toMatchObject({ action: 'ChangeMessageVisibility', input: { VisibilityTimeout: 30 } })
})

test('a request that is returned for the last time is no longer waiting in the table', async () => {
  givenLists([running('other')])
  for (const receives of [999, 1000]) {
    calls = []
    expect(await startWithin(500, MESSAGE_GROUP, receives)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }],
    })
    const givenUp = calls.filter(
      ({ action, input }) => action === 'UpdateItem' && /NotStarted/.test(JSON.stringify(input)),
    )
    expect(givenUp.map(({ input }) => input.ExpressionAttributeValues)).toMatchObject(
      receives === 999 ? [] : [{ ':id': { S: 'orders-1' }, ':state': { S: 'failed' } }],
    )
  }
})

test('nothing starts while downloads are paused, and the message is returned immediately', async () => {
  givenLists([])
  answers.Query = () => ({ Items: [PAUSE] })
  expect(await startWithin(500)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
  expect(actions()).toEqual(['ChangeMessageVisibility'])
  expect(calls.at(-1)).toMatchObject({ input: { VisibilityTimeout: 1 } })
})

test('a pause that begins while a request waits for the slot also holds it', async () => {
  givenLists([])
  let looks = 0
  answers.Query = (query) => ({ Items: isOfFacts(query) && looks++ > 0 ? [PAUSE] : [] })
  expect(await startWithin(500)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
  expect(actions()).toEqual(['ListExecutions', 'ChangeMessageVisibility'])
})

test('nothing starts while the table cannot be read for a pause', async () => {
  givenLists([])
  answers.Query = () => ({ __type: 'AccessDeniedException', message: 'No.' })
  expect(await startWithin(500)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
  expect(actions()).toEqual(['ChangeMessageVisibility'])
})

test('a message in whose place another request starts is sent again to the end of the queue, and only then acknowledged', async () => {
  givenLists([], [running('other-1')])
  const other = { name: 'other-1', input: '{"id":"other-1"}', turnOf: 'other', arrivedAt: '2027-01-01T00:00:00.000Z' }
  const item = Object.entries({ ...other, pk: 'waiting', sk: placeOf(7, other) }).map(([name, S]) => [name, { S }])
  answers.Query = (query) => ({ Items: isOfFacts(query) ? [] : [Object.fromEntries(item)] })
  answers.SendMessage = () => ({ MessageId: 'message-2', MD5OfMessageBody: md5(body) })
  expect(await startWithin(10_000)).toEqual({ batchItemFailures: [] })
  expect(calls.find(({ action }) => action === 'StartExecution')!.input).toMatchObject({ name: 'other-1' })
  expect(calls.at(-1)).toMatchObject({
    action: 'SendMessage',
    input: { MessageBody: body, MessageGroupId: MESSAGE_GROUP, MessageDeduplicationId: 'behind-message-1' },
  })
})

test('a request that was sent again has waited since it was requested, not since its message was sent', async () => {
  givenLists([running('other')])
  entry.requestedAt = { S: new Date(Date.now() - 3_600_000).toISOString() }
  const counted = await countedDuring(() => startWithin(500))
  // Its message is of a moment that is still to come here.
  expect(counted.map((line) => line.WaitingSeconds)).toEqual([0, expect.any(Number)])
  expect(counted[1]!.WaitingSeconds).toBeGreaterThanOrEqual(3_600)
  expect(counted[1]!.WaitingSeconds).toBeLessThan(3_700)
})

test('a request that was not sent again is counted once, and so is one that could not be started', async () => {
  givenLists([])
  answers.StartExecution = () => ({ __type: 'AccessDeniedException', message: 'No.' })
  const counted = await countedDuring(() => startWithin(10_000))
  expect(counted).toMatchObject([{ WaitingSeconds: 0 }, { [METRICS.notStarted]: 1 }])
})

test('a message costs four reads of the table, plus two writes if it was waiting', async () => {
  givenLists([], [running('orders-1')])
  await startWithin(10_000)
  const ofTable = calls.map(({ action }) => action).filter((action) => /Item$|Query/.test(action))
  expect(ofTable.sort()).toEqual(['GetItem', 'Query', 'Query', 'Query'])
})

test.each(['ListExecutions', 'StartExecution'])(
  'a message is returned in time even if %s is never answered',
  async (action) => {
    givenLists([])
    hanging.add(action)
    const began = performance.now()
    expect(await startWithin(1_000)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
    expect(performance.now() - began).toBeLessThan(1_000 + RESERVE_MILLIS)
    expect(calls.at(-1)).toMatchObject({ action: 'ChangeMessageVisibility', input: { VisibilityTimeout: 30 } })
  },
)

test('a message is reported as failed in time even if nothing is answered', async () => {
  for (const action of ['GetItem', 'Query', 'UpdateItem', 'ListExecutions', 'ChangeMessageVisibility'])
    hanging.add(action)
  const began = performance.now()
  expect(await startWithin(500)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
  expect(performance.now() - began).toBeLessThan(500 + RESERVE_MILLIS)
})

test.each(['Invoke export-chunk', 'Invoke notify'])(
  'in an outage a message is returned in time even if %s is never answered',
  async (action) => {
    givenOutage()
    hanging.add(action)
    const began = performance.now()
    expect(await startWithin(1_000)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
    expect(performance.now() - began).toBeLessThan(1_000 + 4_000)
    expect(calls.map((call) => call.action)).toContain(action)
    expect(calls.at(-1)).toMatchObject({ action: 'ChangeMessageVisibility', input: { VisibilityTimeout: 1 } })
  },
)

test('an outage’s own message is reported as failed in time even if neither notify nor SQS responds', async () => {
  givenOutage()
  for (const action of ['Invoke notify', 'SendMessage', 'ChangeMessageVisibility']) hanging.add(action)
  const began = performance.now()
  const body = JSON.stringify({ outage: OUTAGE.since.S })
  expect(await startWithin(500, MESSAGE_GROUP, 1, body)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'message-1' }],
  })
  expect(performance.now() - began).toBeLessThan(500 + RESERVE_MILLIS)
  expect(calls.map(({ action }) => action)).toEqual(expect.arrayContaining([...hanging]))
}, 30_000)

describe('a message of another group', () => {
  test('moves to the common group immediately, even while an execution runs', async () => {
    givenLists([running('other')])
    answers.SendMessage = () => ({
      MessageId: 'message-2',
      MD5OfMessageBody: md5(body),
    })
    expect(await startWithin(10_000, 'web-shop')).toEqual({ batchItemFailures: [] })
    expect(calls).toMatchObject([
      {
        action: 'SendMessage',
        input: { MessageBody: body, MessageGroupId: MESSAGE_GROUP, MessageDeduplicationId: 'behind-message-1' },
      },
    ])
  })

  test('is retried soon if it cannot be moved', async () => {
    answers.SendMessage = () => ({ __type: 'AccessDeniedException', message: 'No.' })
    expect(await startWithin(10_000, 'web-shop')).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
    expect(calls.at(-1)).toMatchObject({ action: 'ChangeMessageVisibility', input: { VisibilityTimeout: 30 } })
  })
})

/** @returns the metrics that were written in the meantime */
async function countedDuring(run: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const written: string[] = []
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  try {
    await run()
  } finally {
    write.mockRestore()
  }
  return written.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line))
}

/** Responses of ListExecutions in order; the last one repeats. */
function givenLists(...lists: object[][]) {
  answers.ListExecutions = () => ({ executions: lists.length > 1 ? lists.shift() : lists[0] })
}

/** An outage that lasts and was not reported yet. */
function givenOutage() {
  answers.Query = (query) => ({ Items: isOfFacts(query) ? [OUTAGE] : [] })
  answers['Invoke export-chunk'] = () => ({ ok: false, millis: 1, error: 'DatabaseUnavailable', message: 'No.' })
}

function startWithin(
  millis: number,
  MessageGroupId = MESSAGE_GROUP,
  receives = 1,
  message = body,
): Promise<SQSBatchResponse> {
  const attributes = { SentTimestamp: String(SENT_AT), MessageGroupId, ApproximateReceiveCount: String(receives) }
  const record = { messageId: 'message-1', receiptHandle: 'receipt-1', body: message, attributes }
  const context = { getRemainingTimeInMillis: () => RESERVE_MILLIS + millis }
  return start({ Records: [record] } as SQSEvent, context as Context)
}

/** Of Step Functions and SQS. */
function actions(): string[] {
  return calls.map(({ action }) => action).filter((action) => !/Item$|Query/.test(action))
}

function isOfFacts({ ExpressionAttributeValues }: Record<string, unknown>): boolean {
  return ':facts' in (ExpressionAttributeValues as object)
}

function isEntry(key: unknown): boolean {
  return (key as { sk: { S: string } }).sk.S === 'entry'
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
