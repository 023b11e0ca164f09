import { Names } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { EventSourceMappingOptions, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { env } from '../functions/common/environment.ts'
import { grantDecrypt } from './encryption.ts'

/**
 * Delivers a queue's messages to a function, one at a time. `SqsEventSource` is not used because it grants more than
 * Lambda needs for polling: `ChangeMessageVisibility` is only for a function that delays its own messages.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export function deliver(
  queue: IQueue,
  fn: LambdaFunction,
  options: Pick<EventSourceMappingOptions, 'maxConcurrency' | 'reportBatchItemFailures'>,
) {
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [queue.queueArn],
    }),
  )
  grantDecrypt(queue.encryptionMasterKey, fn)
  fn.addEventSourceMapping(`SqsEventSource:${Names.nodeUniqueId(queue.node)}`, {
    eventSourceArn: queue.queueArn,
    batchSize: 1,
    ...options,
  })
}

/**
 * Allows a function to choose when a message is retried. @param attempts after which the message moves to the
 * dead-letter queue
 */
export function letPutOff(fn: LambdaFunction, queue: IQueue, attempts: number) {
  fn.addEnvironment(env.RETRY_QUEUE_URL, queue.queueUrl)
  fn.addEnvironment(env.RETRY_ATTEMPTS, String(attempts))
  grantPutOff(fn, queue)
}

/** Allows a function to delay a message that it was called with. */
export function grantPutOff(fn: LambdaFunction, queue: IQueue) {
  fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:ChangeMessageVisibility'], resources: [queue.queueArn] }))
}
