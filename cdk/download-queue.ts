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

/** The longest retention that SQS allows. */
const LONGEST_RETENTION = Duration.days(14)

export interface DownloadQueueProps {
  /** The prefix of the queues' names. */
  readonly prefix: string
  /** How long one invocation of the consumer may take. */
  readonly consumerTimeout: Duration
  /** The app's own queues, to be used instead of new ones. */
  readonly brought?: { readonly queue: IQueue; readonly deadLetterQueue: IQueue | undefined } | undefined
  /** Encrypts new queues; by default with a key of SQS. */
  readonly encryptionKey?: IKey | undefined
  /** What happens to the queues and their requests when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy
}

/**
 * The queue of requests in order, and the dead-letter queue for requests that could never be started. Messages are
 * deduplicated by body, which contains the request's id, so a double click is one message.
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
        `A message may be received ${MAX_RECEIVE_COUNT} times, ${consumerTimeout.toHumanString()} each, but is kept for only ${LONGEST_RETENTION.toHumanString()}: shorten the consumer’s timeout.`,
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
    // A FIFO queue's dead-letter queue is FIFO. It keeps a message for 14 days after its arrival.
    this.deadLetters = new Queue(this, 'DeadLetters', { queueName: `${prefix}-dead-letters.fifo`, ...common })
    this.requests = new Queue(this, 'Requests', {
      queueName: `${prefix}-requests.fifo`,
      ...common,
      visibilityTimeout: Duration.seconds(VISIBILITY_SECONDS),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    })
  }

  /**
   * Delivers messages to a function, one at a time. Messages that it reports as failed are delivered again. There is no
   * maximum concurrency: its minimum is 2, and one message group is never delivered twice at once anyway.
   */
  deliverTo(fn: LambdaFunction) {
    deliver(this.requests, fn, { reportBatchItemFailures: true })
    fn.addEnvironment(env.QUEUE_URL, this.requests.queueUrl)
    fn.addEnvironment(env.MAX_RECEIVES, String(this.#receives))
    grantPutOff(fn, this.requests)
    // The function also sends messages back to the queue, in the common message group.
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.requests.queueArn] }))
    grantEncrypt(this.requests.encryptionMasterKey, fn)
  }

  /** Allows a function to start the checks of the database in an outage. */
  grantSendOutage(fn: LambdaFunction) {
    fn.addEnvironment(env.QUEUE_URL, this.requests.queueUrl)
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.requests.queueArn] }))
    grantEncrypt(this.requests.encryptionMasterKey, fn)
  }

  /**
   * Allows a web app to send requests. `queue.grantSendMessages` would allow more actions on a key than sending needs.
   */
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
