import { Duration, Size } from 'aws-cdk-lib'
import { Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import type { DownloadMachine } from './download-machine.ts'
import type { DownloadTable } from './download-table.ts'
import { type HandlerEnvironment, HandlerFunction } from './handler-function.ts'
import type { Links } from './links.ts'
import { NoticeQueue } from './notice-queue.ts'
import type { NotificationTopic } from './notification-topic.ts'

export interface LastLineProps extends HandlerEnvironment {
  /** Encrypts the queue; by default with a key of SQS. */
  readonly encryptionKey?: IKey | undefined
  readonly machine: DownloadMachine
  readonly topic: NotificationTopic
  readonly table: DownloadTable
  readonly links: Links
}

/** How long the state machine has to announce its own failure. */
const GRACE = Duration.minutes(2)
const ATTEMPTS = 100

/**
 * The last line of defence: announces a failure that the state machine did not announce itself, for whatever reason.
 */
export class LastLine extends Construct {
  readonly queue: NoticeQueue
  readonly function: HandlerFunction

  constructor(
    scope: Construct,
    id: string,
    { encryptionKey, machine, topic, table, links, ...environment }: LastLineProps,
  ) {
    super(scope, id)
    this.function = new HandlerFunction(this, 'ConfirmNotice', {
      ...environment,
      handler: 'confirm-notice',
      description: 'Announces a failure that was not announced within two minutes',
      timeout: Duration.seconds(60),
      memory: Size.mebibytes(256),
    })
    this.function.addEnvironment(env.NAME, environment.prefix)
    topic.grantAnnounce(this.function)
    links.configureFailures(this.function)
    table.grantClaim(this.function)
    machine.grantDescribe(this.function)
    this.queue = new NoticeQueue(this, 'Ended', {
      encryptionKey,
      consumer: this.function,
      deliveryDelay: GRACE,
      attempts: ATTEMPTS,
    })
    new Rule(this, 'Failed', {
      description: 'An execution ended without success',
      eventPattern: machine.statusChange(['FAILED', 'TIMED_OUT', 'ABORTED']),
      targets: [new SqsQueue(this.queue.queue)],
    })
  }
}
