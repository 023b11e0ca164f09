import { Duration, type RemovalPolicy } from 'aws-cdk-lib'
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import { deadLettersOf, receivesOf } from './brought.ts'
import { deliver, grantPutOff } from './deliver.ts'
import { grantEncrypt } from './encryption.ts'
import { MAX_RECEIVE_COUNT, VISIBILITY_SECONDS } from './receiving.ts'

/** The longest that SQS keeps a message. */
const LONGEST_RETENTION = Duration.days(14)

export interface DownloadQueueProps {
  /** What the queues' names begin with. */
  readonly prefix: string
  /** How long one invocation of the consumer may take. */
  readonly consumerTimeout: Duration
  /** The app's own, in place of new ones. */
  readonly brought?: { readonly queue: IQueue; readonly deadLetterQueue: IQueue | undefined } | undefined
  /** Encrypts new ones; by default SQS has a key. */
  readonly encryptionKey?: IKey | undefined
  /** What becomes of the queues, and of the requests on them, when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy
}

/**
 * Where requests wait, in order, and where those lie that could never be started. The body deduplicates, and a
 * request's id is in it: the same click twice is one message.
 */
export class DownloadQueue extends Construct {
  readonly requests: IQueue
  readonly deadLetters: IQueue
  readonly #receives: number

  constructor(scope: Construct, id: string, props: DownloadQueueProps) {
    super(scope, id)
    const { prefix, consumerTimeout, brought, encryptionKey, removalPolicy } = props
    if (brought) {
      this.requests = brought.queue
      this.deadLetters = brought.deadLetterQueue ?? deadLettersOf(brought.queue)!.queue
      this.#receives = receivesOf(brought.queue)
      return
    }
    this.#receives = MAX_RECEIVE_COUNT
    const longestWait = consumerTimeout.toSeconds() * MAX_RECEIVE_COUNT
    if (longestWait >= LONGEST_RETENTION.toSeconds()) {
      throw new Error(
        `A message may be received ${MAX_RECEIVE_COUNT} times, ${consumerTimeout.toHumanString()} each, but is kept ${LONGEST_RETENTION.toHumanString()} only: shorten the consumer’s timeout.`,
      )
    }
    const common = {
      fifo: true,
      contentBasedDeduplication: true,
      encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: encryptionKey,
      enforceSSL: true,
      retentionPeriod: LONGEST_RETENTION,
      removalPolicy,
    }
    // A FIFO queue's dead-letter queue is FIFO; a message that arrives there is kept for 14 days from then.
    this.deadLetters = new Queue(this, 'DeadLetters', { queueName: `${prefix}-dead-letters.fifo`, ...common })
    this.requests = new Queue(this, 'Requests', {
      queueName: `${prefix}-requests.fifo`,
      ...common,
      visibilityTimeout: Duration.seconds(VISIBILITY_SECONDS),
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
    fn.addEnvironment(env.MAX_RECEIVES, String(this.#receives))
    grantPutOff(fn, this.requests)
    // Back to the queue, in the message group of all others.
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.requests.queueArn] }))
    grantEncrypt(this.requests.encryptionMasterKey, fn)
  }

  /** Lets a function have the database asked in an outage. */
  grantSendOutage(fn: LambdaFunction) {
    fn.addEnvironment(env.QUEUE_URL, this.requests.queueUrl)
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.requests.queueArn] }))
    grantEncrypt(this.requests.encryptionMasterKey, fn)
  }

  /** Lets a web app send requests. Not `queue.grantSendMessages`, which would allow more of a key than sending takes. */
  grantSend(webApp: IGrantable): Grant {
    const grant = Grant.addToPrincipalOrResource({
      grantee: webApp,
      actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
      resourceArns: [this.requests.queueArn],
      resource: this.requests,
    })
    const key = grantEncrypt(this.requests.encryptionMasterKey, webApp)
    return key ? grant.combine(key) : grant
  }
}
