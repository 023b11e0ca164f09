/** Chooses when a failed message is retried, instead of after the queue's visibility timeout. */
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import { connect, limits } from './clients.ts'
import { readConfig, text, wholeNumber } from './config.ts'
import { env } from './environment.ts'
import { logger } from './step.ts'

const config = readConfig({ [env.RETRY_QUEUE_URL]: text, [env.RETRY_ATTEMPTS]: wholeNumber({ min: 1 }) })
const sqs = connect(SQSClient, limits.handBack)

/**
 * Delays the message. After the last attempt SQS moves it to the dead-letter queue only when it is received once more,
 * so that is allowed immediately.
 *
 * @param seconds after the first, second, … failed attempt; the last value applies to all further ones
 */
export async function retryLater({ receiptHandle, attributes }: SQSRecord, seconds: readonly number[]): Promise<void> {
  const attempt = Number(attributes.ApproximateReceiveCount)
  const isLast = attempt >= config[env.RETRY_ATTEMPTS]
  try {
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: config[env.RETRY_QUEUE_URL],
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: isLast ? 0 : seconds[Math.min(attempt, seconds.length) - 1],
      }),
    )
  } catch (error) {
    logger.warn('The message could not be delayed; it becomes visible after its visibility timeout', error as Error)
  }
}
