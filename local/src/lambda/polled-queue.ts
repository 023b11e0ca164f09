/** The queue of an event source mapping, as its pollers use it over SQS's API. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'

const MAX_RECEIVED = 10
/**
 * Short, because an abandoned long poll would still receive messages, which the queue then hides for their visibility
 * timeout. `stop` waits for the poll to end instead.
 */
const WAIT_SECONDS = 1

export interface PolledQueue {
  /** Waits for messages for a second. */
  receive(atMost: number): Promise<Message[]>
  /** @throws Error if a message was not deleted */
  remove(messages: readonly Message[]): Promise<void>
  /** Makes the messages visible again. */
  giveBack(messages: readonly Message[]): Promise<void>
  /** Sends the messages to the dead-letter queue, if there is one. */
  copyToDeadLetters(messages: readonly Message[]): Promise<void>
  visibilityMillis(): Promise<number>
}

export function openPolledQueue(options: {
  /** Polls with the permissions of the function's role. */
  sqs: SQSClient
  /** Returns and moves messages, which needs no permission of the role. */
  own: SQSClient
  queueUrl: string
}): PolledQueue {
  const { sqs, own, queueUrl: QueueUrl } = options

  async function attributes(): Promise<Partial<Record<QueueAttributeName, string>>> {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'] }),
    )
    return Attributes
  }

  return {
    async receive(atMost) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: Math.min(atMost, MAX_RECEIVED),
          WaitTimeSeconds: WAIT_SECONDS,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      )
      return Messages
    },
    async remove(messages) {
      const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(messages) }))
      if (Failed.length > 0) throw new Error(`${Failed.length} messages could not be deleted: ${Failed[0]?.Message}`)
    },
    async giveBack(messages) {
      for (let at = 0; at < messages.length; at += MAX_RECEIVED) {
        const Entries = entriesOf(messages.slice(at, at + MAX_RECEIVED)).map((entry) => ({
          ...entry,
          VisibilityTimeout: 0,
        }))
        await own.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))
      }
    },
    async copyToDeadLetters(messages) {
      const { RedrivePolicy } = await attributes()
      const { deadLetterTargetArn } = JSON.parse(RedrivePolicy ?? '{}') as { deadLetterTargetArn?: string }
      if (deadLetterTargetArn === undefined) return
      const target = await own.send(new GetQueueUrlCommand({ QueueName: deadLetterTargetArn.split(':').at(-1) }))
      for (const { Body: MessageBody, Attributes: { MessageGroupId, MessageDeduplicationId } = {} } of messages) {
        const ids = { MessageGroupId, MessageDeduplicationId }
        await own.send(new SendMessageCommand({ QueueUrl: target.QueueUrl, MessageBody, ...ids }))
      }
    },
    async visibilityMillis() {
      return Number((await attributes()).VisibilityTimeout ?? 30) * 1000
    },
  }
}

function entriesOf(messages: readonly Message[]) {
  return messages.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle }))
}
