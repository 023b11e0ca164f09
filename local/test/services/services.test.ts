import { rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation'
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { type Gateway, startGateway } from '../../src/gateway.ts'
import { createIam } from '../../src/iam/iam.ts'
import { createUsage } from '../../src/iam/usage.ts'
import { createCloudFormation } from '../../src/services/cloudformation.ts'
import { createSecrets, randomPassword, type Secrets } from '../../src/services/secrets.ts'
import { createSts } from '../../src/services/sts.ts'
import { openStore } from '../../src/store.ts'
import type { Stack } from '../../src/template/stack.ts'
import { clientConfig, temporaryDirectory } from '../messaging/support.ts'

const accountId = '000000000000'
let directory: string
let gateway: Gateway
let store: DatabaseSync
let secrets: Secrets
const stacks: Stack[] = []
beforeEach(async () => {
  directory = temporaryDirectory()
  gateway = await startGateway({ port: 0 })
  store = openStore(directory)
  secrets = createSecrets({ store, region: 'us-east-1', accountId })
  gateway.services.set('secretsmanager', secrets.handler)
  gateway.services.set(
    'sts',
    createSts({ accountId, iam: createIam({ store, accountId, usage: createUsage() }) }).handler,
  )
  gateway.services.set('cloudformation', createCloudFormation(stacks).handler)
})
afterEach(async () => {
  await gateway.stop()
  store.close()
  rmSync(directory, { recursive: true })
})

describe('Secrets Manager', () => {
  let client: SecretsManagerClient
  beforeEach(() => {
    client = new SecretsManagerClient(clientConfig(gateway.endpointUrl))
  })
  afterEach(() => client.destroy())
  const get = async (SecretId: string) => await client.send(new GetSecretValueCommand({ SecretId }))

  test('returns a secret by its name, its ARN and its ARN without the ending', async () => {
    const arn = secrets.createSecret({ name: 'link_key', value: () => 'hush' })
    expect(arn).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:link_key-[A-Za-z0-9]{6}$/)
    for (const id of ['link_key', arn, arn.slice(0, -7)]) {
      expect(await get(id)).toMatchObject({
        ARN: arn,
        Name: 'link_key',
        SecretString: 'hush',
        VersionStages: ['AWSCURRENT'],
      })
    }
    await expect(get(`${arn.slice(0, -7).replace('_', 'x')}`)).rejects.toThrow()
  })

  test('generates a value once and keeps it', () => {
    const arn = secrets.createSecret({ name: 'key', value: () => 'first' })
    let asked = false
    const again = secrets.createSecret({
      name: 'key',
      value: () => {
        asked = true
        return 'second'
      },
    })
    expect([again, asked]).toEqual([arn, false])
  })

  test('returns the laptop’s account for the database’s secret, without storing it', async () => {
    const arn = 'arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:shop/database-AbCdEf'
    let password = 'one'
    secrets.bind(arn, () => JSON.stringify({ username: 'exporter', password }))
    const first = await get(arn)
    expect(JSON.parse(first.SecretString as string)).toEqual({ username: 'exporter', password: 'one' })
    expect(first.Name).toBe('shop/database')
    password = 'two'
    expect((await get(arn.slice(0, -7))).VersionId).not.toBe(first.VersionId)
    expect(store.prepare('SELECT count(*) AS n FROM secrets').get()).toEqual({ n: 0 })
  })

  test('reports an unknown secret or version as AWS does', async () => {
    await expect(get('none')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    secrets.createSecret({ name: 'key', value: () => 'x' })
    const previous = new GetSecretValueCommand({ SecretId: 'key', VersionStage: 'AWSPREVIOUS' })
    await expect(client.send(previous)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('lists and describes without values', async () => {
    const arn = secrets.createSecret({ name: 'key', description: 'of links', value: () => 'hush' })
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'key' }))
    expect(described).toMatchObject({ ARN: arn, Description: 'of links' })
    const listed = await client.send(new ListSecretsCommand({}))
    expect(listed.SecretList?.map(({ Name }) => Name)).toEqual(['key'])
    expect(JSON.stringify([described, listed])).not.toContain('hush')
  })
})

test('a random password has every kind of character that is asked for, and no other', () => {
  for (let attempt = 0; attempt < 50; attempt++) {
    expect(randomPassword()).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z0-9])[!-~]{32}$/)
    const digits = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true, PasswordLength: 6 }
    expect(randomPassword(digits)).toMatch(/^\d{6}$/)
  }
  expect(randomPassword()).not.toBe(randomPassword())
})

