/**
 * What is deployed, as files that a reviewer reads: a change to a template shows in their differences.
 * `CARRYOUT_TEMPLATES=write npm run test:jest -- test/cdk/template` writes them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Key } from 'aws-cdk-lib/aws-kms'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import sample from '../../cdk/carryout.config.ts'
import { Carryout } from '../../cdk/carryout.ts'
import type { ExportFacts } from '../../cdk/catalogue.ts'
import { defineConfig } from '../../cdk/config.ts'
import { Schedules } from '../../cdk/schedules.ts'
import { CarryoutStack } from '../../cdk/stack.ts'
import { givenApp, givenCluster, SECRET_ARN } from './support.ts'

const arnOf = (name: string) => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}-AbC123`
const KEY_ARN = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d'

const ORDERS: ExportFacts = {
  ...{ name: 'orders', parallelism: 1, problems: [] },
  schedules: [
    {
      ...{ name: 'monthly', expression: 'cron(0 6 1 * ? *)', timeZone: 'Asia/Tokyo', enabled: true },
      recipients: ['downloads@example.com'],
    },
  ],
}

const STACKS: Record<string, () => Template> = {
  sample: () => Template.fromStack(new CarryoutStack(givenApp(), sample)),
  /** A server with everything that can be set. */
  everything: () =>
    Template.fromStack(
      new CarryoutStack(
        givenApp(),
        defineConfig({
          ...{ name: 'Shop', region: 'eu-west-1', account: '111122223333' },
          vpc: { id: 'vpc-0a1b2c3d', subnetIds: ['subnet-0a1b2c3d'], securityGroupIds: ['sg-0a1b2c3d'] },
          database: {
            ...{ host: 'db.example.com', port: 3307, name: 'shop', secretArn: SECRET_ARN, secretKeyArn: KEY_ARN },
            tls: { caSecretArn: arnOf('authority') },
          },
          ...{ maxConcurrentQueries: 4, maxRunning: 3, chunkBudget: Duration.minutes(1) },
          ...{ fileRetention: Duration.days(3), unfinishedRetention: Duration.days(20), linkExpiry: Duration.days(2) },
          subscriptions: [
            { email: 'all@example.com' },
            { email: 'operator@example.com', filter: { status: ['failed'], export: ['orders'] } },
          ],
          mail: { from: 'downloads@example.com', fromName: 'Shop', identity: 'create', timeZone: 'Asia/Tokyo' },
          webhook: { url: 'https://shop.example.com/hooks', secretArn: arnOf('hook') },
          ...{ links: { maxConcurrency: 4 }, operatorLanguage: 'ja', consoleUrl: 'https://shop.example.com/console' },
          ...{ logRetention: RetentionDays.ONE_YEAR, alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alarms' },
        }),
      ),
    ),
  /** An Aurora cluster by the Data API in a stack of somebody's own, with own keys and a schedule. */
  cluster: () => {
    const { stack, props } = givenCluster(givenApp())
    const { queue } = new Carryout(stack, 'Downloads', {
      ...props,
      ...{ links: 'none', removalPolicy: RemovalPolicy.DESTROY },
      encryptionKey: new Key(stack, 'Key'),
      tableKey: Key.fromKeyArn(stack, 'TableKey', KEY_ARN),
    })
    // The schedules come from a catalogue that is not read here.
    new Schedules(stack, 'Schedules', { prefix: 'Shop', queue: queue.requests, exports: [ORDERS] })
    return Template.fromStack(stack)
  },
}

test.each(Object.keys(STACKS))('%s is deployed as its file says', (name) => {
  const path = join(import.meta.dirname, 'templates', `${name}.json`)
  const template = `${printed(reviewable(STACKS[name]!().toJSON()))}\n`
  if (process.env.CARRYOUT_TEMPLATES === 'write') writeFileSync(path, template)
  expect(template).toBe(readFileSync(path, 'utf8'))
})

/** Texts that are JSON themselves. */
const JSON_TEXTS = ['DefinitionString', 'DashboardBody']

/** The template without the hashes of the code, with references as in `Fn::Sub`, and with JSON instead of texts that are JSON. */
function reviewable(template: object): unknown {
  return JSON.parse(JSON.stringify(template), (name, value: unknown) => {
    const text = textOf(value)
    if (text === undefined) return value
    return JSON_TEXTS.includes(name) ? JSON.parse(text) : text.replace(/^[0-9a-f]{64}\.zip$/, 'code.zip')
  })
}

/** A text, a reference or a concatenation of them as text. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = (value ?? {}) as Record<string, unknown>
  if (typeof Ref === 'string') return `\${${Ref}}`
  if (Array.isArray(attribute)) return `\${${attribute.join('.')}}`
  if (!Array.isArray(join)) return undefined
  const [separator, parts] = join as [string, unknown[]]
  return parts.every((part) => typeof part === 'string') ? parts.join(separator) : undefined
}

/** JSON with each value on one line that has room there. */
function printed(value: unknown, indentation = '', name = ''): string {
  const short = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || indentation.length + name.length + short.length <= 120)
    return short
  const inner = `${indentation}  `
  const lines = Array.isArray(value)
    ? value.map((item) => printed(item, inner))
    : Object.entries(value).map(([key, item]) => `"${key}": ${printed(item, inner, key)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${lines.map((line) => `${inner}${line}`).join(',\n')}\n${indentation}${close}`
}
