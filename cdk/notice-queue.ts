import { Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { deliver } from './deliver.ts'

export interface NoticeQueueProps {
  /** How long a message waits before it is delivered. @default not at all */
  readonly deliveryDelay?: Duration
  /** A key of the app's. @default a key of SQS */
  readonly encryptionKey?: IKey | undefined
  /** How often a message is tried before it moves to the dead-letter queue. */
  readonly attempts: number
  /** The function that handles one message at a time. */
  readonly consumer: LambdaFunction
}

/**
 * A queue in front of a function that notifies somebody. What cannot be sent now is sent later, and what cannot be sent
 * at all is kept for an operator.
 */
export class NoticeQueue extends Construct {
  readonly queue: Queue
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, { deliveryDelay, attempts, consumer, encryptionKey }: NoticeQueueProps) {
    super(scope, id)
    const common = {
      encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: encryptionKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    }
    this.deadLetters = new Queue(this, 'DeadLetters', common)
    this.queue = new Queue(this, 'Queue', {
      ...common,
      deliveryDelay,
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(consumer.timeout!.toSeconds() * 6),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: attempts },
    })
    deliver(this.queue, consumer, { maxConcurrency: 2 })
  }
}

/**
 * Delivers a topic's notices to a queue. `SqsSubscription` would name the topic in the policy of the queue's key; if
 * the same key encrypts the topic, that would be a circular dependency. So the key's policy names the account.
 */
export function subscribe(queue: Queue, topic: ITopic): void {
  const key = queue.encryptionMasterKey
  const plain = Object.create(queue, { encryptionMasterKey: { value: undefined } }) as Queue
  topic.addSubscription(new SqsSubscription(plain, { rawMessageDelivery: true }))
  key?.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('sns.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(queue).account } },
    }),
  )
}
