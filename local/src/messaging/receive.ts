/**
 * Replaces fauxqs' receiving by SQS's behaviour: up to ten messages at once from a FIFO queue, those of one group in
 * order; messages that become visible again keep their place; expired messages are dropped.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
import { randomUUID } from 'node:crypto'
import type { Message, Queue } from './fauxqs.ts'

const AT_ONCE = 10
const NO_GROUP = '__default'

type Received = ReturnType<Queue['dequeue']>[number]
type FindQueue = (arn: string) => Queue | undefined

/** @param options.onDeadLetter is called before a message moves to its dead-letter queue */
export function correctReceives(
  queue: Queue,
  options: { onDeadLetter(message: Message, source: Queue): void; now?: () => number },
) {
  const { onDeadLetter, now = Date.now } = options

  queue.dequeue = (maxCount, visibilityTimeout, findQueue) => {
    queue.processTimers()
    const seconds = visibilityTimeout ?? Number(queue.attributes.VisibilityTimeout)
    const wanted = Math.min(maxCount, AT_ONCE)
    const received: Received[] = []
    for (const [group, messages] of lines(queue)) {
      while (received.length < wanted && messages.length > 0) {
        const message = messages.shift() as Message
        message.approximateReceiveCount++
        message.approximateFirstReceiveTimestamp ??= now()
        if (!bury(message, findQueue)) received.push(hand(message, group, now() + seconds * 1000))
      }
      if (messages.length === 0) queue.fifoMessages.delete(group)
      if (received.length === wanted) break
    }
    return received
  }

  function hand(message: Message, group: string, visibilityDeadline: number): Received {
    const receiptHandle = randomUUID()
    queue.inflightMessages.set(receiptHandle, { message, receiptHandle, visibilityDeadline })
    const { messageId, approximateReceiveCount, approximateFirstReceiveTimestamp } = message
    queue.persistence?.updateMessageInflight(
      messageId,
      receiptHandle,
      visibilityDeadline,
      approximateReceiveCount,
      approximateFirstReceiveTimestamp,
    )
    if (queue.isFifo()) queue.fifoLockedGroups.set(group, (queue.fifoLockedGroups.get(group) ?? 0) + 1)
    return {
      MessageId: messageId,
      ReceiptHandle: receiptHandle,
      MD5OfBody: message.md5OfBody,
      Body: message.body,
      ...(message.md5OfMessageAttributes ? { MD5OfMessageAttributes: message.md5OfMessageAttributes } : {}),
      ...(Object.keys(message.messageAttributes).length > 0 ? { MessageAttributes: message.messageAttributes } : {}),
    }
  }

  /** Moves a message to the dead-letter queue if it was received too often. */
  function bury(message: Message, findQueue: FindQueue | undefined): boolean {
    const { maxReceiveCount, deadLetterTargetArn } = redrivePolicy(queue)
    const target = deadLetterTargetArn === undefined ? undefined : findQueue?.(deadLetterTargetArn)
    if (!target || message.approximateReceiveCount <= maxReceiveCount) return false
    onDeadLetter(message, queue)
    queue.persistence?.deleteMessage(message.messageId)
    if (target.isFifo()) message.sequenceNumber = target.nextSequenceNumber()
    target.enqueue(message)
    return true
  }

  queue.changeVisibility = (receiptHandle, seconds) => {
    const entry = queue.inflightMessages.get(receiptHandle)
    if (!entry) return
    const { message } = entry
    if (seconds > 0) {
      entry.visibilityDeadline = now() + seconds * 1000
      const { messageId, approximateReceiveCount, approximateFirstReceiveTimestamp } = message
      queue.persistence?.updateMessageInflight(
        messageId,
        receiptHandle,
        entry.visibilityDeadline,
        approximateReceiveCount,
        approximateFirstReceiveTimestamp,
      )
      return
    }
    putBack(receiptHandle, message)
    queue.persistence?.updateMessageReady(message.messageId)
    notify(queue)
  }

  queue.processTimers = () => {
    for (const [handle, { message, visibilityDeadline }] of queue.inflightMessages) {
      if (visibilityDeadline <= now()) putBack(handle, message)
    }
    for (const [group, messages] of queue.fifoDelayed) {
      const late = messages.filter((message) => (message.delayUntil ?? 0) > now())
      for (const message of messages) if (!late.includes(message)) stand(queue, message)
      if (late.length === 0) queue.fifoDelayed.delete(group)
      else queue.fifoDelayed.set(group, late)
    }
    if (queue.delayedMessages.length > 0) {
      const late = queue.delayedMessages.filter((message) => (message.delayUntil ?? 0) > now())
      queue.messages.push(...queue.delayedMessages.filter((message) => !late.includes(message)))
      queue.delayedMessages = late
    }
    for (const [, messages] of lines(queue)) if (messages.length > 0) return notify(queue)
  }

  function putBack(receiptHandle: string, message: Message) {
    queue.inflightMessages.delete(receiptHandle)
    if (queue.isFifo()) {
      const group = message.messageGroupId ?? NO_GROUP
      const locks = (queue.fifoLockedGroups.get(group) ?? 1) - 1
      if (locks > 0) queue.fifoLockedGroups.set(group, locks)
      else queue.fifoLockedGroups.delete(group)
    }
    stand(queue, message)
  }

  const attributesOf = queue.getAllAttributes.bind(queue)
  queue.getAllAttributes = (names) => {
    queue.processTimers()
    return attributesOf(names)
  }
}

