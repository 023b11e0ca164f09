/**
 * Checks the props that are constructs, or contain one, before the construct takes anything apart. The other props are
 * plain data, which cdk/settings.ts checks.
 */
import { RemovalPolicy } from 'aws-cdk-lib'
import { z } from 'zod'
import type { ClusterProps, ServerProps, TlsProps } from './database.ts'
import type { CarryoutProps, WebhookSettings } from './props.ts'

/**
 * @param kind the resource with its article
 * @param attribute the name of an attribute that every such construct has
 * @param example how an app gets one that exists already
 */
function resource(kind: string, attribute: string, example: string) {
  return z.custom(
    (value) => typeof value === 'object' && value !== null && typeof Reflect.get(value, attribute) === 'string',
    {
      error: ({ input }) =>
        input === undefined
          ? `is missing: set it to ${kind}, such as ${example}`
          : `must be ${kind}, not ${kindOf(input)}: pass the construct, such as ${example}`,
    },
  )
}

/** An object of these props; `forms` says what to give instead of anything else. */
function objectOf<Shape extends z.core.$ZodShape>(shape: Shape, forms: string) {
  const error: z.core.$ZodErrorMap = ({ input }) =>
    input === undefined ? `is missing: set it to ${forms}` : `must be ${forms}, not ${kindOf(input)}`
  return z.strictObject(shape, { error })
}

function listOf(item: z.ZodType, kind: string) {
  return z
    .array(item, { error: ({ input }) => `must be an array of ${kind}, not ${kindOf(input)}` })
    .min(1, `is empty: name at least one, or remove the setting`)
}

const secret = resource('a secret', 'secretArn', "Secret.fromSecretNameV2(this, 'Secret', 'shop/carryout')")
const key = resource('a KMS key', 'keyArn', "Key.fromKeyArn(this, 'Key', arn)").optional()
const topic = resource('a topic', 'topicArn', "Topic.fromTopicArn(this, 'Topic', arn)").optional()
const queue = resource(
  'a queue',
  'queueArn',
  "Queue.fromQueueAttributes(this, 'Requests', { queueArn, fifo: true })",
).optional()
const subnet = resource('a subnet', 'subnetId', "Subnet.fromSubnetId(this, 'Subnet', 'subnet-0a1b2c3d')")
const group = resource(
  'a security group',
  'securityGroupId',
  "SecurityGroup.fromSecurityGroupId(this, 'Group', 'sg-0a1b2c3d')",
)
/** Plain data, which is checked later. */
const plain = z.unknown().optional()

const Tls = z.strictObject({ ca: plain, caSecret: secret.optional(), serverName: plain } satisfies Shape<TlsProps>)
/** A `tls` that is not an object is a mode, which is plain data and checked later. */
const tls = plain.check(({ value, issues }) => {
  if (typeof value !== 'object' || value === null) return
  for (const each of Tls.safeParse(value).error?.issues ?? [])
    issues.push({ ...each, input: value } as z.core.$ZodRawIssue)
})

const database = {
  host: plain,
  port: plain,
  clusterArn: plain,
  engine: plain,
  name: plain,
  timeZone: plain,
  tls,
  secret: secret.optional(),
  auth: plain,
  user: plain,
  resourceId: plain,
} satisfies Shape<ServerProps & ClusterProps>

const webhook = { url: plain, secret } satisfies Shape<WebhookSettings>

const vpcSubnets = z
  .looseObject(
    { subnets: listOf(subnet, 'subnets').optional() },
    { error: ({ input }) => `must be an object such as { subnetGroupName: 'Private' }, not ${kindOf(input)}` },
  )
  .optional()

type Shape<Props> = Record<keyof Props, z.ZodType>

/** All props of the construct. */
export const ResourceProps = z.strictObject({
  name: plain,
  catalogue: z.custom(
    (value) => value !== undefined,
    "is missing: set it to the path of the module that exports the catalogue, such as 'exports/index.ts'",
  ),
  database: objectOf(
    database,
    '{ host, name, secret } for a server, or { clusterArn, name, secret } for an Aurora cluster',
  ),
  vpc: resource('a VPC', 'vpcId', "Vpc.fromLookup(this, 'Vpc', { vpcId: 'vpc-0a1b2c3d' })").optional(),
  vpcSubnets,
  securityGroups: listOf(group, 'security groups').optional(),
  maxConcurrentQueries: plain,
  maxRunning: plain,
  chunkBudget: plain,
  fileRetention: plain,
  unfinishedRetention: plain,
  linkExpiry: plain,
  subscriptions: plain,
  mail: plain,
  webhook: objectOf(webhook, "{ url: 'https://…', secret }").optional(),
  links: plain,
  operatorLanguage: plain,
  consoleUrl: plain,
  logRetention: z.number('must be a number of days, such as RetentionDays.THREE_MONTHS').optional(),
  alarmTopic: topic,
  queue,
  deadLetterQueue: queue,
  bucket: resource('a bucket', 'bucketArn', "Bucket.fromBucketName(this, 'Bucket', 'downloads')").optional(),
  topic,
  encryptionKey: key,
  tableKey: key,
  removalPolicy: z.enum(RemovalPolicy, 'must be a RemovalPolicy, such as RemovalPolicy.DESTROY').optional(),
} satisfies Shape<CarryoutProps>)

/** Says what was given without repeating it, since it may be a password. */
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object of another kind' : `a ${typeof value}`
}
