/** Messages that became no execution: looked at without being taken away, sent again, or dropped. */
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
  /** How often it was delivered in vain. */
  received: number
}

/** While they are looked at; whoever looks hands them back at once. */
const LOOK_SECONDS = 30
/** The most that SQS gives at once. */
const BATCH = 10
/** Each look gives messages of other groups; a queue of ours has one. */
const MOST_LOOKS = 5

/** The first ten of each group, oldest first. They are handed back. */
export async function lookAtDeadLetters(client: SQSClient, queueUrl: string): Promise<DeadLetter[]> {
  return await withDeadLetters(client, queueUrl, async (messages) => messages.map(toDeadLetter))
}

/**
 * Puts a message on the queue of requests and takes it from the dead letters.
 *
 * @param body what to send in its place; the same by default
 * @returns false where the message is not among the first ten of its group any more
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
        // The queue has seen the same content, and would swallow it for five minutes.
        MessageDeduplicationId: `again-${messageId}`,
        MessageBody: body ?? message.Body,
      }),
    )
    await remove(client, urls.deadLetterQueueUrl, message)
    return true
  })
}

/** @returns what was dropped; undefined where the message is not among the first ten of its group any more */
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

/** What the execution of a message would have been called: by its request, or else by the message. */
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
    // One that was deleted meanwhile is refused, each by itself.
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
