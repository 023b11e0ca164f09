import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  SetTopicAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns'
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import PostalMime from 'postal-mime'
import { openPost, type Post, temporaryDirectory } from './support.ts'

let post: Post
let directory: string
let TopicArn: string
beforeEach(async () => {
  directory = temporaryDirectory()
  post = await openPost(directory)
  TopicArn = (await post.sns.send(new CreateTopicCommand({ Name: 'files' }))).TopicArn as string
})
afterEach(() => post.close())

test('an e-mail subscriber gets the message as SNS writes it, in the outbox and as a file', async () => {
  await givenSubscriber('a@example.com')
  const { MessageId } = await publish({ Subject: 'Your file is ready', Message: '受注一覧 🍱\nhttps://example.com/x' })
  expect(MessageId).toMatch(/^[0-9a-f-]{36}$/)
  const [mail] = post.messaging.outbox.list()
  expect(mail).toMatchObject({ to: 'a@example.com', from: 'AWS Notifications', subject: 'Your file is ready' })
  const [file] = readdirSync(join(directory, 'outbox'))
  const read = await PostalMime.parse(readFileSync(join(directory, 'outbox', file as string)))
  expect(read).toMatchObject({
    from: { name: 'AWS Notifications', address: 'no-reply@sns.amazonaws.com' },
    to: [{ address: 'a@example.com' }],
    subject: 'Your file is ready',
  })
  expect(read.text).toMatch(/^受注一覧 🍱\nhttps:\/\/example\.com\/x\n\n--\nIf you wish to stop receiving/)
})

test('the topic’s display name becomes the sender’s name, in any script', async () => {
  const name = 'ダウンロード係 🍱'.repeat(5)
  await post.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'DisplayName', AttributeValue: name }))
  await givenSubscriber('a@example.com')
  await publish({ Message: 'x' })
  const { eml } = post.messaging.outbox.get(post.messaging.outbox.list()[0]?.id as string) as { eml: string }
  const headers = eml.split('\r\n\r\n')[0] as string
  expect(headers).toMatch(/^[ -~\r\n]*$/)
  expect(Math.max(...headers.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(76)
  const read = await PostalMime.parse(eml)
  expect(read.from?.name).toBe(name)
  expect(read.subject).toBe('AWS Notification Message')
})

test('a line too long for an e-mail is folded, and reads back whole', async () => {
  await givenSubscriber('a@example.com')
  const line = `あ=${'x'.repeat(3000)} `
  await publish({ Message: line })
  const { eml } = post.messaging.outbox.get(post.messaging.outbox.list()[0]?.id as string) as { eml: string }
  expect(Math.max(...eml.split('\r\n').map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(998)
  expect((await PostalMime.parse(eml)).text?.startsWith(`${line}\n`)).toBe(true)
})

test('a function that is subscribed is called with the message as Lambda gets it from SNS', async () => {
  const calls: { arn: string; event: { Records: unknown[] } }[] = []
  post.messaging.sns.bindFunctions((arn, payload) => calls.push({ arn, event: JSON.parse(payload) }))
  const Endpoint = 'arn:aws:lambda:us-east-1:000000000000:function:tell'
  const Attributes = { FilterPolicy: JSON.stringify({ status: ['ready'] }) }
  const { SubscriptionArn } = await post.sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint, Attributes, ReturnSubscriptionArn: true }),
  )
  await publish({ Message: 'no', MessageAttributes: attributes({ status: 'failed' }) })
  const yes = { Message: '🍱', Subject: 'Ready', MessageAttributes: attributes({ status: 'ready' }) }
  const { MessageId } = await publish(yes)
  const Sns = {
    ...{ Type: 'Notification', MessageId, TopicArn, Subject: 'Ready', Message: '🍱' },
    MessageAttributes: { status: { Type: 'String', Value: 'ready' } },
  }
  expect(calls).toMatchObject([
    { arn: Endpoint, event: { Records: [{ EventSource: 'aws:sns', EventSubscriptionArn: SubscriptionArn, Sns }] } },
  ])
})

test('a list of strings passes when one of them does, and a number is compared as a number', async () => {
  const policies = { tags: ['b'], rows: [{ numeric: ['>=', 10] }] }
  for (const [name, conditions] of Object.entries(policies)) {
    await givenSubscriber(`${name}@example.com`, { [name]: conditions })
  }
  const list = (StringValue: string) => ({ DataType: 'String.Array', StringValue })
  await publish({ Message: 'one', MessageAttributes: { tags: list('["a","b"]') } })
  await publish({ Message: 'none', MessageAttributes: { tags: list('["a","c"]') } })
  await publish({ Message: 'many', MessageAttributes: { rows: { DataType: 'Number', StringValue: '100' } } })
  await publish({ Message: 'few', MessageAttributes: { rows: { DataType: 'Number', StringValue: '9' } } })
  expect(['one', 'none', 'many', 'few'].map(recipients)).toEqual([['tags@example.com'], [], ['rows@example.com'], []])
})

