import { readFileSync } from 'node:fs'
import type { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Config, defineConfig } from '../../cdk/config.ts'
import { CarryoutStack } from '../../cdk/stack.ts'
import { rightsOf } from './policies.ts'
import { functionOf, givenApp } from './support.ts'

const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-AbC123'
const sound = {
  name: 'Shop',
  vpc: { id: 'vpc-0a1b2c3d', subnetIds: ['subnet-0a1b2c3d', 'subnet-1a2b3c4d'], securityGroupIds: ['sg-0a1b2c3d'] },
  database: { host: 'db.example.com', name: 'shop', secretArn },
  subscriptions: [{ email: 'operator@example.com' }],
}

const cluster = { clusterArn: 'arn:aws:rds:eu-west-1:111122223333:cluster:shop', name: 'shop', secretArn }

function stackOf(config: Parameters<typeof defineConfig>[0], app: App = givenApp()) {
  return Template.fromStack(new CarryoutStack(app, defineConfig(config)))
}

test('the stack uses the configured network without lookups', () => {
  const app = givenApp()
  const template = stackOf(sound, app)
  expect(functionOf(template, 'export-chunk').VpcConfig).toEqual({
    SubnetIds: sound.vpc.subnetIds,
    SecurityGroupIds: sound.vpc.securityGroupIds,
  })
  const { manifest, stacks } = app.synth()
  expect(manifest.missing ?? []).toEqual([])
  expect(stacks.flatMap(({ messages }) => messages.map(({ entry }) => entry.data))).toEqual([])
})

test('settings reach the construct', () => {
  const template = stackOf({ ...sound, maxConcurrentQueries: 4, database: { ...sound.database, port: 3307 } })
  expect(functionOf(template, 'export-chunk')).toMatchObject({
    ReservedConcurrentExecutions: 4,
    Environment: { Variables: { CARRYOUT_DATABASE_PORT: '3307', CARRYOUT_DATABASE_SECRET_ARN: secretArn } },
  })
})

test('a cluster is read without a network', () => {
  const { vpc, ...rest } = sound
  const template = stackOf({ ...rest, database: cluster })
  expect(functionOf(template, 'export-chunk')).toMatchObject({
    Environment: { Variables: { CARRYOUT_DATABASE_CLUSTER_ARN: cluster.clusterArn } },
  })
  expect(functionOf(template, 'export-chunk').VpcConfig).toBeUndefined()
  template.resourceCountIs('AWS::EC2::SecurityGroup', 0)
})

