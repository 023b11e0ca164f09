import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  CancelMessageMoveTaskCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { openPost, type Post, temporaryDirectory } from './support.ts'

let post: Post
beforeEach(async () => {
  post = await openPost(temporaryDirectory())
})
afterEach(() => post.close())

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
  post = await openPost(directory)
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

  test('after a restart makes no second message either, though the first is long done', async () => {
    const directory = await givenAStoppedPost(async (queue) => {
      await send({ QueueUrl: queue, MessageBody: 'x' })
      const message = await receive(queue)
      await post.sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle }))
    })
    post = await openPost(directory)
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
  post = await openPost(directory)
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
  post = await openPost(directory)
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

describe('dead letters', () => {
  test('are in their queue, and in no other, after a restart', async () => {
    await post.close()
    const directory = temporaryDirectory()
    post = await openPost(directory, { keep: true })
    await givenDeadLetters(['a', 'b'])
    await post.close()
    post = await openPost(directory)
    const waitingIn = async (name: string) => waiting(await queueUrl(name))
    expect([await waitingIn('dead.fifo'), await waitingIn('jobs.fifo')]).toEqual([2, 0])
  })

  test('go back to the queue that they came from, as new messages', async () => {
    const { queue, deadLetters } = await givenDeadLetters(['a', 'b'])
    const arn = await arnOf(deadLetters)
    const { TaskHandle } = await post.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn }))
    expect(TaskHandle).toBeDefined()
    await untilMoved(arn, 'COMPLETED')
    expect([await waiting(deadLetters), await waiting(queue)]).toEqual([0, 2])
    expect(await receive(queue)).toMatchObject({ Body: 'a', Attributes: { ApproximateReceiveCount: '1' } })
  })

  test('all move, also those of a group of which some were looked at a moment ago', async () => {
    const { queue, deadLetters } = await givenDeadLetters(['a', 'b', 'c'])
    const { Messages = [] } = await post.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: deadLetters, MaxNumberOfMessages: 10, VisibilityTimeout: 30 }),
    )
    expect(Messages.map(({ Body }) => Body)).toEqual(['a', 'b', 'c'])
    for (const { ReceiptHandle } of Messages) {
      const back = { QueueUrl: deadLetters, ReceiptHandle, VisibilityTimeout: 0 }
      await post.sqs.send(new ChangeMessageVisibilityCommand(back))
    }
    const arn = await arnOf(deadLetters)
    await post.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn }))
    const task = await untilMoved(arn, 'COMPLETED')
    expect(task).toMatchObject({ ApproximateNumberOfMessagesMoved: 3, ApproximateNumberOfMessagesToMove: 3 })
    expect([await waiting(deadLetters), await waiting(queue)]).toEqual([0, 3])
    expect(await receiveAll(queue)).toEqual(['a', 'b', 'c'])
  })

  test('return to their own queues if two queues share a dead-letter queue, and show their source', async () => {
    const { queue, deadLetters } = await givenDeadLetters(['a'])
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: await arnOf(deadLetters), maxReceiveCount: 1 })
    const other = await givenFifo('other.fifo', { RedrivePolicy })
    await givenDeadLetter(other, 'b')
    const letters = await post.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: deadLetters,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
        MessageSystemAttributeNames: ['DeadLetterQueueSourceArn'],
      }),
    )
    expect(letters.Messages?.map(({ Body, Attributes }) => [Body, Attributes?.DeadLetterQueueSourceArn])).toEqual([
      ['a', await arnOf(queue)],
      ['b', await arnOf(other)],
    ])
    await post.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: await arnOf(deadLetters) }))
    await untilMoved(await arnOf(deadLetters), 'COMPLETED')
    expect([await receiveAll(queue), await receiveAll(other)]).toEqual([['a'], ['b']])
  })

  test('stop moving when the task is cancelled; only one task runs at a time', async () => {
    const { deadLetters } = await givenDeadLetters(['a', 'b', 'c'])
    const SourceArn = await arnOf(deadLetters)
    const slow = new StartMessageMoveTaskCommand({ SourceArn, MaxNumberOfMessagesPerSecond: 20 })
    const { TaskHandle } = await post.sqs.send(slow)
    await expect(post.sqs.send(slow)).rejects.toThrow(/already a task running/)
    await post.sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }))
    await untilMoved(SourceArn, 'CANCELLED')
    expect(await waiting(deadLetters)).toBeGreaterThan(0)
  })

  test('are refused if the queue is not a dead-letter queue or does not exist', async () => {
    const { queue, deadLetters } = await givenDeadLetters([])
    const start = (SourceArn: string) => post.sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))
    await expect(start(await arnOf(queue))).rejects.toThrow('Source queue must be configured as a Dead Letter Queue.')
    await expect(start(`${await arnOf(deadLetters)}x`)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })
})

function send(input: SendMessageCommandInput) {
  return post.sqs.send(new SendMessageCommand({ MessageGroupId: 'shop', ...input }))
}

async function receive(queue: string) {
  const input = { QueueUrl: queue, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All' as const] }
  return (await post.sqs.send(new ReceiveMessageCommand(input))).Messages?.[0]
}

async function givenFifo(name: string, attributes: Record<string, string> = {}): Promise<string> {
  const Attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true', ...attributes }
  return (await post.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl as string
}

async function givenAStoppedPost(use: (queue: string) => Promise<void>): Promise<string> {
  await post.close()
  const directory = temporaryDirectory()
  post = await openPost(directory, { keep: true })
  await use(await givenFifo('jobs.fifo'))
  await post.close()
  return directory
}

async function givenDeadLetters(bodies: string[]) {
  const deadLetters = await givenFifo('dead.fifo')
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: await arnOf(deadLetters), maxReceiveCount: 1 })
  const queue = await givenFifo('jobs.fifo', { RedrivePolicy })
  for (const body of bodies) await givenDeadLetter(queue, body)
  expect(await waiting(deadLetters)).toBe(bodies.length)
  return { queue, deadLetters }
}

async function givenDeadLetter(queue: string, body: string) {
  await send({ QueueUrl: queue, MessageBody: body })
  const message = await receive(queue)
  const again = { QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 }
  await post.sqs.send(new ChangeMessageVisibilityCommand(again))
  expect(await receive(queue)).toBeUndefined()
}

async function receiveAll(QueueUrl: string, MaxNumberOfMessages = 10) {
  const { Messages = [] } = await post.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages }))
  return Messages.map(({ Body }) => Body)
}

async function untilMoved(SourceArn: string, status: string) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { Results } = await post.sqs.send(new ListMessageMoveTasksCommand({ SourceArn }))
    if (Results?.[0]?.Status === status) return Results[0]
    await setTimeout(20)
  }
  throw new Error(`The task did not become ${status}.`)
}

async function attribute(queue: string, name: 'QueueArn' | 'ApproximateNumberOfMessages'): Promise<string> {
  const input = { QueueUrl: queue, AttributeNames: [name] }
  return (await post.sqs.send(new GetQueueAttributesCommand(input))).Attributes?.[name] as string
}

const arnOf = (queue: string) => attribute(queue, 'QueueArn')
const waiting = async (queue: string) => Number(await attribute(queue, 'ApproximateNumberOfMessages'))
const queueUrl = async (QueueName: string) =>
  (await post.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl as string
