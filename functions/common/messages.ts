/**
 * Sends a message that `start` does not simply acknowledge: back to the head of the queue, or again to its end. Also
 * sends an outage's first message.
 */
import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda'
import type { Outage, OutageMessage } from '../../statemachine/outage.ts'
import { MESSAGE_GROUP } from '../../statemachine/request.ts'
import { logger } from './step.ts'

/** Leaves time to return the message if it could not be sent again. */
const SEND_AGAIN_MILLIS = 4_000

export class Messages {
  readonly #sqs: SQSClient
  readonly #queueUrl: string

  constructor(sqs: SQSClient, queueUrl: string) {
    this.#sqs = sqs
    this.#queueUrl = queueUrl
  }

  /**
   * Starts the checks of the database until it responds. Sent twice it is deduplicated, and a second message would do
   * no harm.
   */
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

  /**
   * Sends the request again to the end of the queue, in the common message group. The message itself can then be
   * acknowledged.
   */
  async sendAgain({ body, messageId }: SQSRecord): Promise<void> {
    const command = new SendMessageCommand({
      QueueUrl: this.#queueUrl,
      MessageBody: body,
      MessageGroupId: MESSAGE_GROUP,
      // With the body as its id, it would be deduplicated against the original message. With this id, a second delivery
      // of the original does not send a second message.
      MessageDeduplicationId: `behind-${messageId}`,
    })
    await this.#sqs.send(command, { abortSignal: AbortSignal.timeout(SEND_AGAIN_MILLIS) })
  }

  /**
   * Returns the message to the head of its group. Otherwise it and all messages behind it would wait for the visibility
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
      logger.error('The message could not be returned; it becomes visible after its visibility timeout', error as Error)
    }
    return { batchItemFailures: [{ itemIdentifier: messageId }] }
  }
}