test('secrets are referred to by their ARNs', () => {
  const arnOf = (name: string) => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}-AbC123`
  const template = stackOf({
    ...sound,
    database: { ...sound.database, tls: { caSecretArn: arnOf('authority') } },
    webhook: { url: 'https://shop.example.com/hooks', secretArn: arnOf('hook') },
  })
  expect(rightsOf(template, 'ExportChunk')).toContain(`secretsmanager:GetSecretValue ${arnOf('authority')}`)
  expect(functionOf(template, 'call-webhook').Environment).toMatchObject({
    Variables: { CARRYOUT_WEBHOOK_URL: 'https://shop.example.com/hooks', CARRYOUT_WEBHOOK_SECRET_ARN: arnOf('hook') },
  })
})

test('a secret with its own key can be read', () => {
  const secretKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d'
  const template = stackOf({ ...sound, database: { ...sound.database, secretKeyArn } })
  expect(rightsOf(template, 'ExportChunk')).toContain(`kms:Decrypt ${secretKeyArn}`)
})

test('alarms go to the configured topic', () => {
  const alarmTopicArn = 'arn:aws:sns:eu-west-1:111122223333:ops'
  const alarms = Object.values(stackOf({ ...sound, alarmTopicArn }).findResources('AWS::CloudWatch::Alarm'))
  expect(alarms.length).toBeGreaterThan(0)
  for (const { Properties } of alarms) expect(Properties.AlarmActions).toEqual([alarmTopicArn])
})

test('it is deployed to the configured account and region, or else to the CLI’s', () => {
  const environmentOf = (config: Parameters<typeof defineConfig>[0]) => {
    const app = givenApp()
    new CarryoutStack(app, defineConfig(config))
    return app.synth().getStackByName('Shop').environment
  }
  expect(environmentOf(sound)).toMatchObject({ region: 'unknown-region', account: 'unknown-account' })
  Object.assign(process.env, { CDK_DEFAULT_REGION: 'eu-west-1', CDK_DEFAULT_ACCOUNT: '444455556666' })
  try {
    expect(environmentOf(sound)).toMatchObject({ region: 'eu-west-1', account: '444455556666' })
  } finally {
    delete process.env.CDK_DEFAULT_REGION
    delete process.env.CDK_DEFAULT_ACCOUNT
  }
  expect(environmentOf({ ...sound, region: 'eu-west-1', account: '111122223333' })).toMatchObject({
    region: 'eu-west-1',
    account: '111122223333',
  })
})

test.each([
  ['a typo', { maxQueries: 2 }, 'maxQueries is not known'],
  [
    'a secret in another region',
    { region: 'us-east-1' },
    'database.secretArn is in eu-west-1, but the stack is deployed in us-east-1: use one in us-east-1, or change region.',
  ],
  [
    'a secret without its six last characters, which a right must name',
    { database: { ...sound.database, secretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop' } },
    'database.secretArn must be a complete ARN such as arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-AbC123.',
  ],
  ['no subnet', { vpc: { ...sound.vpc, subnetIds: [] } }, 'vpc.subnetIds must have at least one.'],
  [
    'a subnet twice',
    { vpc: { ...sound.vpc, subnetIds: ['subnet-0a1b2c3d', 'subnet-0a1b2c3d'] } },
    'vpc.subnetIds has a duplicate: remove it.',
  ],
  [
    'a group where a subnet should be',
    { vpc: { ...sound.vpc, subnetIds: ['sg-0a1b2c3d'] } },
    'vpc.subnetIds[0] must be a subnet’s id such as subnet-0a1b2c3d.',
  ],
  ['a region that is none', { region: 'europe' }, 'region must be a region such as eu-west-1.'],
  ['an account that lost its zeros', { account: '1234' }, 'account must be an account’s 12 digits, in quotes.'],
  [
    'nobody who is told',
    { subscriptions: [] },
    'subscriptions is empty, so nobody would get notices: subscribe at least one address.',
  ],
  [
    'no network to a server',
    { vpc: undefined },
    'vpc is missing, but database.host can be reached only through its network: set vpc, or use an Aurora cluster (database.clusterArn).',
  ],
  [
    'a network to the Data API',
    { database: cluster },
    'vpc is not used with database.clusterArn, which is read through the RDS Data API: remove it.',
  ],
  [
    'a server and a cluster',
    { database: { ...sound.database, ...cluster } },
    'database has both host and clusterArn: remove one.',
  ],
  [
    'a cluster in another region',
    {
      vpc: undefined,
      region: 'us-east-1',
      database: { ...cluster, secretArn: secretArn.replace('eu-west-1', 'us-east-1') },
    },
    'database.clusterArn is in eu-west-1, but the stack is deployed in us-east-1: use one in us-east-1, or change region.',
  ],
])('%s is refused', (_, changes, sentence) => {
  const config = { ...sound, ...changes } as Parameters<typeof defineConfig>[0]
  expect(() => defineConfig(config)).toThrow(`carryout.config.ts cannot be deployed:\n  ${sentence}`)
})

test('docs/deploying.md lists exactly the settings that exist', () => {
  const { vpc, database, ...flat } = Config.shape
  const settings = [
    ...Object.keys(flat),
    ...Object.keys(vpc.unwrap().shape).map((name) => `vpc.${name}`),
    ...Object.keys(database.in.shape).map((name) => `database.${name}`),
  ]
  const [, table] = readFileSync('docs/deploying.md', 'utf8').split('| setting |')
  const rows = table!.slice(0, table!.indexOf('\n\n')).split('\n').slice(2)
  const documented = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([\w.]+)`/g)].map(([, name]) => name))
  expect(documented.sort()).toEqual(settings.sort())
})
