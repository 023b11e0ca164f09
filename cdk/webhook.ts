import { Duration, Size } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { env } from '../functions/common/environment.ts'
import { letPutOff } from './deliver.ts'
import type { DownloadTable } from './download-table.ts'
import { type HandlerEnvironment, HandlerFunction } from './handler-function.ts'
import { NoticeQueue, subscribe } from './notice-queue.ts'
import type { NotificationTopic } from './notification-topic.ts'
import { grantValue } from './secret.ts'

export interface WebhookProps extends HandlerEnvironment {
  /** Encrypts the queue; by default with a key of SQS. */
  readonly encryptionKey?: IKey | undefined
  readonly url: string
  /** `whsec_` followed by the key in base64, as Standard Webhooks specifies. */
  readonly secret: ISecret
  readonly topic: NotificationTopic
  readonly table: DownloadTable
}

/** Attempts; the last one comes after two days, see `call-webhook`. */
const ATTEMPTS = 10

/** Calls the app with each outcome, signed, and retries until the app answers with success. */
export class Webhook extends Construct {
  readonly queue: NoticeQueue
  readonly function: HandlerFunction

  constructor(
    scope: Construct,
    id: string,
    { encryptionKey, url, secret, topic, table, ...environment }: WebhookProps,
  ) {
    super(scope, id)
    this.function = new HandlerFunction(this, 'CallWebhook', {
      ...environment,
      handler: 'call-webhook',
      description: 'Calls the app’s webhook when a download is ready or has failed',
      timeout: Duration.seconds(60),
      memory: Size.mebibytes(256),
    })
    this.function.addEnvironment(env.WEBHOOK_URL, url)
    this.function.addEnvironment(env.WEBHOOK_SECRET_ARN, secret.secretArn)
    grantValue(this.function, secret)
    table.grantClaim(this.function)
    this.queue = new NoticeQueue(this, 'Calls', { encryptionKey, consumer: this.function, attempts: ATTEMPTS })
    letPutOff(this.function, this.queue.queue, ATTEMPTS)
    subscribe(this.queue.queue, topic.topic)
  }
}
