// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are CloudFormation's placeholders
import { rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { jest } from '@jest/globals'
import { type Messaging, openMessaging } from '../../src/messaging/messaging.ts'
import { createSecrets, type Secrets } from '../../src/services/secrets.ts'
import { openStore } from '../../src/store.ts'
import { inertTypes } from '../../src/template/resources/inert.ts'
import { secretsManagerTypes } from '../../src/template/resources/secretsmanager.ts'
import { snsTypes } from '../../src/template/resources/sns.ts'
import { sqsTypes } from '../../src/template/resources/sqs.ts'
import { bootStack } from '../../src/template/stack.ts'
import { type Template, TemplateError } from '../../src/template/template.ts'
import { temporaryDirectory } from '../messaging/support.ts'

const endpointUrl = 'http://127.0.0.1:4566'
let directory: string
let store: DatabaseSync
let messaging: Messaging
let secrets: Secrets
beforeEach(() => {
  directory = temporaryDirectory()
  return open()
})
afterEach(async () => {
  await close()
  rmSync(directory, { recursive: true })
})

test('queues are created as in the template, with their dead-letter queues', async () => {
  const { outputs, resources } = await boot({
    Resources: {
      Jobs: queue({
        FifoQueue: true,
        ContentBasedDeduplication: 'true',
        VisibilityTimeout: 5400,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 3 },
      }),
      Dead: queue({ QueueName: 'dead.fifo', FifoQueue: true }),
    },
    Outputs: { Url: { Value: { Ref: 'Jobs' } }, Name: { Value: { 'Fn::GetAtt': ['Jobs', 'QueueName'] } } },
  })
  const name = outputOf(outputs, 'Name')
  expect(name).toMatch(/^Shop-Jobs-[0-9a-f]{12}\.fifo$/)
  expect(outputOf(outputs, 'Url')).toBe(`${endpointUrl}/000000000000/${name}`)
  expect(resources.map(({ logicalId }) => logicalId)).toEqual(['Dead', 'Jobs'])
  expect(messaging.fauxqs.sqs.getQueueByName(name)?.attributes).toMatchObject({
    FifoQueue: 'true',
    ContentBasedDeduplication: 'true',
    VisibilityTimeout: '5400',
    RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead.fifo","maxReceiveCount":3}',
  })
})

test('a second boot finds everything again and applies changes', async () => {
  const template = (VisibilityTimeout: number) => ({
    Resources: { Jobs: queue({ VisibilityTimeout }), Key: { Type: 'AWS::SecretsManager::Secret' } },
    Outputs: { Url: { Value: { Ref: 'Jobs' } }, Key: { Value: { Ref: 'Key' } } },
  })
  const first = await boot(template(30))
  messaging.sqs.send({ QueueUrl: outputOf(first.outputs, 'Url'), MessageBody: 'still here' })
  await close()
  await open()
  const second = await boot(template(60))
  expect(second.outputs).toEqual(first.outputs)
  expect(second.createdAt).toEqual(first.createdAt)
  const url = outputOf(second.outputs, 'Url')
  expect(messaging.fauxqs.sqs.getQueue(url)?.attributes.VisibilityTimeout).toBe('60')
  expect(messaging.fauxqs.sqs.getQueue(url)?.messages.map(({ body }) => body)).toEqual(['still here'])
})

test('a subscription that was removed from or changed in the template ends; one made by hand is kept', async () => {
  const subscribe = (Endpoint: string, status: string) => ({
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'email', Endpoint, FilterPolicy: { status: [status] } },
  })
  const topic = { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'files', DisplayName: 'Files' } }
  await boot({
    Resources: { Topic: topic, A: subscribe('a@example.com', 'ready'), B: subscribe('b@example.com', 'ready') },
  })
  const { sns } = messaging.fauxqs
  const topicArn = 'arn:aws:sns:us-east-1:000000000000:files'
  sns.subscribe(topicArn, 'email', 'hand@example.com')
  await boot({
    Resources: { Topic: topic, A: subscribe('a@example.com', 'failed'), C: subscribe('c@example.com', 'ready') },
  })
  const subscriptions = sns.listSubscriptionsByTopic(topicArn).subscriptions
  expect(
    Object.fromEntries(subscriptions.map(({ endpoint, attributes }) => [endpoint, attributes.FilterPolicy])),
  ).toEqual({
    'a@example.com': '{"status":["failed"]}',
    'c@example.com': '{"status":["ready"]}',
    'hand@example.com': undefined,
  })
})

