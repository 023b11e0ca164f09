import type { Context } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import { openLink } from '../../functions/common/link.ts'
import type { NotifyInput } from '../../functions/notify.ts'
import type { Failed, Finished } from '../../statemachine/contract.ts'
import type { Notice } from '../../statemachine/notice.ts'
import type { OutageEvent } from '../../statemachine/outage.ts'
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
    [env.OWN_SUBSCRIPTIONS]: '0',
    [env.OPERATOR_LANGUAGE]: 'en',
    [env.REQUESTER_MAIL]: 'off',
    [env.LINK_URL]: 'https://links.example.com/',
    [env.LINK_SECRET_ARN]: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:link',
    [env.LINK_SECONDS]: String(5 * DAY_SECONDS),
  })
  aws.answers.GetSecretValue = () => ({ SecretString: 'the key' })
  notify = (await import('../../functions/notify.ts')).handler as unknown as typeof notify
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
})

test('a finished file is announced with a link that works as long as it says', async () => {
  const before = Math.floor(Date.now() / 1000)
  const { email } = await published(finished)
  const link = opened(email)
  expect(link.expires - before).toBeGreaterThanOrEqual(5 * DAY_SECONDS)
  expect(link.expires - before).toBeLessThan(5 * DAY_SECONDS + 60)
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

test('the beginning of an outage, which start reports, is announced to the operator', async () => {
  const outage = { since: '2026-11-30T06:00:00.000Z', id: 'orders-1', reason: 'ECONNREFUSED' }
  const context = { functionName: 'notify', getRemainingTimeInMillis: () => 58_000 } as Context
  await notify({ outage, endedAt: null }, context)
  expect(publishes()).toMatchObject([{ Subject: 'Downloads are on hold: the database is not responding' }])
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

function run(document: NotifyInput['document'], remainingMillis = 58_000): Promise<void> {
  const context = { functionName: 'notify', getRemainingTimeInMillis: () => remainingMillis } as Context
  return notify({ execution, document }, context)
}

function publishes() {
  return aws.calls.filter(({ action }) => action === 'Publish').map(({ input }) => input as Record<string, string>)
}

/** Message of the only Publish call, by protocol. */
async function published(document: NotifyInput['document']) {
  await run(document)
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
