/** Where a message goes that `start` does not acknowledge, or not alone: to the head of the queue, or to its end. And an outage's first. */
import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda'
import type { Outage, OutageMessage } from '../../statemachine/outage.ts'
import { MESSAGE_GROUP } from '../../statemachine/request.ts'
import { logger } from './step.ts'

/** So that there is time left to hand back what could not be sent again. */
const SEND_AGAIN_MILLIS = 4_000

export class Messages {
  readonly #sqs: SQSClient
  readonly #queueUrl: string

  constructor(sqs: SQSClient, queueUrl: string) {
    this.#sqs = sqs
    this.#queueUrl = queueUrl
  }

  /** Has the database asked until it answers. Sent twice it is one message, and a second one would do no harm. */
  async sendOutage({ since }: Outage): Promise<void> {
    const message: OutageMessage = { outage: since }
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: this.#queueUrl,
        MessageBody: JSON.stringify(message),
        MessageGroupId: MESSAGE_GROUP,
        MessageDeduplicationId: `outage-${since.replaceAll(/\D/g, '')}`,
      }),
    )
  }

  /** To the end of the queue, in the group of all; the message itself can be acknowledged then. */
  async sendAgain({ body, messageId }: SQSRecord): Promise<void> {
    const command = new SendMessageCommand({
      QueueUrl: this.#queueUrl,
      MessageBody: body,
      MessageGroupId: MESSAGE_GROUP,
      // By its body it would be taken for the message that it stands for; delivered again, that one sends no second.
      MessageDeduplicationId: `behind-${messageId}`,
    })
    await this.#sqs.send(command, { abortSignal: AbortSignal.timeout(SEND_AGAIN_MILLIS) })
  }

  /**
   * To the head of its group. Without this the message, and the whole group behind it, would wait for the visibility
   * timeout (over an hour).
   */
  async handBack({ receiptHandle, messageId }: SQSRecord, seconds: number): Promise<SQSBatchResponse> {
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: this.#queueUrl,
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: seconds,
    })
    try {
      await this.#sqs.send(command)
    } catch (error) {
      logger.error('The message is handed back, but only after its visibility timeout', error as Error)
    }
    return { batchItemFailures: [{ itemIdentifier: messageId }] }
  }
}
