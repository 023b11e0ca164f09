import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { CreateQueueCommand, SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { type DynamoDb, openDynamoDb } from '../../src/dynamodb/dynamodb.ts'
import { createGuard } from '../../src/iam/guard.ts'
import { createIam, type Iam } from '../../src/iam/iam.ts'
import { createUsage, type Usage } from '../../src/iam/usage.ts'
import { createS3, type S3 } from '../../src/s3/s3.ts'
import { createSecrets, type Secrets } from '../../src/services/secrets.ts'
import { openStore } from '../../src/store.ts'
import { iamTypes } from '../../src/template/resources/iam.ts'
import { bootStack } from '../../src/template/stack.ts'
import { clientConfig, openPost, type Post, REGION, temporaryDirectory } from '../messaging/support.ts'

const ROLE = 'arn:aws:iam::000000000000:role/writer'
const accountId = '000000000000'
let post: Post
let store: DatabaseSync
let iam: Iam
let usage: Usage
let s3: S3
let secrets: Secrets
let dynamodb: DynamoDb
let directory: string
beforeEach(async () => {
  directory = temporaryDirectory()
  post = await openPost(directory, { keep: true })
  store = openStore(directory)
  usage = createUsage()
  iam = createIam({ store, accountId, usage })
  s3 = createS3({
    ...{ store, directory: join(directory, 's3'), region: REGION },
    secretOf: (key) => iam.principalOf(key)?.secretAccessKey,
  })
  s3.createBucket('files')
  secrets = createSecrets({ store, region: REGION, accountId })
  dynamodb = await openDynamoDb({ store, stateDirectory: directory, region: REGION, accountId })
  const handlers = { s3: s3.handler, secretsmanager: secrets.handler, dynamodb: dynamodb.handler }
  for (const [name, handler] of Object.entries(handlers)) post.gateway.services.set(name, handler)
  post.gateway.guard = createGuard({
    iam,
    place: { region: REGION, accountId, secretArn: secrets.arnOf, identitiesOf: () => [] },
    exists: s3.has,
  })
})
afterEach(async () => {
  s3.close()
  await dynamodb.stop()
  await post.close()
  store.close()
  rmSync(directory, { recursive: true })
})

test('each service denies a role in its own format, and the laptop’s keys may do everything', async () => {
  await boot({ Policies: [] })
  const { QueueUrl } = await post.sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }))
  const { TopicArn } = await post.sns.send(new CreateTopicCommand({ Name: 'files' }))
  const user = 'User: arn:aws:sts::000000000000:assumed-role/writer/start is not authorized to perform:'
  const refused = (call: Promise<unknown>, name: string, status: number, action: string, resource: string) =>
    expect(call).rejects.toMatchObject({
      name,
      message: expect.stringContaining(`${user} ${action} on resource: ${resource} because no identity-based policy`),
      $metadata: { httpStatusCode: status },
    })
  const sqs = new SQSClient(asRole())
  const send = new SendMessageCommand({ QueueUrl, MessageBody: 'x' })
  await refused(sqs.send(send), 'AccessDenied', 403, 'sqs:SendMessage', `arn:aws:sqs:us-east-1:${accountId}:jobs`)
  const publish = new SNSClient(asRole()).send(new PublishCommand({ TopicArn, Message: 'x' }))
  await refused(publish, 'AuthorizationErrorException', 403, 'sns:Publish', TopicArn as string)
  const get = new S3Client(asRole()).send(new GetObjectCommand({ Bucket: 'files', Key: 'a' }))
  await refused(get, 'AccessDenied', 403, 's3:GetObject', 'arn:aws:s3:::files/a')
  const item = new DynamoDBClient(asRole()).send(new GetItemCommand({ TableName: 'index', Key: { id: { S: 'a' } } }))
  const table = `arn:aws:dynamodb:us-east-1:${accountId}:table/index`
  await refused(item, 'AccessDeniedException', 400, 'dynamodb:GetItem', table)
  const arn = secrets.createSecret({ name: 'key', value: () => 'hush' })
  const secret = new SecretsManagerClient(asRole()).send(new GetSecretValueCommand({ SecretId: 'key' }))
  await refused(secret, 'AccessDeniedException', 400, 'secretsmanager:GetSecretValue', arn)
  await post.sqs.send(send)
})

test('a role may do what its policies allow, and used permissions are distinguished from granted ones', async () => {
  const queue = `arn:aws:sqs:us-east-1:${accountId}:jobs`
  await boot({
    Policies: [{ PolicyDocument: { Statement: [allow(['sqs:SendMessage', 'sqs:ReceiveMessage'], queue)] } }],
  })
  const { QueueUrl } = await post.sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }))
  const sqs = new SQSClient(asRole())
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: 'a', MessageBody: '🍱' }] }))
  expect(usage.report()).toEqual({
    granted: { Writer: ['sqs:ReceiveMessage', 'sqs:SendMessage'] },
    used: { Writer: ['sqs:SendMessage'] },
    denied: {},
  })
})

