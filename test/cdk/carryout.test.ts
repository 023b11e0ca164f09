import { CfnOutput, NestedStack, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Port, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { DatabaseInstance, DatabaseInstanceEngine, MysqlEngineVersion } from 'aws-cdk-lib/aws-rds'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Carryout } from '../../cdk/carryout.ts'
import { rightsOf, statementsIn } from './policies.ts'
import {
  CLUSTER_ARN,
  functionOf,
  givenApp,
  givenCarryout,
  givenCluster,
  givenStack,
  readable,
  resources,
  synthesized,
} from './support.ts'

/** They exclude custom resources, whose code in the CDK runs only on AWS. */
const TYPES = [
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::DynamoDB::Table',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Url',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::SSM::Parameter',
  'AWS::SecretsManager::Secret',
  'AWS::StepFunctions::StateMachine',
]

test('the stack is made of these types of resources only', () => {
  const template = synthesized({ subscriptions: [{ email: 'operator@example.com' }] })
  expect([...new Set(Object.values(resources(template)).map(({ Type }) => Type))].sort()).toEqual(TYPES)
})

test('the command finds the parts by the stack’s outputs', () => {
  const { Outputs } = synthesized().toJSON() as { Outputs: Record<string, { Value: unknown }> }
  expect(Object.fromEntries(Object.entries(Outputs).map(([name, { Value }]) => [name, readable(Value)]))).toEqual({
    CarryoutQueueUrl: '<QueueRequests>',
    CarryoutDeadLetterQueueUrl: '<QueueDeadLetters>',
    CarryoutStateMachineArn: '<DownloadMachine>',
    CarryoutPrepareFunctionName: '<Prepare>',
    CarryoutBucketName: '<DownloadsFiles>',
    CarryoutTableName: '<Table>',
    CarryoutTopicArn: '<NotificationsTopic>',
  })
})

test('names begin with the stack’s name or the given one', () => {
  const names = (template: Template) =>
    Object.values(resources(template)).flatMap(({ Properties: { FunctionName, QueueName, StateMachineName } }) =>
      [FunctionName, QueueName, StateMachineName].filter((name) => typeof name === 'string'),
    )
  expect(names(synthesized()).every((name) => name.startsWith('Shop-'))).toBe(true)
  expect(names(synthesized({ name: 'Exports' })).every((name) => name.startsWith('Exports-'))).toBe(true)
  expect(names(synthesized())).toHaveLength(13)
})

