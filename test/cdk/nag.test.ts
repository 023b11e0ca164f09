/** No rule of cdk-nag is left unanswered, whichever database is read and whatever else is set. */
import { type App, Duration, RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { AwsSolutionsChecks } from 'cdk-nag'
import { Carryout, type CarryoutProps } from '../../cdk/carryout.ts'
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

test('a server and a cluster, with and without every option, are deployed as cdk-nag wants it', () => {
  const app = givenApp()
  for (const [name, options] of Object.entries(VARIANTS)) {
    const { stack, props } = givenStack(app, `Server${name}`)
    new Carryout(stack, 'Carryout', { ...props, ...options(stack) })
    const { stack: other, props: server } = givenStack(app, `Cluster${name}`)
    const { secret } = server.database
    new Carryout(other, 'Carryout', {
      catalogue: server.catalogue,
      database: { clusterArn: CLUSTER_ARN, name: 'shop', secret },
      ...options(other),
    })
  }
  expect(problemsOf(app)).toBe('')
})

test('what cdk-nag does not want is found', () => {
  const app = givenApp()
  new Bucket(givenStack(app).stack, 'Open')
  expect(problemsOf(app)).toContain('AwsSolutions-S1')
})

/** As the CLI prints them; nothing where there are none. */
function problemsOf(app: App): string {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  try {
    app.synth()
    return ''
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
