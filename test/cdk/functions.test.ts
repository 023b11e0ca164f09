import { readFileSync } from 'node:fs'
import { Duration } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { HANDLERS } from '../../cdk/bundles.ts'
import { Carryout } from '../../cdk/carryout.ts'
import {
  functionOf,
  givenStack,
  readable,
  resources,
  synthesized,
  WEBHOOK_SECRET_ARN,
  withEverything,
} from './support.ts'

const template = withEverything()

interface State {
  Type: string
  TimeoutSeconds?: number
  Arguments?: { FunctionName: string }
  ItemProcessor?: { States: Record<string, State> }
}

test.each([...HANDLERS])('%s runs on Node 24 and arm64, with tracing and its own log with a retention', (handler) => {
  const properties = functionOf(template, handler)
  expect(properties).toMatchObject({
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'index.handler',
    TracingConfig: { Mode: 'Active' },
  })
  const log = readable((properties.LoggingConfig as { LogGroup: unknown }).LogGroup)
  const group = Object.entries(resources(template)).find(([id]) => `<${id.slice('Carryout'.length, -8)}>` === log)
  expect(group?.[1]).toMatchObject({
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName: `/aws/lambda/Shop-${handler}`, RetentionInDays: 90 },
  })
})

test('the longest allowed stack name leaves room for all functions’ names', () => {
  const names = Object.values(withEverything({ name: 'x'.repeat(49) }).findResources('AWS::Lambda::Function')).map(
    ({ Properties }) => Properties.FunctionName as string,
  )
  expect(Math.max(...names.map(({ length }) => length))).toBe(64)
})

test('there are no other functions', () => {
  template.resourceCountIs('AWS::Lambda::Function', HANDLERS.length)
})

test('logs are kept as long as configured', () => {
  const groups = Object.values(
    withEverything({ logRetention: RetentionDays.ONE_WEEK }).findResources('AWS::Logs::LogGroup'),
  )
  expect(groups.map(({ Properties }) => Properties.RetentionInDays)).toEqual(Array(HANDLERS.length + 1).fill(7))
})

test('one request is started at a time, and at most maxConcurrentQueries run', () => {
  const concurrency = (changes: Parameters<typeof synthesized>[0], handler: string) =>
    functionOf(synthesized(changes), handler).ReservedConcurrentExecutions
  expect(concurrency({}, 'start')).toBe(1)
  expect(concurrency({}, 'export-chunk')).toBe(1)
  expect(concurrency({ maxConcurrentQueries: 3, maxRunning: 5 }, 'export-chunk')).toBe(3)
  expect(concurrency({ maxConcurrentQueries: 3, maxRunning: 5 }, 'start')).toBe(1)
})

test('only start may send to its own queue without being stopped as a loop', () => {
  const allowed = HANDLERS.filter((handler) => functionOf(template, handler).RecursiveLoop === 'Allow')
  expect(allowed).toEqual(['start'])
})

test('start and the two functions that move data may run for 15 minutes, and a chunk has a full CPU', () => {
  for (const handler of ['start', 'export-chunk', 'finish']) expect(functionOf(template, handler).Timeout).toBe(900)
  expect(functionOf(template, 'export-chunk').MemorySize).toBe(1769)
})

test('only export-chunk is in the network', () => {
  const inside = HANDLERS.filter((handler) => 'VpcConfig' in functionOf(template, handler))
  expect(inside).toEqual(['export-chunk'])
  expect(functionOf(template, 'export-chunk').VpcConfig).toEqual({
    SubnetIds: ['subnet-0a1b2c3d'],
    SecurityGroupIds: ['sg-0a1b2c3d'],
  })
})

test('a function ends before its state times out, so the state sees the reason', () => {
  const { States } = JSON.parse(readFileSync('statemachine/download.asl.json', 'utf8')) as {
    States: Record<string, State>
  }
  const tasks = Object.values({ ...States, ...States.Export!.ItemProcessor!.States }).filter(
    ({ Type }) => Type === 'Task',
  )
  expect(tasks.length).toBeGreaterThanOrEqual(6)
  for (const { TimeoutSeconds, Arguments } of tasks) {
    const name = Arguments!.FunctionName.slice('${'.length, -'Function}'.length)
    const handler = name.replace(/\B[A-Z]/g, '-$&').toLowerCase()
    expect(TimeoutSeconds).toBeGreaterThan(functionOf(template, handler).Timeout as number)
  }
})