describe('a filter policy', () => {
  test.each([
    ['exact', ['ready'], 'ready', 'failed'],
    ['prefix', [{ prefix: 're' }], 'ready', 'failed'],
    ['suffix', [{ suffix: 'dy' }], 'ready', 'failed'],
    ['anything-but', [{ 'anything-but': ['failed'] }], 'ready', 'failed'],
    ['equals-ignore-case', [{ 'equals-ignore-case': 'READY' }], 'ready', 'failed'],
    ['exists', [{ exists: true }], 'ready', undefined],
    ['wildcard', [{ wildcard: 'r*y' }], 'ready', 'failed'],
  ])('%s passes only matching messages', async (_, status, fits, other) => {
    await givenSubscriber('a@example.com', { status })
    await publish({ Message: 'no', MessageAttributes: attributes({ other: 'x', ...(other && { status: other }) }) })
    await publish({ Message: 'yes', MessageAttributes: attributes({ status: fits }) })
    expect(recipients('yes')).toEqual(['a@example.com'])
    expect(recipients('no')).toEqual([])
  })

  test('with numbers, and with several keys that must all match', async () => {
    await givenSubscriber('a@example.com', { rows: [{ numeric: ['>=', 100, '<', 200] }], export: ['orders'] })
    const rows = (value: string) => ({ rows: { DataType: 'Number', StringValue: value } })
    await publish({ Message: 'no', MessageAttributes: { ...rows('99'), ...attributes({ export: 'orders' }) } })
    await publish({ Message: 'no', MessageAttributes: { ...rows('150'), ...attributes({ export: 'customers' }) } })
    await publish({ Message: 'yes', MessageAttributes: { ...rows('150'), ...attributes({ export: 'orders' }) } })
    expect([recipients('yes'), recipients('no')]).toEqual([['a@example.com'], []])
  })

  test('over the body looks into its JSON', async () => {
    await givenSubscriber('a@example.com', { request: { export: ['orders'] } }, { FilterPolicyScope: 'MessageBody' })
    await publish({ Message: '{"request":{"export":"customers"}}' })
    await publish({ Message: 'no JSON' })
    await publish({ Message: '{"request":{"export":"orders"}}' })
    expect(post.messaging.outbox.list().map(({ text }) => text.split('\n')[0])).toEqual([
      '{"request":{"export":"orders"}}',
    ])
  })

  test('is each subscriber’s own', async () => {
    await givenSubscriber('ready@example.com', { status: ['ready'] })
    await givenSubscriber('all@example.com')
    await publish({ Message: 'x', MessageAttributes: attributes({ status: 'failed' }) })
    expect(recipients('x')).toEqual(['all@example.com'])
  })
})

test('a cancelled subscription gets nothing more', async () => {
  const SubscriptionArn = await givenSubscriber('a@example.com')
  await post.sns.send(new UnsubscribeCommand({ SubscriptionArn }))
  await publish({ Message: 'x' })
  expect(post.messaging.outbox.list()).toEqual([])
})

test('each protocol gets its own text of a structured message', async () => {
  await givenSubscriber('a@example.com')
  const queue = await givenQueue()
  await publish({ Message: JSON.stringify({ default: 'all', email: 'mail' }), MessageStructure: 'json' })
  expect(post.messaging.outbox.list()[0]?.text).toMatch(/^mail\n/)
  const received = await post.sqs.send(new ReceiveMessageCommand({ QueueUrl: queue }))
  expect(JSON.parse(received.Messages?.[0]?.Body as string)).toMatchObject({
    Type: 'Notification',
    Message: 'all',
    TopicArn,
  })
})

test('a batch delivers valid messages and names invalid ones', async () => {
  await givenSubscriber('a@example.com')
  const PublishBatchRequestEntries = [
    { Id: 'one', Message: 'x', Subject: 'bad\nsubject' },
    { Id: 'two', Message: 'y', MessageAttributes: attributes({ status: 'ready' }) },
  ]
  const answer = await post.sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }))
  expect(answer.Failed).toEqual([expect.objectContaining({ Id: 'one', Code: 'InvalidParameter', SenderFault: true })])
  expect(answer.Successful?.map(({ Id }) => Id)).toEqual(['two'])
  expect(recipients('y')).toEqual(['a@example.com'])
})

describe('SNS refuses', () => {
  test.each([
    ['a subject of 100 characters', { Subject: 'x'.repeat(100) }, 'Invalid parameter: Subject'],
    ['a subject that is not ASCII', { Subject: '受注' }, 'Invalid parameter: Subject'],
    ['a subject of two lines', { Subject: 'a\nBcc: b@example.com' }, 'Invalid parameter: Subject'],
    ['an empty message', { Message: '' }, 'Invalid parameter: Empty message'],
    ['a message over 256 KiB', { Message: 'x'.repeat(262_145) }, 'Invalid parameter: Message too long'],
    [
      'a structure without default',
      { Message: '{}', MessageStructure: 'json' },
      'Invalid parameter: Message Structure - No default entry in JSON message body',
    ],
  ])('%s', async (_, wrong, message) => {
    await givenSubscriber('a@example.com')
    await expect(publish({ Message: 'x', ...wrong })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message,
    })
    expect(post.messaging.outbox.list()).toEqual([])
    await expect(publish({ Message: 'x'.repeat(262_144), Subject: 'x'.repeat(99) })).resolves.toBeDefined()
  })

  test('a topic that was deleted', async () => {
    await post.sns.send(new DeleteTopicCommand({ TopicArn }))
    await expect(publish({ Message: 'x' })).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Topic does not exist',
    })
  })
})

function publish(input: PublishCommandInput) {
  return post.sns.send(new PublishCommand({ TopicArn, ...input }))
}

async function givenSubscriber(Endpoint: string, policy?: object, rest: Record<string, string> = {}) {
  const Attributes = { ...(policy && { FilterPolicy: JSON.stringify(policy) }), ...rest }
  const subscription = await post.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint, Attributes }))
  return subscription.SubscriptionArn
}

async function givenQueue(): Promise<string> {
  const { QueueUrl } = await post.sqs.send(new CreateQueueCommand({ QueueName: 'notices' }))
  const { Attributes } = await post.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  await post.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }))
  return QueueUrl as string
}

function attributes(values: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  )
}

function recipients(message: string): string[] {
  return post.messaging.outbox.list().flatMap(({ to, text }) => (text.startsWith(`${message}\n`) ? [to] : []))
}
