/** The construct's props. docs/construct.md is generated from these sentences. */
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
   * The time zone of times in the e-mails if the request names none, such as `Asia/Tokyo`.
   * @default UTC in English, Asia/Tokyo in Japanese
   */
  readonly timeZone?: string
  /**
   * `create` creates an identity of the sender's domain in SES, and outputs the DNS records that verify it.
   * @default 'existing': SES already has the identity
   */
  readonly identity?: 'create' | 'existing'
}

export interface WebhookSettings {
  /** The webhook's address, which must begin with `https://`. */
  readonly url: string
  /** A secret that holds `whsec_` followed by the key in base64. */
  readonly secret: ISecret
}

export interface CarryoutProps {
  /**
   * The prefix of the names of queue, functions and state machine; it must be unique in the account and region.
   * @default the stack's name, followed by the construct's place in the stack unless its id is Carryout
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
   * The subnets in which queries run.
   * @default the private subnets with egress
   */
  readonly vpcSubnets?: SubnetSelection
  /**
   * The security groups that queries come from; the database must allow them.
   * @default a new security group; see `connections`
   */
  readonly securityGroups?: ISecurityGroup[]
  /**
   * The maximum number of export queries that run on the database at once, replays included.
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
   * @default as long as its function may run
   */
  readonly chunkBudget?: Duration
  /**
   * How long files are kept, in whole days.
   * @default Duration.days(7)
   */
  readonly fileRetention?: Duration
  /**
   * How long chunks and incomplete uploads of a failed execution are kept for its redrive. It must be more than 14 days.
   * @default Duration.days(15)
   */
  readonly unfinishedRetention?: Duration
  /**
   * How long the link in the e-mail works. It cannot be longer than files are kept.
   * @default as long as files are kept
   */
  readonly linkExpiry?: Duration
  /**
   * Who gets e-mail from the topic, and about what.
   * @default nobody; subscribe to `topic`
   */
  readonly subscriptions?: Subscription[]
  /**
   * Sends e-mail to requesters through SES, at any address. The topic's e-mails are then for operators, and have no link.
   * @default none: only subscribers of the topic get e-mail
   */
  readonly mail?: MailProps
  /**
   * Calls the app when a download is ready or has failed, signed according to Standard Webhooks.
   * @default none
   */
  readonly webhook?: WebhookSettings
  /**
   * Where the links in e-mails lead. `'url'`: to a function URL of the stack, which opens at most ten links at once;
   * `{ maxConcurrency }`: the same with another limit, 0 for none; `{ baseUrl }`: to the web app's own page, at this URL
   * followed by a slash and the request's id; `'none'`: e-mails have no link.
   * @default 'url'
   */
  readonly links?: 'url' | 'none' | { readonly baseUrl: string } | { readonly maxConcurrency: number }
  /**
   * The language of the topic's e-mails.
   * @default 'en'
   */
  readonly operatorLanguage?: 'en' | 'ja'
  /**
   * Where operators open the console that your web app mounts. Failure e-mails then link to the execution there.
   * @default none: they link to the AWS console
   */
  readonly consoleUrl?: string
  /**
   * How long logs are kept.
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays
  /**
   * Where alarms are sent.
   * @default nowhere: alarms appear only in CloudWatch
   */
  readonly alarmTopic?: ITopic
  /**
   * Your own queue for requests. It must be FIFO, with content-based deduplication, a visibility timeout of 90 minutes and a
   * dead-letter queue after 1,000 receives. Nothing else may receive from it.
   * @default a new queue
   */
  readonly queue?: IQueue
  /**
   * The dead-letter queue of `queue`. It is required if `queue` is imported.
   * @default the dead-letter queue that the app sets on `queue`
   */
  readonly deadLetterQueue?: IQueue
  /**
   * Your own bucket for files (`files/`) and chunks (`chunks/`). It must not keep versions. A bucket of the same app gets the
   * lifecycle rules. An imported bucket must have them already: files expire after `fileRetention`, chunks and incomplete uploads
   * after `unfinishedRetention`.
   * @default a new bucket
   */
  readonly bucket?: IBucket
  /**
   * Your own standard topic, to which notices are published and `subscriptions` are added.
   * @default a new topic
   */
  readonly topic?: ITopic
  /**
   * Your own key, which encrypts the queues, the bucket, the topic and the table that the construct creates. The policy of an
   * imported key must let SNS and EventBridge use it (`kms:Decrypt`, `kms:GenerateDataKey`). A key of the same app gets these
   * statements.
   * @default the keys of the AWS services
   */
  readonly encryptionKey?: IKey
  /**
   * Your own key, which encrypts the table of requests.
   * @default `encryptionKey`, or a key that DynamoDB owns
   */
  readonly tableKey?: IKey
  /**
   * What happens to the bucket with its files, the table and the queues when the stack is deleted.
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: they are kept, unless the first deployment fails
   */
  readonly removalPolicy?: RemovalPolicy
}
