import { RemovalPolicy } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Carryout } from '../../cdk/carryout.ts'
import { statementsIn } from './policies.ts'
import { givenCarryout, givenStack, resources, synthesized } from './support.ts'

const template = synthesized()

test('the table is billed per request, has point-in-time recovery, and deletes expired items', () => {
  template.hasResourceProperties('AWS::DynamoDB::Table', {
    BillingMode: 'PAY_PER_REQUEST',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    SSESpecification: { SSEEnabled: false },
  })
})

test('requests are found by requester and by state', () => {
  const [table] = Object.values(template.findResources('AWS::DynamoDB::Table'))
  const indexes = table!.Properties.GlobalSecondaryIndexes as { IndexName: string; KeySchema: object[] }[]
  expect(indexes.map(({ IndexName }) => IndexName)).toEqual(['by-requester', 'by-state'])
})

test('a customer managed key encrypts the table, and the table’s users may use it', () => {
  const { stack, props } = givenStack()
  const tableKey = new Key(stack, 'Key')
  new Carryout(stack, 'Carryout', { ...props, tableKey })
  const own = Template.fromStack(stack)
  own.hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: { SSEEnabled: true, SSEType: 'KMS' } })
  for (const role of ['Start', 'Record']) {
    const keyed = statementsIn(own).filter(
      ({ policy, actions }) => policy.startsWith(`Carryout${role}Role`) && actions.includes('kms:Decrypt'),
    )
    expect(keyed).toHaveLength(1)
  }
})

test('a web app may order its requests and read their states, but not change facts', () => {
  const { stack, carryout } = givenCarryout()
  const role = new Role(stack, 'WebApp', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') })
  carryout.grantRequest(role)
  const own = statementsIn(Template.fromStack(stack)).filter(
    ({ policy, actions }) => policy.startsWith('WebApp') && actions.some((action) => action.startsWith('dynamodb:')),
  )
  const rights = own.map(({ actions, resources, condition }) => {
    const partitions = condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']
    return `${actions.join(' ')} ${partitions ?? resources.join(' ')}`
  })
  expect(rights).toEqual([
    'dynamodb:UpdateItem download#*,waiting,turn#*',
    'dynamodb:GetItem download#*,fact',
    'dynamodb:Query waiting',
    'dynamodb:Query <Table>/index/by-requester <Table>/index/by-state',
  ])
})

test('a web app that is allowed to may follow and cancel downloads, but not start or change anything else', () => {
  const { stack, carryout } = givenCarryout()
  const role = (id: string) => new Role(stack, id, { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') })
  carryout.grantFollow(role('Follower'))
  carryout.grantCancel(role('Canceller'))
  const all = statementsIn(Template.fromStack(stack))
  const actionsOf = (name: string) =>
    all.filter(({ policy }) => policy.startsWith(`${name}DefaultPolicy`)).flatMap(({ actions }) => actions)
  expect(new Set(actionsOf('Follower'))).toEqual(
    new Set([
      'dynamodb:GetItem',
      'dynamodb:Query',
      's3:GetObject',
      's3:ListBucket',
      'states:DescribeExecution',
      'states:GetExecutionHistory',
    ]),
  )
  expect(new Set(actionsOf('Canceller'))).toEqual(
    new Set(['dynamodb:GetItem', 'dynamodb:UpdateItem', 'states:DescribeExecution', 'states:StopExecution']),
  )
  const marking = all.find(
    ({ policy, actions }) => policy.startsWith('Canceller') && actions.includes('dynamodb:UpdateItem'),
  )
  expect(marking?.condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['download#*'] } })
})

describe('a resource with data', () => {
  const TYPES = ['AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret']
  const policiesOf = (of: Template) =>
    Object.values(resources(of))
      .filter(({ Type }) => TYPES.includes(Type))
      // A standard queue only hands notices on; requests wait in those that keep an order.
      .filter(({ Type, Properties }) => Type !== 'AWS::SQS::Queue' || Properties.FifoQueue)
      .map(({ Type, DeletionPolicy }) => `${Type} ${DeletionPolicy}`)

  test('is kept when the stack is deleted, but not when its first deployment fails', () => {
    const policies = policiesOf(template)
    expect(new Set(policies)).toEqual(new Set(TYPES.map((type) => `${type} RetainExceptOnCreate`)))
  })

  test('is deleted with the stack if configured', () => {
    const policies = policiesOf(synthesized({ removalPolicy: RemovalPolicy.DESTROY }))
    expect(new Set(policies)).toEqual(new Set(TYPES.map((type) => `${type} Delete`)))
  })
})
