import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs'
import { givenFifo, open, post, queueUrl, receive, receiveAll, send, waiting } from './queues.ts'
import { temporaryDirectory } from './support.ts'

test('a queue’s URL is the gateway’s', async () => {
  const { QueueUrl } = await post.sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }))
  expect(QueueUrl).toBe(`${post.gateway.endpointUrl}/000000000000/jobs`)
  expect(await post.sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }))).toMatchObject({ QueueUrl })
})

test('a message of a FIFO queue keeps its emoji, its attributes and its order', async () => {
  const queue = await givenFifo('jobs.fifo')
  await send({
    QueueUrl: queue,
    MessageBody: '🍱 東京',
    MessageAttributes: { a: { DataType: 'String', StringValue: '🍣' } },
  })
  await send({ QueueUrl: queue, MessageBody: 'second' })
  const first = await receive(queue)
  expect(first).toMatchObject({ Body: '🍱 東京', MessageAttributes: { a: { StringValue: '🍣' } } })
  expect(await receive(queue)).toBeUndefined()
  await post.sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: first?.ReceiptHandle }))
  expect(await receive(queue)).toMatchObject({ Body: 'second' })
})

test('a message keeps its sender’s trace and returns it on request', async () => {
  const queue = await givenFifo('jobs.fifo')
  const command = new SendMessageCommand({
    QueueUrl: queue,
    MessageBody: 'traced',
    MessageGroupId: 'a',
    MessageDeduplicationId: 'a',
  })
  command.middlewareStack.add(
    (next) => (args) => {
      ;(args.request as { headers: Record<string, string> }).headers['X-Amzn-Trace-Id'] = 'Root=1-a;Lineage=0a0b0c0d:3'
      return next(args)
    },
    { step: 'build' },
  )
  await post.sqs.send(command)
  const receiving = new ReceiveMessageCommand({ QueueUrl: queue, MessageSystemAttributeNames: ['AWSTraceHeader'] })
  const { Messages = [] } = await post.sqs.send(receiving)
  expect(Messages[0]?.Attributes).toMatchObject({ AWSTraceHeader: 'Root=1-a;Lineage=0a0b0c0d:3' })
})

test('a FIFO receive returns messages of one group in order, and then none of that group', async () => {
  const queue = await givenFifo('jobs.fifo')
  for (const body of ['1', '2', '3', '4']) await send({ QueueUrl: queue, MessageBody: body })
  await send({ QueueUrl: queue, MessageBody: 'other', MessageGroupId: 'other' })
  expect(await receiveAll(queue, 3)).toEqual(['1', '2', '3'])
  expect(await receiveAll(queue)).toEqual(['other'])
  expect(await receiveAll(queue)).toEqual([])
})

test('messages that become visible again keep their order, however they were returned', async () => {
  const queue = await givenFifo('jobs.fifo')
  for (const body of ['1', '2', '3', '4']) await send({ QueueUrl: queue, MessageBody: body })
  const { Messages = [] } = await post.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 3, VisibilityTimeout: 1 }),
  )
  const visible = (index: number) => ({ QueueUrl: queue, ReceiptHandle: Messages[index]?.ReceiptHandle })
  for (const index of [1, 0]) {
    await post.sqs.send(new ChangeMessageVisibilityCommand({ ...visible(index), VisibilityTimeout: 0 }))
  }
  // The third is in flight and locks the group.
  expect(await receiveAll(queue)).toEqual([])
  await setTimeout(1000)
  expect(await waiting(queue)).toBe(4)
  expect(await receiveAll(queue)).toEqual(['1', '2', '3', '4'])
})

test('with the scope messageGroup two groups may have the same deduplication id', async () => {
  const queue = await givenFifo('jobs.fifo', {
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  })
  for (const MessageGroupId of ['a', 'b', 'a']) await send({ QueueUrl: queue, MessageBody: 'x', MessageGroupId })
  expect(await waiting(queue)).toBe(2)
})

test('a message beyond its retention is dropped at the next start at the latest', async () => {
  const directory = await givenAStoppedPost(async (queue) => {
    await send({ QueueUrl: queue, MessageBody: 'old' })
    await post.sqs.send(
      new SetQueueAttributesCommand({ QueueUrl: queue, Attributes: { MessageRetentionPeriod: '60' } }),
    )
    await send({ QueueUrl: queue, MessageBody: 'young' })
  })
  const messages = new DatabaseSync(`${directory}/messaging/fauxqs.db`)
  messages.prepare("UPDATE sqs_messages SET sent_timestamp = ? WHERE body = 'old'").run(Date.now() - 61_000)
  messages.close()
  await open(directory)
  expect(await receiveAll(await queueUrl('jobs.fifo'))).toEqual(['young'])
})

test.each([
  ['no group', { MessageBody: 'x', MessageGroupId: undefined }, 'MissingParameter', /MessageGroupId/],
  ['a delay', { MessageBody: 'x', DelaySeconds: 5 }, 'InvalidParameterValue', /DelaySeconds is invalid/],
  [
    'a group with a blank',
    { MessageBody: 'x', MessageGroupId: 'a b' },
    'InvalidParameterValue',
    /MessageGroupId can only/,
  ],
  ['a control character', { MessageBody: 'a\u0001b' }, 'InvalidMessageContents', /Invalid characters found/],
  ['a body over 1 MiB', { MessageBody: 'x'.repeat(1_048_577) }, 'InvalidParameterValue', /shorter than 1048576 bytes/],
])('a FIFO message with %s is refused as SQS refuses it', async (_, wrong, name, message) => {
  const queue = await givenFifo('jobs.fifo')
  await expect(send({ QueueUrl: queue, ...wrong })).rejects.toMatchObject({
    name,
    message: expect.stringMatching(message),
  })
  await expect(send({ QueueUrl: queue, MessageBody: 'x'.repeat(1_048_576) })).resolves.toBeDefined()
})

