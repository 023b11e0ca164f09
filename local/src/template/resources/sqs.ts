/** AWS::SQS::Queue. */

import { z } from 'zod'
import { awsArn } from '../../arn.ts'
import type { Fauxqs } from '../../messaging/fauxqs.ts'
import { bool, number, type ResourceTypes, read, text } from '../resource.ts'

const Queue = z.object({
  QueueName: text.optional(),
  FifoQueue: bool.optional(),
  ContentBasedDeduplication: bool.optional(),
  DelaySeconds: number.optional(),
  MaximumMessageSize: number.optional(),
  MessageRetentionPeriod: number.optional(),
  ReceiveMessageWaitTimeSeconds: number.optional(),
  VisibilityTimeout: number.optional(),
  RedrivePolicy: z.object({ deadLetterTargetArn: text, maxReceiveCount: number }).optional(),
  RedriveAllowPolicy: z.record(z.string(), z.unknown()).optional(),
})

/**
 * @param own is called with each queue's ARN; services then need a policy to use the queue.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
 */
export function sqsTypes({ sqs }: Fauxqs, own: (arn: string) => void = () => undefined): ResourceTypes {
  return {
    'AWS::SQS::Queue': {
      make(making) {
        const { QueueName, ...properties } = read(Queue, making)
        const name = QueueName ?? `${making.generatedName}${properties.FifoQueue ? '.fifo' : ''}`
        const arn = awsArn('sqs', name, making.stack)
        const attributes = {
          ...(properties.FifoQueue ? FIFO_DEFAULTS : {}),
          ...Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, attributeOf(value)])),
        }
        const existing = sqs.getQueueByArn(arn)
        existing?.setAttributes(attributes)
        const queue = existing ?? sqs.createQueue(name, '', arn, attributes)
        own(arn)
        return { ref: queue.url, attributes: { Arn: arn, QueueName: name, QueueUrl: queue.url } }
      },
    },
  }
}

const FIFO_DEFAULTS = {
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
}

function attributeOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
