/** What the construct is given. docs/construct.md is made of these sentences. */
import type { Duration, RemovalPolicy } from 'aws-cdk-lib'
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { DatabaseProps } from './database.ts'
import type { Subscription } from './settings.ts'

export interface MailProps {
  /** The sender's address. SES must have verified it or its domain. */
  readonly from: string
  /**
   * The sender's name.
   * @default none: the address alone is shown
   */
  readonly fromName?: string
  /**
   * Of times in the mails, where a request names none, as `Asia/Tokyo`.
   * @default UTC in English, Asia/Tokyo in Japanese
   */
  readonly timeZone?: string
  /**
   * `create` makes an identity of the sender's domain in SES, with the records that verify it as outputs.
   * @default 'existing': SES has it already
   */
  readonly identity?: 'create' | 'existing'
}

export interface WebhookSettings {
  /** Begins with `https://`. */
  readonly url: string
  /** Holds `whsec_` and the key in base64. */
  readonly secret: ISecret
}

export interface CarryoutProps {
  /**
   * What the names of queue, functions and state machine begin with; unique in the account and region.
   * @default the stack's name, and the construct's place in the stack unless it is called Carryout
   */
  readonly name?: string
  /** The module that exports the catalogue, as a path from the app’s root (the folder with its `cdk.json`): `exports/index.ts`. */
  readonly catalogue: string
  /** The database that the exports query. */
  readonly database: DatabaseProps
  /**
   * The network from which `database.host`, S3 and Secrets Manager can be reached.
   * @default none: `database.clusterArn` is read through the RDS Data API
   */
  readonly vpc?: IVpc
  /**
   * Where in the network queries run.
   * @default the private subnets with a way out
   */
  readonly vpcSubnets?: SubnetSelection
  /**
   * What the database must let in.
   * @default a group of its own; see `connections`
   */
  readonly securityGroups?: ISecurityGroup[]
  /**
   * How many export queries the database sees at once, at most, replays included.
   * @default 1
   */
  readonly maxConcurrentQueries?: number
  /**
   * How many executions run at once before requests wait on the queue.
   * @default 1
   */
  readonly maxRunning?: number
  /**
   * How long one chunk may take.
   * @default as long as its function has
   */
  readonly chunkBudget?: Duration
  /**
   * How long files are kept; whole days.
   * @default Duration.days(7)
   */
  readonly fileRetention?: Duration
  /**
   * How long chunks and incomplete uploads of a failed execution are kept for its redrive; more than 14 days.
   * @default Duration.days(15)
   */
  readonly unfinishedRetention?: Duration
  /**
   * How long the link in the e-mail opens; no longer than files are kept.
   * @default as long as files are kept
   */
  readonly linkExpiry?: Duration
  /**
   * Who gets mail, and about what.
   * @default nobody; subscribe to `topic`
   */
  readonly subscriptions?: Subscription[]
  /**
   * Mails requesters by SES, to any address. The topic's mails then are for operators, and have no link.
   * @default none: only subscribers of the topic get mail
   */
  readonly mail?: MailProps
  /**
   * Calls the app when a download is ready or has failed, signed as Standard Webhooks says.
   * @default none
   */
  readonly webhook?: WebhookSettings
  /**
   * What mails lead to: `'url'` is a function URL of the stack, which at most ten open at once; `{ maxConcurrency }`
   * another limit, 0 none; `{ baseUrl }` the web app's own page, to whose end a slash and the request's id are put;
   * `'none'` nothing.
   * @default 'url'
   */
  readonly links?: 'url' | 'none' | { readonly baseUrl: string } | { readonly maxConcurrency: number }
  /**
   * Of the topic's mails.
   * @default 'en'
   */
  readonly operatorLanguage?: 'en' | 'ja'
  /**
   * Where operators open the console that your web app mounts: mails of failures then lead to the execution there.
   * @default none: they lead to the AWS console
   */
  readonly consoleUrl?: string
  /**
   * How long logs are kept.
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays
  /**
   * Where alarms are sent.
   * @default nowhere: they show in CloudWatch only
   */
  readonly alarmTopic?: ITopic
  /**
   * A queue of yours for requests. It must be FIFO, with content-based deduplication, a visibility timeout of 90 minutes and a
   * dead-letter queue after 1,000 receives; nothing else may receive from it.
   * @default one is made
   */
  readonly queue?: IQueue
  /**
   * The dead-letter queue of `queue`; for an imported one.
   * @default the one that the app gives to `queue`
   */
  readonly deadLetterQueue?: IQueue
  /**
   * A bucket of yours for files (`files/`) and chunks (`chunks/`). It must keep no versions. One that the app makes is given the
   * lifecycle rules; an imported one must have them: files expire after `fileRetention`, chunks and incomplete uploads after
   * `unfinishedRetention`.
   * @default one is made
   */
  readonly bucket?: IBucket
  /**
   * A standard topic of yours on which notices are published, and on which `subscriptions` are made.
   * @default one is made
   */
  readonly topic?: ITopic
  /**
   * A key of yours that encrypts the queues, the bucket, the topic and the table that are made. The policy of an imported key must
   * let SNS and EventBridge use it (`kms:Decrypt`, `kms:GenerateDataKey`); a key of the app gets these statements.
   * @default keys of the services
   */
  readonly encryptionKey?: IKey
  /**
   * A key of yours that encrypts the table of requests.
   * @default `encryptionKey`, or one that DynamoDB owns
   */
  readonly tableKey?: IKey
  /**
   * What becomes of the bucket and the files in it, of the table and the queues, when the stack is deleted.
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: they stay, unless it is the first deployment that fails
   */
  readonly removalPolicy?: RemovalPolicy
}
