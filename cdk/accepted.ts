/** Checks the construct's props as a whole, and divides them into settings and what its parts are given. */
import { RemovalPolicy } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { accept } from './accept.ts'
import { type Brought, problemsOfBrought } from './brought.ts'
import { contradictions } from './contradictions.ts'
import { separate } from './database.ts'
import { defaultName } from './names.ts'
import type { CarryoutProps } from './props.ts'
import { ResourceProps } from './resource-props.ts'
import { Settings } from './settings.ts'

/** @throws Error if props contradict each other or AWS; the message says what to change */
export function accepted(scope: Construct, props: CarryoutProps) {
  accept(ResourceProps, props ?? {}, scope.node.path)
  const { vpc, vpcSubnets, securityGroups, logRetention, alarmTopic, database, webhook, ...withParts } = props
  const { queue, deadLetterQueue, bucket, topic, encryptionKey, tableKey = encryptionKey, ...others } = withParts
  const { removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, ...plain } = others
  const brought: Brought = { queue, deadLetterQueue, bucket, topic }
  const network = { vpc, vpcSubnets, securityGroups }
  const { settings: address, ...databaseSecrets } = separate(database)
  const given = {
    name: defaultName(scope),
    database: address,
    ...(webhook && { webhook: { url: webhook.url } }),
    ...plain,
  }
  const settings = accept(
    Settings.check(({ value, issues }) => {
      issues.push(...contradictions(scope, value, network), ...problemsOfBrought(brought))
    }),
    given,
    scope.node.path,
  )
  return {
    settings,
    environment: { prefix: settings.name, logRetention: logRetention ?? RetentionDays.THREE_MONTHS },
    network,
    databaseSecrets,
    webhookSecret: webhook?.secret,
    brought,
    encryptionKey,
    tableKey,
    removalPolicy,
    alarmTopic,
  }
}
