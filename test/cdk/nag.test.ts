/** No rule of cdk-nag or of CloudFormation is left unanswered, whichever database is read and whatever else is set. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type App, Duration, RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib'
import { Key } from 'aws-cdk-lib/aws-kms'
import { CfnFunction } from 'aws-cdk-lib/aws-lambda'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { AwsSolutionsChecks } from 'cdk-nag'
import { Carryout } from '../../cdk/carryout.ts'
import type { ExportFacts } from '../../cdk/catalogue.ts'
import type { CarryoutProps } from '../../cdk/props.ts'
import { Schedules } from '../../cdk/schedules.ts'
import { CLUSTER_ARN, givenApp, givenStack, WEBHOOK_SECRET_ARN } from './support.ts'

const from = 'downloads@example.com'
/** Each option is in some, and not in others. */
const VARIANTS: Record<string, (stack: Stack) => Partial<CarryoutProps>> = {
  Nothing: () => ({}),
  Mail: () => ({ mail: { from }, links: 'none', removalPolicy: RemovalPolicy.DESTROY }),
  Webhook: (stack) => ({ webhook: webhookIn(stack), links: { baseUrl: 'https://shop.example/downloads' } }),
  Everything: (stack) => ({
    mail: { from, fromName: '受注', identity: 'create', timeZone: 'Asia/Tokyo' },
    webhook: webhookIn(stack),
    links: { maxConcurrency: 0 },
    alarmTopic: Topic.fromTopicArn(stack, 'Ops', 'arn:aws:sns:eu-west-1:111122223333:ops'),
    tableKey: Key.fromKeyArn(stack, 'TableKey', 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d'),
    ...{ maxConcurrentQueries: 4, maxRunning: 4, chunkBudget: Duration.minutes(1) },
    ...{ subscriptions: [{ email: from, filter: { status: ['failed'] } }], operatorLanguage: 'ja' },
  }),
}

const MONTHLY: ExportFacts = {
  ...{ name: 'orders', parallelism: 1, problems: [] },
  schedules: [
    { name: 'monthly', expression: 'cron(0 6 1 * ? *)', timeZone: 'Asia/Tokyo', recipients: [from], enabled: true },
  ],
}

const { CDK_VALIDATION } = process.env
beforeAll(() => {
  // It leaves CloudFormation's rules out elsewhere in the tests.
  delete process.env.CDK_VALIDATION
})
afterAll(() => {
  process.env.CDK_VALIDATION = CDK_VALIDATION
})

test('a server and a cluster, with and without every option, satisfy cdk-nag', () => {
  const app = givenApp()
  for (const name of Object.keys(VARIANTS)) givenBoth(app, name)
  expect(problemsOf(app)).toBe('')
})

test('a server and a cluster with every option satisfy CloudFormation’s rules', () => {
  const app = givenApp({ builtinCloudFormationValidation: true })
  givenBoth(app, 'Everything')
  expect(problemsOf(app)).toBe('')
})

test('a violation of cdk-nag’s rules is found', () => {
  const app = givenApp()
  new Bucket(givenStack(app).stack, 'Open')
  expect(problemsOf(app)).toContain('AwsSolutions-S1')
})

test('a violation of CloudFormation’s rules is found', () => {
  const app = givenApp({ builtinCloudFormationValidation: true })
  new CfnFunction(givenStack(app).stack, 'Typo', {
    code: { zipFile: '' },
    role: 'arn:aws:iam::1:role/none',
    memorySize: 1,
  })
  expect(problemsOf(app)).toContain('MemorySize')
})

/** A stack that reads a server, and one that reads a cluster. */
function givenBoth(app: App, variant: string) {
  const options = VARIANTS[variant]!
  const { stack, props } = givenStack(app, `Server${variant}`)
  const { queue } = new Carryout(stack, 'Carryout', { ...props, ...options(stack) })
  // The schedules come from a catalogue that is not read here.
  new Schedules(stack, 'Schedules', { prefix: 'Shop', queue: queue.requests, exports: [MONTHLY] })
  const { stack: other, props: server } = givenStack(app, `Cluster${variant}`)
  const { secret } = server.database
  new Carryout(other, 'Carryout', {
    catalogue: server.catalogue,
    database: { clusterArn: CLUSTER_ARN, name: 'shop', secret },
    ...options(other),
  })
}

/** The findings as the CLI prints them; empty if there are none. */
function problemsOf(app: App): string {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  try {
    // The CDK only reports violations of CloudFormation's rules as warnings.
    const { directory } = app.synth()
    const { pluginReports } = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as {
      pluginReports: unknown[]
    }
    return pluginReports.length > 0 ? JSON.stringify(pluginReports) : ''
  } catch (error) {
    return (error as Error).message
  }
}

function webhookIn(stack: Stack) {
  return {
    url: 'https://shop.example.com/hooks',
    secret: Secret.fromSecretCompleteArn(stack, 'Hook', WEBHOOK_SECRET_ARN),
  }
}