/** Calls a private method of fauxqs. */
function notify(queue: Queue) {
  ;(queue as unknown as { notifyWaiters(): void }).notifyWaiters()
}

/** Drops messages beyond the queue's retention period. Messages in flight are kept until they are visible. */
export function dropOld(queue: Queue, now: number) {
  const oldest = now - Number(queue.attributes.MessageRetentionPeriod) * 1000
  const young = (message: Message) => {
    if (message.sentTimestamp > oldest) return true
    queue.persistence?.deleteMessage(message.messageId)
    return false
  }
  queue.messages = queue.messages.filter(young)
  queue.delayedMessages = queue.delayedMessages.filter(young)
  for (const groups of [queue.fifoMessages, queue.fifoDelayed]) {
    for (const [group, messages] of groups) {
      const kept = messages.filter(young)
      if (kept.length === 0) groups.delete(group)
      else groups.set(group, kept)
    }
  }
}

/** Removes the oldest visible message permanently, even if others of its group are in flight. */
export function takeOut(queue: Queue): Message | undefined {
  if (!queue.isFifo()) return queue.messages.shift()
  for (const [group, messages] of queue.fifoMessages) {
    const message = messages.shift()
    if (messages.length === 0) queue.fifoMessages.delete(group)
    if (message) return message
  }
  return undefined
}

export function redrivePolicy(queue: Queue): { maxReceiveCount: number; deadLetterTargetArn?: string } {
  const policy = JSON.parse(queue.attributes.RedrivePolicy || '{}') as {
    maxReceiveCount?: number | string
    deadLetterTargetArn?: string
  }
  return { ...policy, maxReceiveCount: Number(policy.maxReceiveCount ?? Number.POSITIVE_INFINITY) }
}

/** Yields what can be received: a standard queue's messages, or those of each group without messages in flight. */
function* lines(queue: Queue): Generator<[group: string, messages: Message[]]> {
  if (!queue.isFifo()) yield [NO_GROUP, queue.messages]
  else for (const line of queue.fifoMessages) if (!queue.fifoLockedGroups.has(line[0])) yield line
}

/** Inserts a message at its place: a FIFO group is ordered by sequence number. */
function stand(queue: Queue, message: Message) {
  if (!queue.isFifo()) return void queue.messages.push(message)
  const group = message.messageGroupId ?? NO_GROUP
  const messages = queue.fifoMessages.get(group) ?? []
  const place = messages.findIndex(({ sequenceNumber = '' }) => sequenceNumber > (message.sequenceNumber ?? ''))
  messages.splice(place === -1 ? messages.length : place, 0, message)
  queue.fifoMessages.set(group, messages)
}