test('STS returns the account', async () => {
  const client = new STSClient(clientConfig(gateway.endpointUrl))
  const identity = await client.send(new GetCallerIdentityCommand({}))
  expect(identity).toMatchObject({ Account: accountId, Arn: 'arn:aws:iam::000000000000:root' })
  client.destroy()
})

describe('CloudFormation', () => {
  let client: CloudFormationClient
  const stack: Stack = {
    name: 'Shop',
    id: 'arn:aws:cloudformation:us-east-1:000000000000:stack/Shop/1',
    region: 'us-east-1',
    accountId,
    description: 'Files & <links>',
    createdAt: new Date(1_700_000_000_000),
    resources: [{ logicalId: 'Jobs', type: 'AWS::SQS::Queue', physicalId: 'http://127.0.0.1/jobs' }],
    outputs: [{ key: 'Url', value: 'http://x/?a=1&b=2', description: 'The queue', exportName: undefined }],
    unsupported: [],
  }
  beforeEach(() => {
    client = new CloudFormationClient(clientConfig(gateway.endpointUrl))
    stacks.splice(0, stacks.length, stack, { ...stack, name: 'Other', id: `${stack.id}2`, outputs: [] })
  })
  afterEach(() => client.destroy())

  test('describes a stack with its outputs, by name or id', async () => {
    for (const StackName of [stack.name, stack.id]) {
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }))
      expect(Stacks).toEqual([
        expect.objectContaining({
          StackName: 'Shop',
          Description: 'Files & <links>',
          StackStatus: 'CREATE_COMPLETE',
          CreationTime: stack.createdAt,
          Outputs: [{ OutputKey: 'Url', OutputValue: 'http://x/?a=1&b=2', Description: 'The queue' }],
        }),
      ])
    }
  })

  test('describes and lists all of them', async () => {
    const described = await client.send(new DescribeStacksCommand({}))
    expect(described.Stacks?.map(({ StackName, Outputs }) => [StackName, Outputs?.length])).toEqual([
      ['Shop', 1],
      ['Other', 0],
    ])
    const listed = await client.send(new ListStacksCommand({}))
    expect(listed.StackSummaries?.map(({ StackName }) => StackName)).toEqual(['Shop', 'Other'])
  })

  test('lists a stack’s resources', async () => {
    const resource = {
      LogicalResourceId: 'Jobs',
      PhysicalResourceId: 'http://127.0.0.1/jobs',
      ResourceType: 'AWS::SQS::Queue',
    }
    const described = await client.send(new DescribeStackResourcesCommand({ StackName: 'Shop' }))
    expect(described.StackResources).toEqual([expect.objectContaining({ ...resource, StackName: 'Shop' })])
    const listed = await client.send(new ListStackResourcesCommand({ StackName: 'Shop' }))
    expect(listed.StackResourceSummaries).toEqual([expect.objectContaining(resource)])
  })

  test('reports an unknown stack as AWS does', async () => {
    const unknown = client.send(new DescribeStacksCommand({ StackName: 'None' }))
    await expect(unknown).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Stack with id None does not exist',
    })
  })
})

test.each([
  ['secretsmanager', { 'x-amz-target': 'secretsmanager.constructor' }, '{}'],
  ['secretsmanager', { 'x-amz-target': '__proto__' }, '{}'],
  ['sts', {}, 'Action=toString'],
])('%s has no operation of the name %j %s', async (service, headers, body) => {
  const authorization = `AWS4-HMAC-SHA256 Credential=local/20261127/us-east-1/${service}/aws4_request`
  const answer = await fetch(gateway.endpointUrl, { method: 'POST', headers: { ...headers, authorization }, body })
  expect(answer.status).toBe(400)
  expect(await answer.text()).toMatch(/UnknownOperationException|InvalidAction/)
})
