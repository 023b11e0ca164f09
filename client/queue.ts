/** Sends requests to the queue, and counts its messages and dead letters. */
import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { MESSAGE_GROUP, type Request } from '../statemachine/request.ts'
import type { Parts } from './parts.ts'
import type { Sent } from './sent.ts'

/** How many messages have no execution yet; SQS counts approximately. */
export interface Waiting {
  queued: number
  /** The number of undeliverable messages; 0 if the dead-letter queue is not known. */
  deadLetters: number
}

/**
 * Sends a request. The queue deduplicates by content, which includes the id: a request that is sent twice is one
 * download.
 */
export async function sendRequest(sqs: SQSClient, queueUrl: string, request: Request): Promise<Sent> {
  const { MessageId = '' } = await sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageGroupId: MESSAGE_GROUP,
      MessageBody: toBody(request),
    }),
  )
  return { id: request.id, request, messageId: MessageId }
}

/** SQS refuses two characters that JSON does not escape by itself. */
function toBody(request: Request): string {
  return JSON.stringify(request).replaceAll(/[\uFFFE\uFFFF]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16)}`)
}

export async function countWaiting(sqs: SQSClient, { queueUrl, deadLetterQueueUrl }: Parts): Promise<Waiting> {
  const [queued, deadLetters] = await Promise.all([
    countMessages(sqs, queueUrl),
    deadLetterQueueUrl === undefined ? 0 : countMessages(sqs, deadLetterQueueUrl),
  ])
  return { queued, deadLetters }
}

async function countMessages(sqs: SQSClient, queueUrl: string): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  )
  return Object.values(Attributes ?? {}).reduce((sum, count) => sum + Number(count), 0)
}
