import { jest } from '@jest/globals'
import type { Context } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import { openLink } from '../../functions/common/link.ts'
import type { NotifyInput } from '../../functions/notify.ts'
import type { Failed, Finished } from '../../statemachine/contract.ts'
import { METRICS } from '../../statemachine/metrics.ts'
import type { Notice } from '../../statemachine/notice.ts'
import type { OutageEvent } from '../../statemachine/outage.ts'
import { requesterDigest } from '../../statemachine/requester.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'
import { givenPassingTime } from '../support/passing-time.ts'

const execution = 'arn:aws:states:us-east-1:000000000000:execution:download:orders-1'
const DAY_SECONDS = 24 * 3600
const request = { id: 'orders-1', export: 'orders', params: {}, requestedBy: 'hanako@example.com' }
const finished = {
  request,
  plan: { title: 'Orders', language: 'en', format: 'csv' },
  ranges: [],
  file: { bucket: 'b', key: 'files/orders-1/orders.csv', name: 'Orders.csv', rows: 3, bytes: 30, crc32: '0a0b0c0d' },
} as unknown as Finished
const OUTAGE = { pk: { S: 'fact' }, sk: { S: 'outage' } }
const failed: Failed = {
  request,
  failure: { step: 'ExportChunk', error: 'QueryFailed', cause: '{"errorMessage":"No such table."}', redriveCount: 0 },
}

const time = givenPassingTime()
let aws: FakeAws
let logger: typeof import('../../functions/common/step.ts').logger
let notify: (input: NotifyInput | OutageEvent, context: Context) => Promise<void>
/** Last-Modified time of the file in S3's response. */
let modifiedAt: Date
beforeAll(async () => {
  aws = await startFakeAws()
  Object.assign(process.env, {
    [env.TOPIC_ARN]: 'arn:aws:sns:us-east-1:000000000000:topic',
    [env.TABLE]: 'downloads',
    [env.QUEUE_URL]: `${aws.endpoint}/000000000000/requests.fifo`,
    [env.NAME]: 'Shop',
    [env.BUCKET]: 'files',
    [env.FILE_SECONDS]: String(7 * DAY_SECONDS),
    [env.OWN_SUBSCRIPTIONS]: '2',
    [env.OPERATOR_LANGUAGE]: 'en',
    [env.REQUESTER_MAIL]: 'off',
    [env.LINK_URL]: 'https://links.example.com/',
    [env.LINK_SECRET_ARN]: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:link',
    [env.LINK_SECONDS]: String(5 * DAY_SECONDS),
  })
  aws.answers.GetSecretValue = () => ({ SecretString: 'the key' })
  notify = (await import('../../functions/notify.ts')).handler as unknown as typeof notify
  logger = (await import('../../functions/common/step.ts')).logger
})
afterAll(() => {
  time.restore()
  aws.close()
})
beforeEach(() => {
  aws.calls = []
  modifiedAt = new Date()
  aws.head = () => ({ status: 200, headers: { 'last-modified': modifiedAt.toUTCString() } })
  delete aws.answers.UpdateItem
  delete aws.answers.GetItem
  delete aws.answers.PutEvents
  delete aws.answers.GetTopicAttributes
})

test('a finished file is announced with a link that works as long as it says', async () => {
  const before = Math.floor(Date.now() / 1000)
  const { email } = await published(finished)
  const link = opened(email)
  expect(link.expires - before).toBeGreaterThanOrEqual(5 * DAY_SECONDS)
  expect(link.expires - before).toBeLessThan(5 * DAY_SECONDS + 60)
  expect(link.requester).toBe(requesterDigest('hanako@example.com'))
  const [, day, time] = /Link, until \w+, (.*) at (.*) \(UTC\)/.exec(email)!
  expect(Date.parse(`${day} ${time} UTC`)).toBe(Math.floor(link.expires / 60) * 60_000)
})

test('a stack whose web app has a page for downloads links to that', async () => {
  process.env[env.LINK_BASE_URL] = 'https://app.example.com/downloads/'
  const { email } = await published(finished, await reloaded())
  delete process.env[env.LINK_BASE_URL]
  expect(email).toContain('https://app.example.com/downloads/orders-1\n')
})

