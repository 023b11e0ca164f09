import { Names } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { EventSourceMappingOptions, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { env } from '../functions/common/environment.ts'
import { grantDecrypt } from './encryption.ts'

/**
 * Delivers a queue's messages to a function, one at a time. Not by an `SqsEventSource`, which would grant more than
 * Lambda needs to poll: `ChangeMessageVisibility` is for a function that puts its messages off itself.
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

/** Lets a function choose when a message is tried again. @param attempts after which it lies in the dead-letter queue */
export function letPutOff(fn: LambdaFunction, queue: IQueue, attempts: number) {
  fn.addEnvironment(env.RETRY_QUEUE_URL, queue.queueUrl)
  fn.addEnvironment(env.RETRY_ATTEMPTS, String(attempts))
  grantPutOff(fn, queue)
}

/** Lets a function put off a message that it was called with. */
export function grantPutOff(fn: LambdaFunction, queue: IQueue) {
  fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:ChangeMessageVisibility'], resources: [queue.queueArn] }))
}
