/**
 * A stack whose app notifies its users itself, with a webhook, a rule on the event bus, and links to its own pages. It also passes
 * in every resource that the construct accepts, encrypted with its own key.
 */
import { createRequire } from 'node:module'
import { App, CfnOutput, Duration, SecretValue, Stack } from 'aws-cdk-lib'
import { Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { Key } from 'aws-cdk-lib/aws-kms'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Carryout } from '../../cdk/carryout.ts'

const flags = createRequire(import.meta.url)('aws-cdk-lib/recommended-feature-flags.json') as Record<string, unknown>
const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/carryout-AbC123'

export interface AppPlace {
  webhook: { url: string; secret: string }
  /** Address of the app's pages; a slash and the request's id are appended. */
  baseUrl: string
  /** Whether requesters get mails without a link, instead of links to the app's pages. */
  mailsWithoutLink?: boolean
}

/** Writes the stack's cloud assembly, with bundled functions, into the directory. */
export function synthesizeAppStack(outdir: string, { webhook, baseUrl, mailsWithoutLink = false }: AppPlace) {
  const app = new App({ context: flags, outdir, analyticsReporting: false, builtinCloudFormationValidation: false })
  const stack = new Stack(app, 'Carryout', { env: { region: 'us-east-1' } })
  const secret = new Secret(stack, 'WebhookSecret', {
    secretStringValue: SecretValue.unsafePlainText(webhook.secret),
  })
  new Carryout(stack, 'Carryout', {
    catalogue: 'test/support/scheduled-exports.ts',
    database: {
      clusterArn: 'arn:aws:rds:us-east-1:111122223333:cluster:shop',
      name: 'shop',
      secret: Secret.fromSecretCompleteArn(stack, 'Database', SECRET_ARN),
    },
    subscriptions: [{ email: 'operator@example.com' }],
    ...ownParts(stack),
    webhook: { url: webhook.url, secret },
    ...(mailsWithoutLink
      ? { links: 'none', mail: { from: 'downloads@example.com', identity: 'create' } }
      : { links: { baseUrl } }),
  })
  const events = new Queue(stack, 'Events')
  new Rule(stack, 'Downloads', {
    eventPattern: { source: ['carryout'], detailType: ['carryout.download'] },
    targets: [new SqsQueue(events)],
  })
  new CfnOutput(stack, 'EventsUrl', { value: events.queueUrl })
  app.synth()
}

function ownParts(stack: Stack) {
  const key = new Key(stack, 'Key', { enableKeyRotation: true })
  const common = { fifo: true, encryption: QueueEncryption.KMS, encryptionMasterKey: key, enforceSSL: true }
  return {
    encryptionKey: key,
    queue: new Queue(stack, 'Requests', {
      ...common,
      queueName: 'shop-requests.fifo',
      contentBasedDeduplication: true,
      visibilityTimeout: Duration.minutes(90),
      deadLetterQueue: { queue: new Queue(stack, 'DeadLetters', common), maxReceiveCount: 1_000 },
    }),
    bucket: new Bucket(stack, 'Files', {
      bucketName: 'shop-files',
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      enforceSSL: true,
    }),
    topic: new Topic(stack, 'Notices', { topicName: 'shop-notices', masterKey: key, enforceSSL: true }),
    alarmTopic: new Topic(stack, 'Alarms', { topicName: 'shop-alarms', masterKey: key, enforceSSL: true }),
  }
}