test('a web app can be allowed to find the parts, ask the catalogue, send requests and read the table, and nothing else', () => {
  const { stack, carryout } = givenCarryout()
  const role = new Role(stack, 'CarryoutWebAppRole', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') })
  carryout.grantRequest(role)
  expect(rightsOf(Template.fromStack(stack), 'WebApp')).toEqual([
    'dynamodb:GetItem <Table>',
    'dynamodb:Query <Table>',
    'dynamodb:Query <Table>/index/by-requester',
    'dynamodb:Query <Table>/index/by-state',
    'dynamodb:UpdateItem <Table>',
    'lambda:InvokeFunction <Prepare>',
    'sqs:GetQueueAttributes <QueueRequests>',
    'sqs:GetQueueUrl <QueueRequests>',
    'sqs:SendMessage <QueueRequests>',
    'ssm:GetParameter arn::ssm:::parameter<Parts>',
  ])
})

test('without a security group it creates one, which the database allows', () => {
  const { stack, props } = givenStack()
  const vpc = new Vpc(stack, 'NewVpc', { maxAzs: 2, restrictDefaultSecurityGroup: false })
  const { vpcSubnets, securityGroups, ...rest } = props
  const carryout = new Carryout(stack, 'Carryout', { ...rest, vpc })
  const database = SecurityGroup.fromSecurityGroupId(stack, 'DatabaseGroup', 'sg-0d0c0b0a')
  database.connections.allowFrom(carryout, Port.tcp(3306))
  const template = Template.fromStack(stack)
  const [ingress] = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress'))
  expect(ingress!.Properties).toMatchObject({ GroupId: 'sg-0d0c0b0a', FromPort: 3306, ToPort: 3306, IpProtocol: 'tcp' })
  expect(readable(ingress!.Properties.SourceSecurityGroupId)).toBe('<SecurityGroup>')
})

describe('with a cluster', () => {
  test('a network is refused, whichever setting names it', () => {
    const { stack, props } = givenCluster()
    const { vpc, securityGroups } = givenStack().props
    expect(() => new Carryout(stack, 'Carryout', { ...props, vpc, securityGroups })).toThrow(
      'Shop/Carryout cannot be deployed:\n' +
        '  vpc is not used with database.clusterArn, which is read through the RDS Data API: remove it.\n' +
        '  securityGroups is not used with database.clusterArn, which is read through the RDS Data API: remove it.',
    )
  })

  test('of another region it is refused', () => {
    const stack = new Stack(givenApp(), 'Shop', { env: { region: 'us-east-1' } })
    const secret = Secret.fromSecretNameV2(stack, 'Db', 'shop')
    expect(
      () =>
        new Carryout(stack, 'Carryout', {
          catalogue: 'c.ts',
          database: { clusterArn: CLUSTER_ARN, name: 'shop', secret },
        }),
    ).toThrow('database.clusterArn is in eu-west-1, but the stack is deployed in us-east-1')
  })

  test('there are no connections to allow', () => {
    const { stack, props } = givenCluster()
    const carryout = new Carryout(stack, 'Carryout', props)
    const database = SecurityGroup.fromSecurityGroupId(stack, 'DatabaseGroup', 'sg-0d0c0b0a')
    expect(() => database.connections.allowFrom(carryout, Port.tcp(3306))).toThrow(
      'Shop/Carryout has no connections to allow, because it reads database.clusterArn through the RDS Data API',
    )
  })
})

test('a server without a network is refused', () => {
  const { stack, props } = givenStack()
  expect(() => new Carryout(stack, 'Carryout', { catalogue: props.catalogue, database: props.database })).toThrow(
    'vpc is missing, but database.host can be reached only through its network',
  )
})

test('export-chunk may use the customer managed key of the secret', () => {
  const { stack, props } = givenStack()
  const key = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1')
  const secret = Secret.fromSecretAttributes(stack, 'Own', {
    secretCompleteArn: props.database.secret.secretArn,
    encryptionKey: key,
  })
  new Carryout(stack, 'Carryout', { ...props, database: { ...props.database, secret } })
  const decrypting = statementsIn(Template.fromStack(stack)).filter(({ actions }) => actions.includes('kms:Decrypt'))
  expect(decrypting.map(({ policy, resources }) => [policy.slice(0, -8), resources])).toEqual([
    ['CarryoutExportChunkRoleDefaultPolicy', [key.keyArn]],
  ])
})

test('a stack may have several, each with its own names and outputs, beside other outputs with the same names', () => {
  const { stack, props } = givenStack()
  new CfnOutput(stack, 'BucketName', { value: 'another' })
  for (const id of ['Reports', 'Archive']) new Carryout(stack, id, props)
  const { Outputs, Resources } = Template.fromStack(stack).toJSON() as {
    Outputs: Record<string, unknown>
    Resources: Record<
      string,
      { Type: string; Properties: { QueueName?: string; Environment?: { Variables?: Record<string, string> } } }
    >
  }
  expect(Object.keys(Outputs)).toEqual(expect.arrayContaining(['BucketName', 'ReportsBucketName', 'ArchiveBucketName']))
  const queues = Object.values(Resources).flatMap(({ Properties }) => Properties?.QueueName ?? [])
  expect(queues.sort()).toEqual([
    'Shop-Archive-dead-letters.fifo',
    'Shop-Archive-requests.fifo',
    'Shop-Reports-dead-letters.fifo',
    'Shop-Reports-requests.fifo',
  ])
  const told = Object.values(Resources).flatMap(
    ({ Properties }) => Properties?.Environment?.Variables?.CARRYOUT_COMMAND_OPTIONS ?? [],
  )
  expect([...new Set(told)].sort()).toEqual(['--stack Shop --construct Archive', '--stack Shop --construct Reports'])
})

test('in a nested stack and in a stage, names are known at synthesis', () => {
  const { stack, props } = givenStack(givenApp(), 'Shop')
  new Carryout(new NestedStack(stack, 'Inner'), 'Carryout', props)
  const template = Template.fromStack(stack.node.findChild('Inner') as NestedStack)
  template.hasResourceProperties('AWS::SQS::Queue', { QueueName: 'Shop-Inner-Carryout-requests.fifo' })
})

test('a database instance in the same stack provides its endpoint, port and secret', () => {
  const { stack, props } = givenStack()
  const vpc = new Vpc(stack, 'Own', { maxAzs: 2 })
  const db = new DatabaseInstance(stack, 'Instance', {
    engine: DatabaseInstanceEngine.mysql({ version: MysqlEngineVersion.VER_8_0 }),
    vpc,
  })
  const { hostname: host, port } = db.instanceEndpoint
  const carryout = new Carryout(stack, 'Carryout', {
    catalogue: props.catalogue,
    vpc,
    database: { host, port, name: 'shop', secret: db.secret! },
  })
  db.connections.allowDefaultPortFrom(carryout)
  const { Environment } = functionOf(Template.fromStack(stack), 'export-chunk') as {
    Environment: { Variables: Record<string, unknown> }
  }
  expect(Environment.Variables.CARRYOUT_DATABASE_PORT).toEqual({
    'Fn::GetAtt': [expect.stringMatching(/^Instance/), 'Endpoint.Port'],
  })
})

test('stacks of one app may each have one', () => {
  const app = givenApp()
  for (const name of ['Shop', 'Shop2']) {
    const { stack, props } = givenStack(app, name)
    new Carryout(stack, 'Carryout', props)
  }
  expect(app.synth().stacks.map(({ stackName }) => stackName)).toEqual(['Shop', 'Shop2'])
})