test('a stack without links announces a file without one', async () => {
  const { [env.LINK_URL]: url } = process.env
  delete process.env[env.LINK_URL]
  const { email } = await published(finished, await reloaded())
  process.env[env.LINK_URL] = url
  expect(email).not.toContain('https://')
})

test('a file that cannot be checked is not announced, and not taken for deleted', async () => {
  aws.head = () => ({ status: 403, headers: {} })
  const refused = await run(finished).catch((error: Error) => error)
  expect(refused).toBeInstanceOf(Error)
  expect((refused as Error).message).not.toContain('has been deleted')
  expect(publishes()).toEqual([])
})

test('a link never outlives its file, however late the notice is', async () => {
  modifiedAt = new Date(Date.now() - 6 * DAY_SECONDS * 1000)
  const { email } = await published(finished)
  const left = opened(email).expires - Date.now() / 1000
  expect(left).toBeGreaterThan(0.9 * DAY_SECONDS)
  expect(left).toBeLessThanOrEqual(DAY_SECONDS)
})

test.each<[string, () => void]>([
  ['was deleted', () => (aws.head = () => ({ status: 404, headers: {} }))],
  ['is to be deleted by now', () => (modifiedAt = new Date(Date.now() - 8 * DAY_SECONDS * 1000))],
])('a file that %s is not announced', async (_, given) => {
  given()
  await expect(run(finished)).rejects.toThrow('has been deleted because its retention ended')
  expect(publishes()).toEqual([])
})

test.each([
  ['a file', finished],
  ['a failure', failed],
])(
  'the topic’s subscribers are counted when %s is announced, so that their absence is noticed before the first failure',
  async (_, document) => {
    await run(document)
    expect(aws.calls.filter(({ action }) => action === 'GetTopicAttributes')).toHaveLength(1)
  },
)

test.each([
  [5, [3]],
  [2, [0]],
  [1, [0]],
  [undefined, []],
])('of %s subscriptions, two of which are the stack’s own, others are counted: %j', async (confirmed, expected) => {
  const entry = `<entry><key>SubscriptionsConfirmed</key><value>${confirmed}</value></entry>`
  aws.answers.GetTopicAttributes = () => ({ xml: `<Attributes>${confirmed === undefined ? '' : entry}</Attributes>` })
  const written: string[] = []
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  await run(failed)
  write.mockRestore()
  const lines = written.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line))
  expect(lines.map((line) => line[METRICS.subscribers])).toEqual(expected)
})

describe('the event for apps', () => {
  const writes = () =>
    aws.calls
      .filter(({ action }) => action === 'UpdateItem')
      .filter(({ input }) => JSON.stringify(input.ExpressionAttributeNames).includes('"event'))
      .map(({ input }) => String(input.UpdateExpression))

  test('is sent to the bus and confirmed', async () => {
    await run(failed)
    const [put] = aws.calls.filter(({ action }) => action === 'PutEvents')
    const [entry] = put!.input.Entries as [{ Source: string; Detail: string; Resources: string[] }]
    expect(entry).toMatchObject({ Source: 'carryout', Resources: [execution] })
    expect(JSON.parse(entry.Detail)).toMatchObject({ id: 'orders-1', status: 'failed' })
    expect(writes()).toEqual([expect.stringContaining('#claimed = :until'), expect.stringContaining('#eventDone')])
  })

  test('that the bus refuses is logged with its reason, and fails no announcement', async () => {
    const error = jest.spyOn(logger, 'error').mockReturnValue()
    aws.answers.PutEvents = () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] })
    await run(failed)
    expect(publishes()).toHaveLength(1)
    expect(String(error.mock.calls[0]![1])).toContain('EventBridge refused the event: ThrottlingException')
    error.mockRestore()
    expect(writes().at(-1)).toBe('REMOVE #claimed')
  })
})

