/** Resources and keys that an app passes in. The stacks share an app, because each synthesis takes seconds. */
import { CfnParameter, Duration, RemovalPolicies, RemovalPolicy, type Stack, Tags, Validations } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks } from 'cdk-nag'
import { problemsOfBrought } from '../../cdk/brought.ts'
import { Carryout } from '../../cdk/carryout.ts'
import type { CarryoutProps } from '../../cdk/props.ts'
import { givenApp, givenStack, type Resource, readable, resources, synthesized } from './support.ts'

const app = givenApp()
const MADE = givenStack(app, 'Made')
const made = partsMadeIn(MADE.stack)
const withMade = new Carryout(MADE.stack, 'Carryout', { ...MADE.props, ...made })
withMade.grantRequest(new Role(MADE.stack, 'WebApp', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }))
Tags.of(withMade).add('team', 'shop')

const IMPORTED = givenStack(app, 'Imported')
new Carryout(IMPORTED.stack, 'Carryout', { ...IMPORTED.props, ...partsImportedInto(IMPORTED.stack) })

const ENCRYPTED = givenStack(app, 'Encrypted')
const key = new Key(ENCRYPTED.stack, 'Key', { enableKeyRotation: true })
new Carryout(ENCRYPTED.stack, 'Carryout', {
  ...ENCRYPTED.props,
  encryptionKey: key,
  mail: { from: 'downloads@example.com' },
})
RemovalPolicies.of(ENCRYPTED.stack).destroy({ applyToResourceTypes: ['AWS::S3::Bucket'] })

function partsMadeIn(stack: Stack) {
  const key = new Key(stack, 'Key', { enableKeyRotation: true })
  const common = { encryption: QueueEncryption.KMS, encryptionMasterKey: key, enforceSSL: true }
  const deadLetters = new Queue(stack, 'DeadLetters', { fifo: true, ...common })
  return {
    queue: new Queue(stack, 'Requests', {
      fifo: true,
      ...common,
      contentBasedDeduplication: true,
      visibilityTimeout: Duration.minutes(90),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 500 },
    }),
    bucket: new Bucket(stack, 'Files', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      enforceSSL: true,
      serverAccessLogsPrefix: 'log/',
    }),
    topic: new Topic(stack, 'Notices', { masterKey: key, enforceSSL: true }),
  }
}

function partsImportedInto(stack: Stack) {
  const arn = (service: string, name: string) => `arn:aws:${service}:eu-west-1:111122223333:${name}`
  return {
    queue: Queue.fromQueueArn(stack, 'Requests', arn('sqs', 'requests.fifo')),
    deadLetterQueue: Queue.fromQueueArn(stack, 'DeadLetters', arn('sqs', 'dead.fifo')),
    bucket: Bucket.fromBucketName(stack, 'Files', 'shop-files'),
    topic: Topic.fromTopicArn(stack, 'Notices', arn('sns', 'notices')),
  }
}

function ofType(template: Template, type: string): [string, Resource][] {
  return Object.entries(resources(template)).filter(([, { Type }]) => Type === type)
}

/** Permissions of a function's role on keys. */
function keyActions(template: Template, handler: string): unknown {
  const policies = ofType(template, 'AWS::IAM::Policy').filter(([id]) => id.startsWith(`Carryout${handler}`))
  const statements = policies.flatMap(
    ([, { Properties }]) => (Properties.PolicyDocument as { Statement: { Action: string | string[] }[] }).Statement,
  )
  const actions = statements.flatMap(({ Action }) => Action).filter((action) => action.startsWith('kms:'))
  return [...new Set(actions)].sort()
}

test('every rule of cdk-nag is satisfied, whichever parts are passed in', () => {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  let problems = ''
  try {
    app.synth()
  } catch (error) {
    problems = (error as Error).message
  }
  expect(problems).toBe('')
})

