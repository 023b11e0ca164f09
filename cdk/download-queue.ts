import { Duration, type RemovalPolicy } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import { deliver, grantPutOff } from './deliver.ts'

/** The longest that SQS keeps a message. */
const LONGEST_RETENTION = Duration.days(14)

/**
 * `start` hands the head message back while no slot is free, and each time counts as a receive that failed. So the
 * count only has to end before the retention does: what it counts out is dead-lettered, what expires would vanish.
 */
const MAX_RECEIVE_COUNT = 1000

export interface DownloadQueueProps {
  /** What the queues' names begin with. */
  readonly prefix: string
  /** How long one invocation of the consumer may take. */
  readonly consumerTimeout: Duration
  /** What becomes of the queues, and of the requests on them, when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy
}

/**
 * Where requests wait, in order, and where those lie that could never be started. The body deduplicates, and a
 * request's id is in it: the same click twice is one message.
 */
export class DownloadQueue extends Construct {
  readonly requests: Queue
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, { prefix, consumerTimeout, removalPolicy }: DownloadQueueProps) {
    super(scope, id)
    const longestWait = consumerTimeout.toSeconds() * MAX_RECEIVE_COUNT
    if (longestWait >= LONGEST_RETENTION.toSeconds()) {
      throw new Error(
        `A message may be received ${MAX_RECEIVE_COUNT} times, ${consumerTimeout.toHumanString()} each, but is kept ${LONGEST_RETENTION.toHumanString()} only: shorten the consumer’s timeout.`,
      )
    }
    const common = {
      fifo: true,
      contentBasedDeduplication: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: LONGEST_RETENTION,
      removalPolicy,
    }
    // A FIFO queue's dead-letter queue is FIFO; a message that arrives there is kept for 14 days from then.
    this.deadLetters = new Queue(this, 'DeadLetters', { queueName: `${prefix}-dead-letters.fifo`, ...common })
    this.requests = new Queue(this, 'Requests', {
      queueName: `${prefix}-requests.fifo`,
      ...common,
      // What Lambda asks for, so that a throttled batch is not delivered anew meanwhile.
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(consumerTimeout.toSeconds() * 6),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    })
  }

  /**
   * Delivers messages to a function, one at a time; what it reports as failed is delivered again. No maximum
   * concurrency is set: its least is 2, and one message group is never delivered twice at once anyway.
   */
  deliverTo(fn: LambdaFunction) {
    deliver(this.requests, fn, { reportBatchItemFailures: true })
    fn.addEnvironment(env.QUEUE_URL, this.requests.queueUrl)
    fn.addEnvironment(env.MAX_RECEIVES, String(MAX_RECEIVE_COUNT))
    grantPutOff(fn, this.requests)
    // Back to the queue, in the message group of all others.
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.requests.queueArn] }))
  }
}