test('every function’s environment has only the parts of the stack that it needs', () => {
  const told = Object.fromEntries(
    HANDLERS.map((handler) => {
      const { Environment } = functionOf(template, handler) as { Environment?: { Variables: Record<string, unknown> } }
      const variables = Object.entries(Environment?.Variables ?? {})
      return [handler, Object.fromEntries(variables.map(([name, value]) => [name, readable(value)]))]
    }),
  )
  const announcing = {
    CARRYOUT_TOPIC_ARN: '<NotificationsTopic>',
    CARRYOUT_TABLE: '<Table>',
    CARRYOUT_OWN_SUBSCRIPTIONS: '2',
    CARRYOUT_OPERATOR_LANGUAGE: 'en',
    CARRYOUT_COMMAND_OPTIONS: '--stack Shop',
    CARRYOUT_REQUESTER_MAIL: 'on',
  }
  const linking = {
    CARRYOUT_BUCKET: '<DownloadsFiles>',
    CARRYOUT_FILE_SECONDS: '604800',
    CARRYOUT_LINK_URL: '<LinksOpenLinkFunctionUrl>',
    CARRYOUT_LINK_SECRET_ARN: '<LinksSecret>',
    CARRYOUT_LINK_SECONDS: '604800',
  }
  expect(told).toEqual({
    start: {
      CARRYOUT_QUEUE_URL: '<QueueRequests>',
      CARRYOUT_MAX_RECEIVES: '1000',
      CARRYOUT_STATE_MACHINE_ARN: '<DownloadMachine>',
      CARRYOUT_MAX_RUNNING: '1',
      CARRYOUT_NAME: 'Shop',
      CARRYOUT_TABLE: '<Table>',
      // For an outage of the database: the function that checks the database, and the one that reports it.
      CARRYOUT_EXPORT_CHUNK_FUNCTION: '<ExportChunk>',
      CARRYOUT_NOTIFY_FUNCTION: '<Notify>',
    },
    prepare: {
      CARRYOUT_DATABASE_TIME_ZONE: '+00:00',
      CARRYOUT_MAX_CONCURRENT_QUERIES: '1',
      CARRYOUT_TABLE: '<Table>',
    },
    'export-chunk': {
      CARRYOUT_BUCKET: '<DownloadsFiles>',
      CARRYOUT_CHUNK_BUDGET_SECONDS: '0',
      NODE_OPTIONS: '--max-semi-space-size=4',
      CARRYOUT_DATABASE_HOST: 'db.example.com',
      CARRYOUT_DATABASE_PORT: '3306',
      CARRYOUT_DATABASE_NAME: 'shop',
      CARRYOUT_DATABASE_TLS: 'required',
      CARRYOUT_DATABASE_TIME_ZONE: '+00:00',
      CARRYOUT_DATABASE_SECRET_ARN: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-AbC123',
    },
    finish: { CARRYOUT_BUCKET: '<DownloadsFiles>' },
    notify: { CARRYOUT_NAME: 'Shop', CARRYOUT_QUEUE_URL: '<QueueRequests>', ...announcing, ...linking },
    'confirm-notice': {
      CARRYOUT_NAME: 'Shop',
      ...announcing,
      CARRYOUT_BUCKET: linking.CARRYOUT_BUCKET,
      CARRYOUT_FILE_SECONDS: linking.CARRYOUT_FILE_SECONDS,
    },
    'mail-requester': {
      ...linking,
      CARRYOUT_TABLE: '<Table>',
      CARRYOUT_MAIL_FROM: 'downloads@example.com',
      CARRYOUT_MAIL_CONFIGURATION_SET: '<MailConfigurationSet>',
      CARRYOUT_RETRY_QUEUE_URL: '<MailMailsQueue>',
      CARRYOUT_RETRY_ATTEMPTS: '37',
    },
    'note-feedback': { CARRYOUT_NAME: 'Shop', CARRYOUT_TABLE: '<Table>' },
    'call-webhook': {
      CARRYOUT_TABLE: '<Table>',
      CARRYOUT_WEBHOOK_URL: 'https://shop.example.com/hooks',
      CARRYOUT_WEBHOOK_SECRET_ARN: WEBHOOK_SECRET_ARN,
      CARRYOUT_RETRY_QUEUE_URL: '<WebhookCallsQueue>',
      CARRYOUT_RETRY_ATTEMPTS: '10',
    },
    halt: {},
    discard: { CARRYOUT_BUCKET: '<DownloadsFiles>' },
    'open-link': {
      CARRYOUT_NAME: 'Shop',
      CARRYOUT_BUCKET: '<DownloadsFiles>',
      CARRYOUT_LINK_SECRET_ARN: '<LinksSecret>',
      CARRYOUT_TABLE: '<Table>',
    },
    record: { CARRYOUT_NAME: 'Shop', CARRYOUT_TABLE: '<Table>' },
  })
})

test('the file’s name and its rows use the same time zone', () => {
  const { stack, props } = givenStack()
  new Carryout(stack, 'Carryout', { ...props, database: { ...props.database, timeZone: '+09:00' } })
  const template = Template.fromStack(stack)
  for (const handler of ['prepare', 'export-chunk']) {
    const { Environment } = functionOf(template, handler) as { Environment: { Variables: object } }
    expect(Environment.Variables).toMatchObject({ CARRYOUT_DATABASE_TIME_ZONE: '+09:00' })
  }
})

test('a chunk’s budget is passed in seconds', () => {
  const { Environment } = functionOf(synthesized({ chunkBudget: Duration.minutes(2) }), 'export-chunk') as {
    Environment: { Variables: object }
  }
  expect(Environment.Variables).toMatchObject({ CARRYOUT_CHUNK_BUDGET_SECONDS: '120' })
})