test('S3 requires permission for each object and both ends of a copy, and hides objects that may not be listed', async () => {
  await boot({
    Policies: [
      {
        PolicyDocument: {
          Statement: [
            allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::files/mine/*'),
            allow('s3:DeleteObject', 'arn:aws:s3:::files/mine/*'),
          ],
        },
      },
    ],
  })
  const own = new S3Client(clientConfig(post.gateway.endpointUrl))
  const role = new S3Client(asRole())
  const put = (client: S3Client, Key: string) =>
    client.send(new PutObjectCommand({ Bucket: 'files', Key, Body: 'x'.repeat(100_000) }))
  await put(own, 'other/secret')
  await put(role, 'mine/a')
  await expect(put(role, 'other/a')).rejects.toMatchObject({ name: 'AccessDenied' })
  const copy = (CopySource: string, Key: string) =>
    role.send(new CopyObjectCommand({ Bucket: 'files', CopySource, Key }))
  await expect(copy('files/other/secret', 'mine/b')).rejects.toMatchObject({ name: 'AccessDenied' })
  await copy('files/mine/a', 'mine/b')
  const get = (Key: string) => role.send(new GetObjectCommand({ Bucket: 'files', Key }))
  expect((await (await get('mine/b')).Body?.transformToString())?.length).toBe(100_000)
  await expect(get('mine/none')).rejects.toMatchObject({ name: 'AccessDenied' })
  await expect(role.send(new ListObjectsV2Command({ Bucket: 'files' }))).rejects.toMatchObject({ name: 'AccessDenied' })
  const remove = (...keys: string[]) =>
    role.send(new DeleteObjectsCommand({ Bucket: 'files', Delete: { Objects: keys.map((Key) => ({ Key })) } }))
  await expect(remove('mine/a', 'other/secret')).rejects.toMatchObject({ name: 'AccessDenied' })
  expect((await remove('mine/a', 'mine/b')).Deleted).toHaveLength(2)
})

test('a link signed by a role opens as far as the role’s permissions allow, even after a restart', async () => {
  const link = await getSignedUrl(new S3Client(asRole()), new GetObjectCommand({ Bucket: 'files', Key: 'a' }))
  await new S3Client(clientConfig(post.gateway.endpointUrl)).send(
    new PutObjectCommand({ Bucket: 'files', Key: 'a', Body: 'x' }),
  )
  await boot({ Policies: [] })
  expect((await fetch(link)).status).toBe(403)
  await boot({ Policies: [{ PolicyDocument: { Statement: allow('s3:GetObject', 'arn:aws:s3:::files/*') } }] })
  expect((await fetch(link)).status).toBe(200)
  const again = createIam({ store, accountId, usage: createUsage() })
  expect(again.credentialsOf({ roleArn: ROLE, session: 'start' })).toEqual(
    iam.credentialsOf({ roleArn: ROLE, session: 'start' }),
  )
})

test('a service needs a policy for its source on resources of the template', () => {
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:tell'
  const may = (source: string) =>
    iam.serviceMay('events.amazonaws.com', 'lambda:InvokeFunction', arn, { 'aws:SourceArn': source })
  expect(may('rule')).toBe(true)
  iam.own(arn)
  expect(may('rule')).toBe(false)
  iam.putResourcePolicy(arn, [
    {
      effect: 'Allow',
      actions: { match: true, patterns: ['lambda:InvokeFunction'] },
      principals: ['events.amazonaws.com'],
      conditions: [{ operator: 'ArnLike', key: 'aws:SourceArn', values: ['rule'] }],
    },
  ])
  expect([may('rule'), may('other')]).toEqual([true, false])
})

test('an unsupported policy is named', async () => {
  const Statement = allow('s3:GetObject', '*', { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })
  const { unsupported } = await boot({ Policies: [{ PolicyDocument: { Statement } }] })
  expect(unsupported).toEqual(['AWS::IAM::Role Writer: the condition IpAddress is not supported.'])
})

function asRole() {
  return {
    ...clientConfig(post.gateway.endpointUrl),
    credentials: iam.credentialsOf({ roleArn: ROLE, session: 'start' }),
  }
}

function allow(Action: string | string[], Resource: string, rest: object = {}) {
  return { Effect: 'Allow', Action, Resource, ...rest }
}

function boot(Properties: object) {
  const types = iamTypes({ iam, onStatement: () => undefined, functionArn: (name) => name, queueArn: (url) => url })
  const Writer = { Type: 'AWS::IAM::Role', Properties: { RoleName: 'writer', ...Properties } }
  const source = { name: 'Shop', template: { Resources: { Writer } } as never, assets: new Map() }
  return bootStack(source, { store, region: REGION, accountId, types })
}
