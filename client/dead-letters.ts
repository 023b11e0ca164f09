/** Reads messages from the dead-letter queue without removing them, sends them again, or drops them. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { isRequestId } from '../statemachine/request.ts'

/** A message that could not be started. */
export interface DeadLetter {
  messageId: string
  /** Its message group. */
  group: string
  body: string
  sentAt: Date
  /** How often it was delivered. */
  received: number
}

/** Visibility timeout while messages are read; they are returned immediately. */
const LOOK_SECONDS = 30
/** The maximum number of messages that SQS returns at once. */
const BATCH = 10
/** Each receive returns messages of other groups; a queue made by Carryout has one group. */
const MOST_LOOKS = 5

/** Returns up to ten messages of each group, oldest first, and puts them back. */
export async function lookAtDeadLetters(client: SQSClient, queueUrl: string): Promise<DeadLetter[]> {
  return await withDeadLetters(client, queueUrl, async (messages) => messages.map(toDeadLetter))
}

/**
 * Puts a message on the queue of requests and removes it from the dead-letter queue.
 *
 * @param body to send instead; the same body by default
 * @returns false if the message is no longer among the first ten of its group
 */
export async function sendDeadLetter(
  client: SQSClient,
  urls: { queueUrl: string; deadLetterQueueUrl: string },
  { messageId, body }: { messageId: string; body?: string | undefined },
): Promise<boolean> {
  return await withDeadLetters(client, urls.deadLetterQueueUrl, async (messages) => {
    const message = messages.find(({ MessageId }) => MessageId === messageId)
    if (!message) return false
    await client.send(
      new SendMessageCommand({
        QueueUrl: urls.queueUrl,
        MessageGroupId: message.Attributes?.MessageGroupId,
        // The queue has seen the same content, and would drop it as a duplicate for five minutes.
        MessageDeduplicationId: `again-${messageId}`,
        MessageBody: body ?? message.Body,
      }),
    )
    await remove(client, urls.deadLetterQueueUrl, message)
    return true
  })
}

/** @returns the dropped message; undefined if it is no longer among the first ten of its group */
export async function dropDeadLetter(
  client: SQSClient,
  queueUrl: string,
  messageId: string,
): Promise<DeadLetter | undefined> {
  return await withDeadLetters(client, queueUrl, async (messages) => {
    const message = messages.find(({ MessageId }) => MessageId === messageId)
    if (!message) return undefined
    await remove(client, queueUrl, message)
    return toDeadLetter(message)
  })
}

/** Returns the name that a message's execution would have had: its request's id, or else the message's id. */
export function executionName(messageId: string, body: string): string {
  try {
    const { id } = JSON.parse(body) as { id?: unknown }
    return isRequestId(id) ? id : messageId
  } catch {
    return messageId
  }
}

async function withDeadLetters<T>(
  client: SQSClient,
  queueUrl: string,
  work: (messages: Message[]) => Promise<T>,
): Promise<T> {
  const messages: Message[] = []
  try {
    for (let look = 0; look < MOST_LOOKS; look++) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: BATCH,
          VisibilityTimeout: LOOK_SECONDS,
          MessageSystemAttributeNames: ['MessageGroupId', 'ApproximateReceiveCount', 'SentTimestamp'],
        }),
      )
      if (Messages.length === 0) break
      messages.push(...Messages)
    }
    return await work(messages)
  } finally {
    await handBack(client, queueUrl, messages)
  }
}

async function handBack(client: SQSClient, queueUrl: string, messages: readonly Message[]) {
  for (let at = 0; at < messages.length; at += BATCH) {
    const Entries = messages
      .slice(at, at + BATCH)
      .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }))
    // A message that was deleted in the meantime fails individually.
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }))
  }
}

async function remove(client: SQSClient, queueUrl: string, { ReceiptHandle }: Message) {
  await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }))
}

function toDeadLetter({ MessageId = '', Body = '', Attributes }: Message): DeadLetter {
  return {
    messageId: MessageId,
    group: Attributes?.MessageGroupId ?? '',
    body: Body,
    sentAt: new Date(Number(Attributes?.SentTimestamp ?? 0)),
    received: Number(Attributes?.ApproximateReceiveCount ?? 0),
  }
}