test('a failure is announced with its step, its error and its reason, to people and as JSON', async () => {
  const { email, sqs, lambda, attributes } = await published(failed)
  expect(email).toContain('Step: ExportChunk\nError: QueryFailed\nCause: “No such table.”\n')
  expect(attributes).toEqual({ status: 'failed', export: 'orders', requestedBy: 'hanako@example.com' })
  const notice = JSON.parse(sqs) as Notice
  expect(notice).toMatchObject({
    status: 'failed',
    name: 'failed#0',
    id: 'orders-1',
    requestedBy: 'hanako@example.com',
  })
  expect(lambda).toBe(sqs)
})

test('a failure that says nothing about the database begins no outage', async () => {
  await run(failed)
  expect(aws.calls.filter(({ input }) => JSON.stringify(input.Key) === JSON.stringify(OUTAGE))).toEqual([])
})

test('the beginning and the end of an outage, which start reports, are announced to the operator', async () => {
  const outage = { since: '2026-11-30T06:00:00.000Z', id: 'orders-1', reason: 'ECONNREFUSED' }
  const context = { functionName: 'notify', getRemainingTimeInMillis: () => 58_000 } as Context
  await notify({ outage, endedAt: null }, context)
  await notify({ outage, endedAt: '2026-11-30T07:00:00.000Z' }, context)
  expect(publishes()).toMatchObject([
    { Subject: 'Downloads are on hold: the database is not responding' },
    { Subject: 'Downloads have resumed: the database is responding again' },
  ])
  const sent = publishes().map(({ Message }) => JSON.parse(Message!) as { email: string; sqs: string })
  expect(sent.map(({ sqs }) => JSON.parse(sqs).status)).toEqual(['held', 'resumed'])
  expect(sent[1]!.email).toContain(`--since ${outage.since} --region us-east-1`)
  const keys = aws.calls.filter(({ action }) => action === 'UpdateItem').map(({ input }) => JSON.stringify(input.Key))
  expect(keys.map((key) => /notice#(\w+)#/.exec(key)?.[1])).toEqual(['begun', 'begun', 'ended', 'ended'])
})

test('a notice is not announced twice, but a failure after a redrive is', async () => {
  aws.answers.UpdateItem = ({ ConditionExpression, Key }) => {
    const isFirst = (Key as { sk: { S: string } }).sk.S === 'notice#failed#0'
    if (!ConditionExpression || !isFirst) return {}
    return { __type: 'ConditionalCheckFailedException', message: 'No.' }
  }
  aws.answers.GetItem = () => ({ Item: { publishDone: { S: '2026-11-30' } } })
  await run(failed)
  expect(publishes()).toEqual([])
  await run({ ...failed, failure: { ...failed.failure, redriveCount: 1 } })
  expect(publishes()).toHaveLength(1)
})

test('it waits for the claim of an invocation that died, then publishes the notice', async () => {
  const until = new Date(Date.now() + 1_500).toISOString()
  aws.answers.UpdateItem = ({ ConditionExpression }) => {
    if (!ConditionExpression || Date.now() > Date.parse(until)) return {}
    return { __type: 'ConditionalCheckFailedException', message: 'No.' }
  }
  aws.answers.GetItem = () => ({ Item: { publishClaimedUntil: { S: until } } })
  await run(failed, 40_000)
  expect(publishes()).toHaveLength(1)
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until))
})

test('it gives up in time to be called again if the claim does not end', async () => {
  aws.answers.UpdateItem = ({ ConditionExpression }) =>
    ConditionExpression ? { __type: 'ConditionalCheckFailedException', message: 'No.' } : {}
  const before = time.passedMillis()
  await expect(run(failed)).rejects.toThrow('Another invocation has claimed the publish of this notice')
  expect(time.passedMillis() - before).toBeLessThan(58_000 - 27_000)
  expect(publishes()).toEqual([])
})

test('without the table the notice is still published', async () => {
  aws.answers.UpdateItem = () => ({ __type: 'AccessDeniedException', message: 'No.' })
  await run(failed)
  expect(publishes()).toHaveLength(1)
})

