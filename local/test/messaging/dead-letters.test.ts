/** Dead letters: where they lie, and how they are moved back. */
import { setTimeout } from 'node:timers/promises'
import {
  CancelMessageMoveTaskCommand,
  ChangeMessageVisibilityCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { arnOf, givenFifo, open, post, queueUrl, receive, receiveAll, send, waiting } from './queues.ts'
import { temporaryDirectory } from './support.ts'

describe('dead letters', () => {
  test('are in their queue, and in no other, after a restart', async () => {
    await post.close()
    const directory = temporaryDirectory()
    await open(directory, { keep: true })
    await givenDeadLetters(['a', 'b'])
    await post.close()
    await open(directory)
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

  test('all move, even those of a group from which some have just been received', async () => {
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

async function untilMoved(SourceArn: string, status: string) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { Results } = await post.sqs.send(new ListMessageMoveTasksCommand({ SourceArn }))
    if (Results?.[0]?.Status === status) return Results[0]
    await setTimeout(20)
  }
  throw new Error(`The task did not become ${status}.`)
}