test('parts that the app creates are used, and the bucket gets the lifecycle rules', () => {
  const template = Template.fromStack(MADE.stack)
  const [, bucket] = ofType(template, 'AWS::S3::Bucket')[0]!
  expect(ofType(template, 'AWS::S3::Bucket')).toHaveLength(1)
  expect(ofType(template, 'AWS::SNS::Topic')).toHaveLength(1)
  expect(ofType(template, 'AWS::SQS::Queue').map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
    'DeadLetters',
    'Requests',
    'CarryoutLastLineEndedDeadLetters',
    'CarryoutLastLineEndedQueue',
  ])
  const { Rules } = bucket.Properties.LifecycleConfiguration as { Rules: { Id: string }[] }
  expect(Rules.map(({ Id }) => Id)).toEqual(['files', 'chunks', 'incomplete-uploads'])
  const { Outputs } = template.toJSON() as { Outputs: Record<string, { Value: unknown }> }
  expect(readable(Outputs.CarryoutDeadLetterQueueUrl!.Value)).toBe('<DeadLetters>')
})

test('the users of passed-in parts may use their keys', () => {
  const template = Template.fromStack(MADE.stack)
  expect(keyActions(template, 'Start')).toEqual(['kms:Decrypt', 'kms:GenerateDataKey'])
  expect(keyActions(template, 'ExportChunk')).toEqual(['kms:Decrypt', 'kms:GenerateDataKey'])
  expect(keyActions(template, 'Notify')).toEqual(['kms:Decrypt', 'kms:GenerateDataKey'])
  expect(keyActions(template, 'LinksOpen')).toEqual(['kms:Decrypt'])
  expect(keyActions(template, 'Halt')).toEqual([])
})

test('a tag on the construct is on everything that it created, and on nothing that was passed in', () => {
  const template = Template.fromStack(MADE.stack)
  const tagged = (id: RegExp, type: string) =>
    ofType(template, type)
      .filter(([name]) => id.test(name))
      .map(([, { Properties }]) => JSON.stringify(Properties.Tags ?? []).includes('"team"'))
  expect(new Set(tagged(/^Carryout/, 'AWS::Lambda::Function'))).toEqual(new Set([true]))
  expect(tagged(/^Carryout/, 'AWS::StepFunctions::StateMachine')).toEqual([true])
  expect(tagged(/^Requests/, 'AWS::SQS::Queue')).toEqual([false])
})

