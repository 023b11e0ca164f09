/**
 * Dead-letter queue redrive, which fauxqs lacks: StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask. A
 * task ends with the process; messages that it has not moved stay in the dead-letter queue.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
import { randomUUID } from 'node:crypto'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { AwsError } from '../protocol.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Fauxqs, Message, Queue } from './fauxqs.ts'
import { redrivePolicy, takeOut } from './receive.ts'

interface MoveTask {
  handle: string
  status: 'RUNNING' | 'CANCELLING' | 'CANCELLED' | 'COMPLETED' | 'FAILED'
  source: Queue
  /** By default the queue from which the letter came. */
  destinationOf(message: Message): Queue
  /** The caller's destination; a listing shows none if none was given. */
  destinationArn: string | undefined
  perSecond: number | undefined
  moved: number
  toMove: number
  startedAt: number
  failure?: string
}

/** SQS lists at most this many tasks of a queue. */
const LISTED = 10

export interface MoveTasks {
  start(input: { SourceArn?: string; DestinationArn?: string; MaxNumberOfMessagesPerSecond?: number }): {
    TaskHandle: string
  }
  list(input: { SourceArn?: string; MaxResults?: number }): { Results: object[] }
  cancel(input: { TaskHandle?: string }): { ApproximateNumberOfMessagesMoved: number }
  /** Stops running tasks, so that the process can end. */
  stop(): void
}

export function createMoveTasks(fauxqs: Fauxqs, deadLetters: Pick<DeadLetters, 'sourceOf'>): MoveTasks {
  const tasks: MoveTask[] = []

  function queueOf(arn: string | undefined): Queue {
    const queue = arn === undefined ? undefined : fauxqs.sqs.getQueueByArn(arn)
    if (!queue)
      throw new AwsError(
        'ResourceNotFoundException',
        "The resource that you specified for the SourceArn parameter doesn't exist.",
      )
    return queue
  }

  /** Returns the queues whose dead letters go to this one. */
  function feedersOf({ arn }: Queue): Queue[] {
    return [...fauxqs.sqs.allQueues()].filter((queue) => redrivePolicy(queue).deadLetterTargetArn === arn)
  }

  return {
    start({ SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond }) {
      const source = queueOf(SourceArn)
      const feeders = feedersOf(source)
      if (feeders.length === 0) throw invalid('Source queue must be configured as a Dead Letter Queue.')
      if (tasks.some((task) => task.source === source && running(task))) {
        throw invalid(
          'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
        )
      }
      const destination = DestinationArn === undefined ? undefined : queueOf(DestinationArn)
      if (destination && destination.isFifo() !== source.isFifo()) {
        throw invalid('Source queue and destination queue types should be same.')
      }
      source.processTimers()
      const task: MoveTask = {
        handle: Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: source.arn })).toString('base64'),
        status: 'RUNNING',
        source,
        destinationOf: (message) =>
          destination ??
          fauxqs.sqs.getQueueByArn(deadLetters.sourceOf(message.messageId) ?? '') ??
          (feeders[0] as Queue),
        destinationArn: DestinationArn,
        perSecond: MaxNumberOfMessagesPerSecond,
        moved: 0,
        toMove: Number(source.getAttribute('ApproximateNumberOfMessages')),
        startedAt: Date.now(),
      }
      tasks.unshift(task)
      void run(fauxqs, task)
      return { TaskHandle: task.handle }
    },
    list({ SourceArn, MaxResults = 1 }) {
      const source = queueOf(SourceArn)
      const found = tasks.filter((task) => task.source === source)
      return { Results: found.slice(0, Math.min(MaxResults, LISTED)).map(describe) }
    },
    cancel({ TaskHandle }) {
      const task = tasks.find(({ handle }) => handle === TaskHandle)
      if (!task) throw new AwsError('ResourceNotFoundException', 'Task does not exist.')
      if (!running(task)) throw invalid('Only active tasks can be cancelled.')
      task.status = 'CANCELLING'
      return { ApproximateNumberOfMessagesMoved: task.moved }
    },
    stop() {
      for (const task of tasks) if (running(task)) task.status = 'CANCELLING'
    },
  }
}

function running({ status }: MoveTask): boolean {
  return status === 'RUNNING' || status === 'CANCELLING'
}

async function run({ internals }: Fauxqs, task: MoveTask) {
  const { source, destinationOf, perSecond } = task
  try {
    while (task.moved < task.toMove) {
      await (perSecond === undefined ? setImmediate() : setTimeout(1000 / perSecond, undefined, { ref: false }))
      if (task.status === 'CANCELLING') break
      source.processTimers()
      const message = takeOut(source)
      if (!message) break
      const destination = destinationOf(message)
      // For SQS a redriven message is new: new id, new time, no receives.
      const moved = internals.SqsStore.createMessage(
        message.body,
        message.messageAttributes,
        undefined,
        message.messageGroupId,
        message.messageDeduplicationId,
      )
      if (destination.isFifo()) moved.sequenceNumber = destination.nextSequenceNumber()
      // In this order a crash in between leaves the message twice rather than never.
      destination.enqueue(moved)
      source.persistence?.deleteMessage(message.messageId)
      task.moved++
    }
    task.status = task.status === 'CANCELLING' ? 'CANCELLED' : 'COMPLETED'
  } catch (error) {
    task.status = 'FAILED'
    task.failure = String(error)
  }
}

function describe(task: MoveTask) {
  return {
    ...(running(task) ? { TaskHandle: task.handle } : {}),
    Status: task.status,
    SourceArn: task.source.arn,
    ...(task.destinationArn === undefined ? {} : { DestinationArn: task.destinationArn }),
    ...(task.perSecond === undefined ? {} : { MaxNumberOfMessagesPerSecond: task.perSecond }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(task.failure === undefined ? {} : { FailureReason: task.failure }),
    StartedTimestamp: task.startedAt,
  }
}

function invalid(message: string) {
  return new AwsError('InvalidParameterValue', message)
}
