import { CfnParameter, Duration, Lazy } from 'aws-cdk-lib'
import { Carryout } from '../../cdk/carryout.ts'
import type { CarryoutProps } from '../../cdk/props.ts'
import { givenStack } from './support.ts'

/** Everything that is said about sound props with these changes. */
function refusalOf(changes: Record<string, unknown>): string[] {
  const { stack, props } = givenStack()
  return sentencesOf(() => new Carryout(stack, 'Carryout', { ...props, ...changes } as CarryoutProps))
}

function sentencesOf(construct: () => unknown): string[] {
  try {
    construct()
  } catch (error) {
    const [first, ...sentences] = (error as Error).message.split('\n')
    expect(first).toBe('Shop/Carryout cannot be deployed:')
    return sentences.map((sentence) => sentence.trim())
  }
  throw new Error('It was accepted.')
}

const DATABASE = '{ host, name, secret } for a server, or { clusterArn, name, secret } for an Aurora cluster'
const SECRET = "Secret.fromSecretNameV2(this, 'Secret', 'shop/carryout')"
const arn = 'arn:aws:sns:eu-west-1:111122223333:shop'
const token = Lazy.number({ produce: () => 2 })

test.each<[string, Record<string, unknown>, string]>([
  [
    'a webhook without a secret',
    { webhook: { url: 'https://shop.example.com' } },
    `webhook.secret is missing: set it to a secret, such as ${SECRET}.`,
  ],
  [
    'a URL for a webhook',
    { webhook: 'https://shop.example.com' },
    "webhook must be { url: 'https://…', secret }, not a string.",
  ],
  ['no database', { database: undefined }, `database is missing: set it to ${DATABASE}.`],
  ['null for a database', { database: null }, `database must be ${DATABASE}, not null.`],
  ['a list for a database', { database: [] }, `database must be ${DATABASE}, not an array.`],
  ['a URL for a database', { database: 'mysql://shop' }, `database must be ${DATABASE}, not a string.`],
  [
    'an ARN for the database’s secret',
    { database: { host: 'db.example.com', name: 'shop', secret: arn } },
    `database.secret must be a secret, not a string: pass the construct, such as ${SECRET}.`,
  ],
  [
    'an ARN where the secret’s construct belongs',
    { database: { host: 'db.example.com', name: 'shop', secretArn: arn } },
    'database.secretArn is not known; did you mean secret?',
  ],
  [
    'an ARN for the authority’s secret',
    { database: { host: 'db.example.com', name: 'shop', tls: { caSecret: arn } } },
    `database.tls.caSecret must be a secret, not a string: pass the construct, such as ${SECRET}.`,
  ],
  [
    'a mode that TLS does not have',
    { database: { host: 'db.example.com', name: 'shop', tls: 'preferred' } },
    'database.tls must be one of "required", "off".',
  ],
  [
    'an ARN for a queue',
    { queue: arn },
    "queue must be a queue, not a string: pass the construct, such as Queue.fromQueueAttributes(this, 'Requests', { queueArn, fifo: true }).",
  ],
  [
    'null for a queue',
    { queue: null },
    "queue must be a queue, not null: pass the construct, such as Queue.fromQueueAttributes(this, 'Requests', { queueArn, fifo: true }).",
  ],
  [
    'a topic for a bucket',
    { bucket: { topicArn: arn } },
    "bucket must be a bucket, not an object of another kind: pass the construct, such as Bucket.fromBucketName(this, 'Bucket', 'downloads').",
  ],
  [
    'an ID for a VPC',
    { vpc: 'vpc-1' },
    "vpc must be a VPC, not a string: pass the construct, such as Vpc.fromLookup(this, 'Vpc', { vpcId: 'vpc-0a1b2c3d' }).",
  ],
  [
    'an ARN for a key',
    { encryptionKey: arn },
    "encryptionKey must be a KMS key, not a string: pass the construct, such as Key.fromKeyArn(this, 'Key', arn).",
  ],
  [
    'an ARN for the topic of alarms',
    { alarmTopic: arn },
    "alarmTopic must be a topic, not a string: pass the construct, such as Topic.fromTopicArn(this, 'Topic', arn).",
  ],
  [
    'no subnet',
    { vpcSubnets: { subnets: [] } },
    'vpcSubnets.subnets is empty: name at least one, or remove the setting.',
  ],
  ['no security group', { securityGroups: [] }, 'securityGroups is empty: name at least one, or remove the setting.'],
  [
    'a policy that does not exist',
    { removalPolicy: 'delete' },
    'removalPolicy must be a RemovalPolicy, such as RemovalPolicy.DESTROY.',
  ],
  ['a typo', { alarmTopics: arn }, 'alarmTopics is not known; did you mean alarmTopic?'],
  [
    'a token for a number',
    { maxConcurrentQueries: token },
    'maxConcurrentQueries is a token, but its value is needed at synthesis: set it to a plain number, such as 1.',
  ],
  [
    'a token for a time',
    { fileRetention: Duration.days(token) },
    'fileRetention is a token, but its value is needed at synthesis: set it to a plain number of units, such as Duration.days(7).',
  ],
])('%s is refused with one sentence', (_, changes, sentence) => {
  expect(refusalOf(changes)).toEqual([sentence])
})

test('a parameter for a name is refused with one sentence', () => {
  const { stack, props } = givenStack()
  const name = new CfnParameter(stack, 'Name').valueAsString
  expect(sentencesOf(() => new Carryout(stack, 'Carryout', { ...props, name }))).toEqual([
    'name is a token, but its value is needed at synthesis: set it to plain text.',
  ])
})

test.each([[{}], [undefined], [null]])(
  'the props %j are refused with a sentence for each prop that must be set',
  (props) => {
    const { stack } = givenStack()
    expect(sentencesOf(() => new Carryout(stack, 'Carryout', props as unknown as CarryoutProps))).toEqual([
      "catalogue is missing: set it to the path of the module that exports the catalogue, such as 'exports/index.ts'.",
      `database is missing: set it to ${DATABASE}.`,
    ])
  },
)