test('a queue that does not exist is the SDK’s QueueDoesNotExist', async () => {
  const QueueUrl = `${post.gateway.endpointUrl}/000000000000/none`
  await expect(send({ QueueUrl, MessageBody: 'x' })).rejects.toMatchObject({ name: 'QueueDoesNotExist' })
})

test('an unknown receipt handle and an invalid queue name are refused', async () => {
  const queue = await givenFifo('jobs.fifo')
  const nonsense = { QueueUrl: queue, ReceiptHandle: 'nonsense' }
  await expect(post.sqs.send(new DeleteMessageCommand(nonsense))).rejects.toMatchObject({
    name: 'ReceiptHandleIsInvalid',
  })
  for (const QueueName of ['bad.name', 'x'.repeat(81), '']) {
    await expect(post.sqs.send(new CreateQueueCommand({ QueueName }))).rejects.toThrow()
  }
})

test('a batch sends valid messages and names invalid ones', async () => {
  const queue = await givenFifo('jobs.fifo')
  const entry = (Id: string, MessageBody: string, group?: string) => ({ Id, MessageBody, MessageGroupId: group })
  const Entries = [entry('one', '🍱', 'shop'), entry('two', 'x'), entry('three', '🍱', 'shop')]
  const sent = await post.sqs.send(new SendMessageBatchCommand({ QueueUrl: queue, Entries }))
  expect(sent.Failed).toEqual([expect.objectContaining({ Id: 'two', Code: 'MissingParameter', SenderFault: true })])
  expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['one', 'three'])
  expect(await waiting(queue)).toBe(1)
})

describe('a second click', () => {
  test('makes no second message and gets the first one’s id', async () => {
    const queue = await givenFifo('jobs.fifo')
    const [first, second] = [
      await send({ QueueUrl: queue, MessageBody: 'x' }),
      await send({ QueueUrl: queue, MessageBody: 'x' }),
    ]
    expect(second).toMatchObject({ MessageId: first.MessageId, SequenceNumber: first.SequenceNumber })
    expect(await waiting(queue)).toBe(1)
  })

  test('makes no second message after a restart either, even if the first has long been processed', async () => {
    const directory = await givenAStoppedPost(async (queue) => {
      await send({ QueueUrl: queue, MessageBody: 'x' })
      const message = await receive(queue)
      await post.sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle }))
    })
    await open(directory)
    const queue = await queueUrl('jobs.fifo')
    await send({ QueueUrl: queue, MessageBody: 'x' })
    expect(await waiting(queue)).toBe(0)
    await send({ QueueUrl: queue, MessageBody: 'y' })
    expect(await waiting(queue)).toBe(1)
  })
})

test('after a restart messages that were in flight are visible at once, in their order', async () => {
  const directory = await givenAStoppedPost(async (queue) => {
    for (const body of ['a', 'b', 'c']) await send({ QueueUrl: queue, MessageBody: body })
    await post.sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, VisibilityTimeout: 43_200 }))
  })
  await open(directory)
  const queue = await queueUrl('jobs.fifo')
  expect(queue.startsWith(post.gateway.endpointUrl)).toBe(true)
  const bodies: (string | undefined)[] = []
  for (let message = await receive(queue); message; message = await receive(queue)) {
    bodies.push(message.Body)
    await post.sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: message.ReceiptHandle }))
  }
  expect(bodies).toEqual(['a', 'b', 'c'])
})

test('a message that was deleted is gone after a restart, one that was made visible is there', async () => {
  const directory = await givenAStoppedPost(async (queue) => {
    for (const body of ['a', 'b']) await send({ QueueUrl: queue, MessageBody: body, MessageGroupId: body })
    const { Messages = [] } = await post.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10 }),
    )
    const handleOf = (body: string) => Messages.find(({ Body }) => Body === body)?.ReceiptHandle
    await post.sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: handleOf('a') }))
    const visible = { QueueUrl: queue, ReceiptHandle: handleOf('b'), VisibilityTimeout: 0 }
    await post.sqs.send(new ChangeMessageVisibilityCommand(visible))
  })
  await open(directory)
  const queue = await queueUrl('jobs.fifo')
  expect(await waiting(queue)).toBe(1)
  expect(await receive(queue)).toMatchObject({ Body: 'b', Attributes: { ApproximateReceiveCount: '2' } })
})

test('a message that nobody read because the receiver hung up is visible to the next one', async () => {
  const queue = await givenFifo('jobs.fifo')
  const hangUp = new AbortController()
  const waitingFor = post.sqs
    .send(new ReceiveMessageCommand({ QueueUrl: queue, WaitTimeSeconds: 20 }), { abortSignal: hangUp.signal })
    .catch((error: Error) => error.name)
  await setTimeout(100)
  hangUp.abort()
  expect(await waitingFor).toBe('AbortError')
  await setTimeout(100)
  await send({ QueueUrl: queue, MessageBody: 'x' })
  await setTimeout(50)
  expect(await receive(queue)).toMatchObject({ Body: 'x' })
})

async function givenAStoppedPost(use: (queue: string) => Promise<void>): Promise<string> {
  await post.close()
  const directory = temporaryDirectory()
  await open(directory, { keep: true })
  await use(await givenFifo('jobs.fifo'))
  await post.close()
  return directory
}