test('a request is given up after as many receives as its queue allows', () => {
  const allowedIn = (stack: Stack) =>
    JSON.stringify(resources(Template.fromStack(stack))).match(/(?<="CARRYOUT_MAX_RECEIVES":")\d+/g)
  expect(allowedIn(MADE.stack)).toEqual(['500'])
  expect(allowedIn(IMPORTED.stack)).toEqual(['1000'])
})

test('imported parts are used without being changed', () => {
  const template = Template.fromStack(IMPORTED.stack)
  expect(ofType(template, 'AWS::S3::Bucket')).toEqual([])
  const { Outputs } = template.toJSON() as { Outputs: Record<string, { Value: unknown }> }
  expect(readable(Outputs.CarryoutBucketName!.Value)).toBe('shop-files')
  expect(Outputs.CarryoutTopicArn!.Value).toBe('arn:aws:sns:eu-west-1:111122223333:notices')
})

test('a key encrypts queues, bucket, topic and table, and allows the services that write to the queues', () => {
  const template = Template.fromStack(ENCRYPTED.stack)
  const arn = { 'Fn::GetAtt': [ofType(template, 'AWS::KMS::Key')[0]![0], 'Arn'] }
  for (const [, { Properties }] of ofType(template, 'AWS::SQS::Queue'))
    expect(Properties).toMatchObject({ KmsMasterKeyId: arn })
  expect(ofType(template, 'AWS::SNS::Topic')[0]![1].Properties).toMatchObject({ KmsMasterKeyId: arn })
  expect(ofType(template, 'AWS::DynamoDB::Table')[0]![1].Properties).toMatchObject({
    SSESpecification: { KMSMasterKeyId: arn },
  })
  expect(JSON.stringify(ofType(template, 'AWS::S3::Bucket')[0]![1].Properties.BucketEncryption)).toContain('aws:kms')
  const policy = JSON.stringify(ofType(template, 'AWS::KMS::Key')[0]![1].Properties.KeyPolicy)
  expect(policy).toContain('"sns.amazonaws.com"')
  expect(policy).toContain('"events.amazonaws.com"')
})

test('the app’s removal policy applies to all parts', () => {
  expect(ofType(Template.fromStack(ENCRYPTED.stack), 'AWS::S3::Bucket')[0]![1].DeletionPolicy).toBe('Delete')
})

describe('an unsuitable part is refused:', () => {
  const refused = (parts: (stack: Stack) => Partial<CarryoutProps>) => () => {
    const { stack, props } = givenStack()
    new Carryout(stack, 'Carryout', { ...props, ...parts(stack) })
  }

  test('but not a queue that is received a hundred times, with a visibility timeout that only CloudFormation knows', () => {
    const { stack } = givenStack()
    const seconds = new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber
    const problems = (maxReceiveCount: number) =>
      problemsOfBrought({
        queue: new Queue(stack, `Q${maxReceiveCount}`, {
          fifo: true,
          contentBasedDeduplication: true,
          visibilityTimeout: Duration.seconds(seconds),
          deadLetterQueue: { queue: new Queue(stack, `D${maxReceiveCount}`, { fifo: true }), maxReceiveCount },
        }),
      })
    expect(problems(100)).toEqual([])
    expect(problems(99)).toMatchObject([{ message: expect.stringMatching(/^has a maxReceiveCount of 99/) }])
  })

  test.each<[string, (stack: Stack) => Partial<CarryoutProps>, string]>([
    ['a standard queue', (stack) => ({ queue: new Queue(stack, 'Q') }), 'queue must be a FIFO queue'],
    [
      'a queue that lets a request in twice',
      (stack) => ({ queue: new Queue(stack, 'Q', { fifo: true }) }),
      'queue must have contentBasedDeduplication: true',
    ],
    [
      'a queue whose messages come back too early',
      (stack) => ({ queue: new Queue(stack, 'Q', { fifo: true }) }),
      'queue must have a visibilityTimeout of 90 minutes or more',
    ],
    [
      'a queue without a dead-letter queue',
      (stack) => ({ queue: new Queue(stack, 'Q', { fifo: true }) }),
      'queue has no deadLetterQueue',
    ],
    [
      'a queue that gives up within a day',
      (stack) => ({
        queue: new Queue(stack, 'Q', {
          fifo: true,
          deadLetterQueue: { queue: new Queue(stack, 'D', { fifo: true }), maxReceiveCount: 3 },
        }),
      }),
      'queue has a maxReceiveCount of 3',
    ],
    [
      'an imported queue whose dead-letter queue is not named',
      (stack) => ({ queue: Queue.fromQueueArn(stack, 'Q', 'arn:aws:sqs:eu-west-1:111122223333:q.fifo') }),
      'queue is imported, so its dead-letter queue is not known',
    ],
    [
      'a dead-letter queue alone',
      (stack) => ({ deadLetterQueue: new Queue(stack, 'D', { fifo: true }) }),
      'deadLetterQueue belongs to a queue of yours',
    ],
    [
      'a bucket that keeps versions',
      (stack) => ({ bucket: new Bucket(stack, 'B', { versioned: true }) }),
      'bucket keeps versions',
    ],
    ['a FIFO topic', (stack) => ({ topic: new Topic(stack, 'T', { fifo: true }) }), 'topic is a FIFO topic'],
  ])('%s', (_, parts, sentence) => {
    expect(refused(parts)).toThrow(sentence)
  })
})

test('without keys of the app’s no function may use one', () => {
  const template = synthesized({ removalPolicy: RemovalPolicy.DESTROY })
  expect(JSON.stringify(template.toJSON())).not.toContain('kms:Decrypt')
})
