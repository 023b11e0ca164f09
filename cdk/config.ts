/**
 * The configuration of the app's own stack in `carryout.config.ts`: typed facts of the account, network and database.
 */
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { z } from 'zod'
import { DEFAULT_NAME } from '../statemachine/default-name.ts'
import { accept, issue } from './accept.ts'
import { arn, checkKind, checkNetwork, databaseShape, ofKind, otherRegion } from './database-settings.ts'
import { Settings } from './settings.ts'

const ids = (prefix: string, what: string) =>
  z
    .array(z.string().regex(new RegExp(`^${prefix}-[0-9a-f]+$`), `must be ${what}’s id such as ${prefix}-0a1b2c3d`))
    .min(1, `must have at least one`)
    .refine((all) => new Set(all).size === all.length, 'has a duplicate: remove it')

/** All settings; docs/deploying.md describes each. */
export const Config = z
  .strictObject({
    ...Settings.in.shape,
    /** The stack's name, with which the names of all its parts begin. */
    name: Settings.in.shape.name.default(DEFAULT_NAME),
    /** The module that exports the catalogue, relative to the folder with `cdk.json`. */
    catalogue: Settings.in.shape.catalogue.default('exports/index.ts'),
    /** The region to deploy to; by default that of the CLI's credentials. */
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-west-1')
      .optional(),
    account: z
      .string()
      .regex(/^\d{12}$/, 'must be an account’s 12 digits, in quotes')
      .optional(),
    /** The network of `database.host`. */
    vpc: z
      .strictObject({
        id: z.string().regex(/^vpc-[0-9a-f]+$/, 'must be a VPC’s id such as vpc-0a1b2c3d'),
        /** Private subnets with a route to S3 and Secrets Manager. */
        subnetIds: ids('subnet', 'a subnet'),
        /** The database's security group must allow these. */
        securityGroupIds: ids('sg', 'a security group'),
      })
      .optional(),
    database: z
      .strictObject({
        ...databaseShape,
        secretArn: arn(
          'secretsmanager',
          'secret:.+-[A-Za-z0-9]{6}',
          'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-AbC123',
        ).optional(),
        /** The secret's KMS key, if it is encrypted with a customer managed key. */
        secretKeyArn: arn('kms', 'key/[a-z0-9-]+', 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d').optional(),
      })
      .check(checkKind)
      .transform(ofKind),
    /** The secret contains `whsec_` followed by the key in base64. */
    webhook: z
      .strictObject({
        url: Settings.in.shape.webhook.unwrap().shape.url,
        secretArn: arn(
          'secretsmanager',
          'secret:.+-[A-Za-z0-9]{6}',
          'arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbC123',
        ),
      })
      .optional(),
    logRetention: z.enum(RetentionDays).default(RetentionDays.THREE_MONTHS),
    /** Your topic for alarms. */
    alarmTopicArn: arn('sns', '[A-Za-z0-9_-]+', 'arn:aws:sns:eu-west-1:111122223333:alarms').optional(),
  })
  .check(({ value, issues }) => {
    const { region, database, vpc } = value
    for (const [path, resource] of [
      ['database.clusterArn', 'clusterArn' in database ? database.clusterArn : undefined],
      ['database.secretArn', database.secretArn],
      ['database.secretKeyArn', database.secretKeyArn],
      [
        'database.tls.caSecretArn',
        'tls' in database && typeof database.tls === 'object' ? database.tls.caSecretArn : undefined,
      ],
      ['webhook.secretArn', value.webhook?.secretArn],
      ['alarmTopicArn', value.alarmTopicArn],
    ] as const) {
      const sentence = otherRegion(resource, region)
      if (sentence) issues.push(issue(value, path.split('.'), sentence))
    }
    issues.push(...checkNetwork(database, { vpc }))
    if (value.subscriptions.length === 0) {
      issues.push(
        issue(value, ['subscriptions'], 'is empty, so nobody would get notices: subscribe at least one address'),
      )
    }
  })
export type Config = z.output<typeof Config>

/** @throws Error with one sentence per problem */
export function defineConfig(config: z.input<typeof Config>): Config {
  return accept(Config, config, 'carryout.config.ts')
}
