import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import { AwsError } from '../../src/protocol.ts'
import { type Answer, eventually, SUCCESS, serveQueue } from './served-queue.ts'

describe('an event source', () => {
  test('passes SQS’s event to the function and deletes the messages that it handled', async () => {
    await using at = await serveQueue({ fifo: true, invoke: () => SUCCESS })
    await at.sqs.send(
      new SendMessageCommand({
        QueueUrl: at.QueueUrl,
        MessageBody: '{"id":"1"}',
        MessageGroupId: 'shop',
        MessageDeduplicationId: 'once',
        MessageAttributes: { by: { DataType: 'String', StringValue: 'test' } },
      }),
    )
    at.start()
    await eventually(async () => expect(await at.left()).toEqual({ visible: 0, hidden: 0 }))
    expect(at.batches).toEqual([
      [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body: '{"id":"1"}',
          md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
          md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
          attributes: expect.objectContaining({
            ApproximateReceiveCount: '1',
            MessageGroupId: 'shop',
            MessageDeduplicationId: 'once',
            SequenceNumber: expect.stringMatching(/^\d+$/),
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: expect.any(String),
          }),
          messageAttributes: {
            by: { stringValue: 'test', stringListValues: [], binaryListValues: [], dataType: 'String' },
          },
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:requests.fifo',
          awsRegion: 'us-east-1',
        },
      ],
    ])
  })

  test('delivers at most one batch at once', async () => {
    await using at = await serveQueue({ batchSize: 2, invoke: () => SUCCESS })
    await at.send('a', 'b', 'c')
    at.start()
    await eventually(async () => expect(await at.left()).toEqual({ visible: 0, hidden: 0 }))
    expect(at.bodies()).toEqual([['a', 'b'], ['c']])
  })

  test('delivers a failed message again after its visibility timeout', async () => {
    await using at = await serveQueue({
      visibilitySeconds: 1,
      invoke: ([record]) =>
        record?.attributes.ApproximateReceiveCount === '1'
          ? { payload: '{"errorType":"x"}', functionError: 'Unhandled' }
          : SUCCESS,
    })
    await at.send('a')
    at.start()
    await eventually(async () => expect(await at.left()).toEqual({ visible: 0, hidden: 0 }))
    expect(at.bodies()).toEqual([['a'], ['a']])
  })

  test('moves a message that Lambda considers a loop to the dead-letter queue instead of calling', async () => {
    const deadLetters = 'arn:aws:sqs:us-east-1:000000000000:dead.fifo'
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetters, maxReceiveCount: 100 })
    await using at = await serveQueue({
      fifo: true,
      attributes: { RedrivePolicy },
      isLoop: () => true,
      invoke: () => SUCCESS,
    })
    const { QueueUrl } = await at.sqs.send(
      new CreateQueueCommand({ QueueName: 'dead.fifo', Attributes: { FifoQueue: 'true' } }),
    )
    await at.send('a')
    at.start()
    await eventually(async () => {
      const { Messages = [] } = await at.sqs.send(new ReceiveMessageCommand({ QueueUrl }))
      expect(Messages.map(({ Body }) => Body)).toEqual(['a'])
    })
    await eventually(async () => expect(await at.left()).toEqual({ visible: 0, hidden: 0 }))
    expect(at.batches).toEqual([])
    expect(at.errors).toMatchObject([{ message: expect.stringContaining('keeps sending to the queue that calls it') }])
  })

  test('reports failed polls and continues', async () => {
    await using at = await serveQueue({ invoke: () => SUCCESS })
    const real = at.sqs.send.bind(at.sqs)
    let failed = false
    at.sqs.send = ((command: ReceiveMessageCommand) => {
      if (failed || !(command instanceof ReceiveMessageCommand)) return real(command)
      failed = true
      return Promise.reject(new Error('connection refused'))
    }) as typeof at.sqs.send
    await at.send('a')
    at.start()
    await eventually(async () => expect(await at.left()).toEqual({ visible: 0, hidden: 0 }))
    expect(at.errors).toEqual([new Error('connection refused')])
  })
})

describe('a partial batch response', () => {
  const failing =
    (...bodies: string[]) =>
    (records: SQSRecord[]) => ({
      payload: JSON.stringify({
        batchItemFailures: records
          .filter(({ body }) => bodies.includes(body))
          .map(({ messageId }) => ({ itemIdentifier: messageId })),
      }),
    })

  test('keeps the messages that it names', async () => {
    await using at = await serveQueue({ invoke: failing('b') })
    await at.send('a', 'b', 'c')
    at.start()
    await eventually(async () => expect(await at.left()).toEqual({ visible: 0, hidden: 1 }))
  })

  test('that cannot be understood keeps them all', async () => {
    await using at = await serveQueue({ invoke: () => ({ payload: '{"batchItemFailures":[{"messageId":"x"}]}' }) })
    await at.send('a', 'b')
    at.start()
    await eventually(async () => expect(at.batches).toHaveLength(1))
    await new Promise((r) => setTimeout(r, 50))
    expect(await at.left()).toEqual({ visible: 0, hidden: 2 })
  })

  test('is ignored unless the mapping enables it', async () => {
    await using at = await serveQueue({ reportBatchItemFailures: false, invoke: failing('a') })
    await at.send('a')
    at.start()
    await eventually(async () => expect(await at.left()).toEqual({ visible: 0, hidden: 0 }))
  })
})