test('a generated secret follows its rules', async () => {
  const GenerateSecretString = {
    SecretStringTemplate: '{"username":"carryout"}',
    GenerateStringKey: 'password',
    PasswordLength: 64,
    ExcludePunctuation: 'true',
    ExcludeCharacters: 'abcABC123',
  }
  const made = jest.spyOn(secrets, 'createSecret')
  await boot({ Resources: { Key: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString } } } })
  const value = JSON.parse(made.mock.calls[0]?.[0].value() as string)
  expect(value).toEqual({ username: 'carryout', password: expect.stringMatching(/^[d-zD-Z04-9]{64}$/) })
})

test('parameters have defaults, conditions apply, and the bootstrap parameter is accepted', async () => {
  const { outputs } = await boot({
    Parameters: {
      Stage: { Type: 'String', Default: 'dev' },
      Zones: { Type: 'CommaDelimitedList', Default: 'a,b' },
      BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/hnb659fds/version' },
    },
    Conditions: { IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] } },
    Resources: { OnlyProd: { ...queue({}), Condition: 'IsProd' }, Always: queue({}) },
    Outputs: {
      Prod: { Value: { Ref: 'OnlyProd' }, Condition: 'IsProd' },
      Zone: { Value: { 'Fn::Select': [1, { Ref: 'Zones' }] } },
      Where: {
        Value: { 'Fn::Sub': '${AWS::Partition} ${AWS::Region} ${AWS::AccountId} ${AWS::StackName} ${AWS::URLSuffix}' },
      },
    },
  })
  expect(outputs.map(({ key, value }) => [key, value])).toEqual([
    ['Zone', 'b'],
    ['Where', 'aws us-east-1 000000000000 Shop amazonaws.com'],
  ])
})

test('each unsupported resource is named in a sentence, and the rest boots', async () => {
  const { unsupported, outputs } = await boot({
    Resources: {
      Table: { Type: 'AWS::DynamoDB::Table' },
      Text: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'sms', Endpoint: '+1' },
      },
      Topic: { Type: 'AWS::SNS::Topic' },
      Role: { Type: 'AWS::IAM::Role', Properties: { Tables: { 'Fn::GetAtt': ['Table', 'Arn'] } } },
      Wrong: queue({ VisibilityTimeout: 'soon' }),
    },
    Outputs: { Role: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  })
  expect(unsupported).toEqual([
    'AWS::DynamoDB::Table (Table) is not supported.',
    'AWS::SNS::Subscription Text: the protocol sms is not supported, only email, email-json, lambda, sqs.',
    expect.stringMatching(/^AWS::SQS::Queue Wrong: .*VisibilityTimeout/),
  ])
  expect(outputOf(outputs, 'Role')).toMatch(/^arn:aws:iam::000000000000:role\/Shop-Role-/)
})

test.each([
  [{ Ref: 'Nobody' }, 'In A: There is no parameter or resource Nobody.'],
  [{ 'Fn::GetAtt': ['B', 'Colour'] }, 'In A: AWS::SQS::Queue B has no attribute Colour in the local cloud.'],
  [{ 'Fn::If': ['Nothing', 1, 2] }, 'In A: There is no condition Nothing.'],
  [{ Ref: 'Secret' }, 'In A: The parameter Secret has no default, and the local cloud is given no parameters.'],
])('%j is an error that names its place', async (VisibilityTimeout, message) => {
  const template = {
    Parameters: { Secret: { Type: 'String' } },
    Resources: { A: queue({ VisibilityTimeout }), B: queue({}) },
  }
  await expect(boot(template)).rejects.toThrow(TemplateError)
  await expect(boot(template)).rejects.toThrow(message)
})

async function open() {
  store = openStore(directory)
  messaging = await openMessaging({ store, stateDirectory: directory, region: 'us-east-1', endpointUrl })
  secrets = createSecrets({ store, region: 'us-east-1', accountId: '000000000000' })
}

async function close() {
  await messaging.stop()
  store.close()
}

function boot(template: Template) {
  const types = {
    ...inertTypes,
    ...sqsTypes(messaging.fauxqs),
    ...snsTypes(messaging.fauxqs),
    ...secretsManagerTypes(secrets),
  }
  const source = { name: 'Shop', template, assets: new Map() }
  return bootStack(source, { store, region: 'us-east-1', accountId: '000000000000', types })
}

function queue(Properties: Record<string, unknown>) {
  return { Type: 'AWS::SQS::Queue', Properties }
}

function outputOf(outputs: { key: string; value: string }[], key: string): string {
  return outputs.find((output) => output.key === key)?.value as string
}
