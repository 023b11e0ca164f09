import type { Context, SQSEvent } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import type { Notice } from '../../statemachine/notice.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'
import { givenPassingTime } from '../support/passing-time.ts'

const SEND = 'POST /v2/email/outbound-emails'
const ready: Notice = {
  ...{ status: 'ready', name: 'ready', id: 'orders-1', at: '2026-11-30T00:00:00.000Z', language: 'en', timeZone: null },
  execution: 'arn:aws:states:us-east-1:000000000000:execution:download:orders-1',
  ...{ requestedBy: 'hanako@example.com', export: 'orders', title: 'Orders', params: {}, failure: null },
  file: { key: 'files/orders-1/orders.csv', name: 'Orders.csv', format: 'csv', rows: 3, bytes: 30 },
}
const failed: Notice = {
  ...{ ...ready, status: 'failed', name: 'failed#1', file: null },
  failure: { step: 'ExportChunk', error: 'QueryFailed', reason: 'No such table.', redriveCount: 1 },
}

interface Mail {
  FromEmailAddress: string
  Destination: { ToAddresses: string[]; BccAddresses?: string[] }
  EmailTags: { Name: string; Value: string }[]
  Content: { Simple: { Subject: { Data: string }; Body: Record<'Text' | 'Html', { Data: string }> } }
}

const time = givenPassingTime()
let aws: FakeAws
let mail: (event: SQSEvent, context: Context) => Promise<void>
beforeAll(async () => {
  aws = await startFakeAws()
  Object.assign(process.env, {
    [env.TABLE]: 'downloads',
    [env.MAIL_FROM]: 'downloads@example.com',
    [env.MAIL_CONFIGURATION_SET]: 'mails',
    [env.MAIL_TIME_ZONE]: 'Asia/Tokyo',
    [env.BUCKET]: 'files',
    [env.FILE_SECONDS]: '604800',
    [env.LINK_URL]: 'https://links.example.com/',
    [env.LINK_SECRET_ARN]: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:link',
    [env.LINK_SECONDS]: '86400',
    [env.RETRY_QUEUE_URL]: `${aws.endpoint}/000000000000/mails`,
    [env.RETRY_ATTEMPTS]: '20',
  })
  mail = (await import('../../functions/mail-requester.ts')).handler as unknown as typeof mail
})
afterAll(() => {
  time.restore()
  aws.close()
})
beforeEach(() => {
  aws.calls = []
  aws.answers = { GetSecretValue: () => ({ SecretString: 'the key' }), [SEND]: () => ({ MessageId: 'ses-1' }) }
  aws.head = () => ({ status: 200, headers: { 'last-modified': new Date().toUTCString() } })
})

test('a ready file is mailed to its requester, with a link and times of the stack’s zone', async () => {
  await run(ready)
  expect(mails()).toMatchObject([
    {
      FromEmailAddress: 'downloads@example.com',
      Destination: { ToAddresses: ['hanako@example.com'] },
      EmailTags: [
        { Name: 'carryout-id', Value: 'orders-1' },
        { Name: 'carryout-notice', Value: 'ready' },
      ],
    },
  ])
  expect(mails()[0]!.Destination).not.toHaveProperty('BccAddresses')
  const { Text, Html } = mails()[0]!.Content.Simple.Body
  for (const { Data } of [Text, Html]) expect(Data).toContain('https://links.example.com/?file=files')
  expect(Text.Data).toContain('(JST)')
})

test('further recipients do not see each other', async () => {
  await run({ ...ready, alsoTo: ['taro@example.com', 'jiro@example.com'] })
  expect(mails()[0]!.Destination).toEqual({
    ToAddresses: ['hanako@example.com'],
    BccAddresses: ['taro@example.com', 'jiro@example.com'],
  })
})

test('a failure is mailed without a link, under its own name', async () => {
  await run(failed)
  const { Content, EmailTags } = mails()[0]!
  expect(Content.Simple.Body.Text.Data).not.toContain('https://')
  expect(EmailTags[1]).toEqual({ Name: 'carryout-notice', Value: 'failed-1' })
})

test('SES’s id of the mail is stored with the confirmation', async () => {
  await run(ready)
  expect(aws.calls.at(-1)).toMatchObject({
    action: 'UpdateItem',
    input: { ExpressionAttributeValues: { ':messageId': { S: 'ses-1' }, ':mailDone': { S: expect.any(String) } } },
  })
})

test.each<[string, object]>([
  ['about an outage', { status: 'held', outage: {} }],
  ['without an address', { ...ready, requestedBy: null }],
])('a message %s mails nobody', async (_, message) => {
  await run(message)
  expect(aws.calls).toEqual([])
})

test.each([
  [1, 5],
  [2, 15],
  [3, 60],
  [4, 300],
  [5, 900],
  [9, 900],
])('after attempt %d the next is made %d seconds later', async (attempt, seconds) => {
  aws.answers[SEND] = () => ({ __type: 'MessageRejected', message: 'The address is on the suppression list.' })
  await expect(run(ready, attempt)).rejects.toThrow(
    'SES answered MessageRejected: The address is on the suppression list.',
  )
  const delays = aws.calls.filter(({ action }) => action === 'ChangeMessageVisibility')
  expect(delays.map(({ input }) => input.VisibilityTimeout)).toEqual([seconds])
})

test.each([
  ['frees', 400, true],
  ['frees', 499, true],
  // It may have been sent.
  ['keeps', 500, false],
])('%s the claim if SES answers %d', async (_, status, isReleased) => {
  aws.answers[SEND] = () => ({ __type: 'Refusal', message: 'No.', status })
  await expect(run(ready)).rejects.toThrow()
  const writes = aws.calls.filter(({ action }) => action === 'UpdateItem').map(({ input }) => input.UpdateExpression)
  expect(writes.filter((expression) => expression === 'REMOVE #claimed')).toHaveLength(isReleased ? 1 : 0)
})

test('a mail whose file is gone is not sent', async () => {
  aws.head = () => ({ status: 404, headers: {} })
  await expect(run(ready)).rejects.toThrow('has been deleted because its retention ended')
  expect(mails()).toEqual([])
})

describe('while another invocation has claimed the mail', () => {
  test('it waits, and mails once the claim has ended', async () => {
    givenClaim(21_000)
    await run(ready)
    expect(mails()).toHaveLength(1)
  })

  test('it gives up when half of its time has passed, and is called again later', async () => {
    givenClaim(Number.POSITIVE_INFINITY)
    const before = time.passedMillis()
    await expect(run(ready)).rejects.toThrow('Another invocation has claimed the mail of this notice')
    expect(time.passedMillis() - before).toBeLessThanOrEqual(30_000)
    expect(mails()).toEqual([])
  })

  function givenClaim(millis: number) {
    const end = time.passedMillis() + millis
    aws.answers.UpdateItem = ({ ConditionExpression }) =>
      ConditionExpression && time.passedMillis() < end
        ? { __type: 'ConditionalCheckFailedException', message: 'No.' }
        : {}
  }
})

function run(message: object, attempt = 1): Promise<void> {
  const attributes = { ApproximateReceiveCount: String(attempt) }
  const record = { messageId: 'm', receiptHandle: 'r', body: JSON.stringify(message), attributes }
  const context = { functionName: 'mail-requester', getRemainingTimeInMillis: () => 60_000 } as Context
  return mail({ Records: [record] } as unknown as SQSEvent, context)
}

function mails(): Mail[] {
  return aws.calls.filter(({ action }) => action === SEND).map(({ input }) => input as unknown as Mail)
}