describe('a FIFO queue', () => {
  test('is served one batch at a time per message group, and its groups do not wait for each other', async () => {
    const running = new Map<string, number>()
    const together = { group: 0, groups: 0 }
    await using at = await serveQueue({
      fifo: true,
      batchSize: 1,
      invoke: async ([record]) => {
        const group = String(record?.attributes.MessageGroupId)
        running.set(group, (running.get(group) ?? 0) + 1)
        together.group = Math.max(together.group, ...running.values())
        together.groups = Math.max(together.groups, [...running.values()].filter((count) => count > 0).length)
        await new Promise((r) => setTimeout(r, 50))
        running.set(group, (running.get(group) ?? 0) - 1)
        return SUCCESS
      },
    })
    await at.send('a1', 'b1', 'a2', 'b2', 'a3', 'b3')
    at.start()
    await eventually(async () => expect(await at.left()).toEqual({ visible: 0, hidden: 0 }))
    const order = at.bodies().flat()
    expect(order.filter((body) => body.startsWith('a'))).toEqual(['a1', 'a2', 'a3'])
    expect(order.filter((body) => body.startsWith('b'))).toEqual(['b1', 'b2', 'b3'])
    expect(together).toEqual({ group: 1, groups: 2 })
  })
})

describe('a throttled invocation', () => {
  test('is tried again while the message is hidden, so it costs no receive', async () => {
    let throttles = 2
    await using at = await serveQueue({
      invoke: () => {
        if (throttles-- > 0) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429)
        return SUCCESS
      },
    })
    await at.send('a')
    at.start()
    await eventually(async () => expect(await at.left()).toEqual({ visible: 0, hidden: 0 }))
    expect(at.batches.map(([record]) => record?.attributes.ApproximateReceiveCount)).toEqual(['1', '1', '1'])
  })

  test('gives the message back when its visibility timeout is over', async () => {
    await using at = await serveQueue({
      visibilitySeconds: 1,
      invoke: ([record]) => {
        if (record?.attributes.ApproximateReceiveCount === '1')
          throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429)
        return SUCCESS
      },
    })
    await at.send('a')
    at.start()
    await eventually(async () => expect(await at.left()).toEqual({ visible: 0, hidden: 0 }))
    expect(at.batches.at(-1)?.[0]?.attributes.ApproximateReceiveCount).toBe('2')
  })
})

describe('stopping', () => {
  test('returns the current message immediately and ignores its function’s later result', async () => {
    let finish: ((answer: Answer) => void) | undefined
    await using at = await serveQueue({
      fifo: true,
      visibilitySeconds: 600,
      invoke: () =>
        new Promise((resolve) => {
          finish = resolve
        }),
    })
    await at.send('a1', 'a2')
    const source = at.start()
    await eventually(async () => expect(at.batches).toHaveLength(1))
    // The function has not answered yet, so a stop that waited for it would never end.
    await source.stop()
    expect(await at.left()).toEqual({ visible: 2, hidden: 0 })
    finish?.(SUCCESS)
    await new Promise((r) => setTimeout(r, 50))
    expect(await at.left()).toEqual({ visible: 2, hidden: 0 })
    // fauxqs gives one message per group at a time.
    const { Messages = [] } = await at.sqs.send(new ReceiveMessageCommand({ QueueUrl: at.QueueUrl }))
    expect(Messages.map((message) => message.Body)).toEqual(['a1'])
  })

  test('does not count as a failure of the interrupted invocations', async () => {
    let cut: ((error: Error) => void) | undefined
    await using at = await serveQueue({
      invoke: () =>
        new Promise((_resolve, reject) => {
          cut = reject
        }),
    })
    await at.send('a')
    const source = at.start()
    await eventually(async () => expect(at.batches).toHaveLength(1))
    await source.stop()
    cut?.(new Error('The invocation was cut.'))
    await new Promise((r) => setTimeout(r, 20))
    expect(at.errors).toEqual([])
  })

  test('does not lose a message that arrives at that moment', async () => {
    await using at = await serveQueue({ visibilitySeconds: 600, invoke: () => SUCCESS })
    const source = at.start()
    await new Promise((r) => setTimeout(r, 100))
    const stopped = source.stop()
    await at.send('a')
    await stopped
    expect(await at.left()).toEqual({ visible: 1, hidden: 0 })
    expect(at.batches).toEqual([])
  })
})

test('a disabled mapping returns the messages of its last poll and no longer calls its function', async () => {
  await using at = await serveQueue({ fifo: true, visibilitySeconds: 600, invoke: () => SUCCESS })
  const source = at.start()
  await new Promise((r) => setTimeout(r, 100))
  const drained = source.drain()
  await at.send('a1', 'a2')
  await drained
  expect(await at.left()).toEqual({ visible: 2, hidden: 0 })
  expect(at.batches).toEqual([])
})