test('an outage of the database is recorded before the failure is announced and checked from then on, even after a kill in between', async () => {
  const since = '2026-11-30T06:00:00.000Z'
  const down = { ...failed, failure: { ...failed.failure, error: 'DatabaseUnavailable' } }
  aws.answers.GetItem = () => ({ Item: { since: { S: since } } })
  await run(down)
  // An invocation that was killed before it sent the message leaves this state.
  aws.answers.UpdateItem = ({ Key }) => {
    const isOutage = (Key as { sk: { S: string } }).sk.S === 'outage'
    return isOutage ? { __type: 'ConditionalCheckFailedException', message: 'No.' } : {}
  }
  await run(down)
  const sent = aws.calls.filter(({ action }) => action === 'SendMessage' || action === 'Publish')
  expect(sent.map(({ action }) => action)).toEqual(['SendMessage', 'Publish', 'SendMessage', 'Publish'])
  expect(sent[0]!.input).toEqual(sent[2]!.input)
  expect(aws.calls[0]).toMatchObject({
    action: 'UpdateItem',
    input: { Key: OUTAGE, ExpressionAttributeValues: { ':id': { S: 'orders-1' } } },
  })
  expect(sent[0]!.input).toMatchObject({
    MessageBody: JSON.stringify({ outage: since }),
    MessageGroupId: 'database',
    MessageDeduplicationId: 'outage-20261130060000000',
  })
})

test.each<[string, unknown]>([
  ['a lone surrogate', 'half \ud83d'],
  ['a control character', 'bell \u0007 and \u0000'],
  ['a mark that turns the direction', 'left \u202e right'],
  ['more than SNS takes', '漢😀'.repeat(100_000)],
  ['a number', 7],
  ['nothing', undefined],
])('whatever a message contains, its failure is published well-formed, plain and bounded: %s', async (_, value) => {
  const text = value as string
  const { message, subject, email, attributes } = await published({
    request: { ...request, export: text, requestedBy: text, params: { [String(text)]: text } },
    failure: { ...failed.failure, cause: JSON.stringify({ errorMessage: `params.${text} is not known` }) },
  })
  expect(message.isWellFormed()).toBe(true)
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(64 * 1024)
  expect(email).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u)
  expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/)
  for (const attribute of Object.values(attributes)) expect(attribute).toMatch(/^[^\p{Cc}\p{Cs}]{1,300}$/u)
})

/** @returns the handler with the present environment */
async function reloaded(): Promise<typeof notify> {
  jest.resetModules()
  return (await import('../../functions/notify.ts')).handler as unknown as typeof notify
}

function run(document: NotifyInput['document'], remainingMillis = 58_000, handler = notify): Promise<void> {
  const context = { functionName: 'notify', getRemainingTimeInMillis: () => remainingMillis } as Context
  return handler({ execution, document }, context)
}

function publishes() {
  return aws.calls.filter(({ action }) => action === 'Publish').map(({ input }) => input as Record<string, string>)
}

/** Message of the only Publish call, by protocol. */
async function published(document: NotifyInput['document'], handler = notify) {
  await run(document, undefined, handler)
  expect(publishes()).toHaveLength(1)
  const { Message: message, Subject: subject, ...fields } = publishes()[0]! as { Message: string; Subject: string }
  const byProtocol = JSON.parse(message) as Record<'email' | 'sqs' | 'lambda', string>
  return { message, subject, attributes: attributesOf(fields), ...byProtocol }
}

function opened(email: string) {
  const { searchParams } = new URL(/https:\/\/links\.example\.com\S+/.exec(email)![0])
  const link = openLink(Object.fromEntries(searchParams), 'the key', Date.now())
  if (typeof link === 'string') throw new Error(link)
  expect(link.key).toBe(finished.file.key)
  return link
}

function attributesOf(fields: Record<string, string>): Record<string, string> {
  const names = Object.keys(fields).filter((field) => /^MessageAttributes\.entry\.\d+\.Name$/.test(field))
  return Object.fromEntries(
    names.map((field) => [fields[field]!, fields[field.replace(/Name$/, 'Value.StringValue')]!]),
  )
}
