/** The functions of the state machine's states, each with its permissions. */
import { Duration, Size, Stack } from 'aws-cdk-lib'
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import type { Construct } from 'constructs'
import { env, STREAMING_NODE_OPTIONS } from '../functions/common/environment.ts'
import type { Catalogue } from './catalogue.ts'
import { AUTHORITY_FILE, type DatabaseSecrets, grantQuery } from './database.ts'
import { readAuthorityFile } from './database-tls.ts'
import type { DownloadBucket } from './download-bucket.ts'
import type { DownloadQueue } from './download-queue.ts'
import type { DownloadTable } from './download-table.ts'
import { type HandlerEnvironment, HandlerFunction } from './handler-function.ts'
import type { Links } from './links.ts'
import { ENGINE_METADATA } from './metadata.ts'
import type { NotificationTopic } from './notification-topic.ts'
import type { CarryoutProps } from './props.ts'
import { LONGEST_INVOCATION, type Settings } from './settings.ts'

/** The parts that the functions are made from. */
export interface Parts {
  readonly environment: HandlerEnvironment
  readonly settings: Settings
  /** Undefined if nothing is bundled. */
  readonly catalogue: Catalogue | undefined
  readonly downloads: DownloadBucket
  readonly table: DownloadTable
}

/** Where queries run. */
export type Network = Pick<CarryoutProps, 'vpc' | 'vpcSubnets' | 'securityGroups'>

/** What `notify` uses to announce an outcome. */
export interface Told {
  readonly queue: DownloadQueue
  readonly notifications: NotificationTopic
  readonly links: Links
}

export function makePrepare(scope: Construct, { environment, settings, catalogue, table }: Parts): HandlerFunction {
  const prepare = new HandlerFunction(scope, 'Prepare', {
    ...environment,
    handler: 'prepare',
    ...(catalogue && { catalogue }),
    description: 'Validates a request against the catalogue and plans its file',
    timeout: Duration.seconds(30),
    memory: Size.mebibytes(512),
  })
  prepare.addEnvironment(env.DATABASE_TIME_ZONE, settings.database.timeZone)
  prepare.addEnvironment(env.MAX_CONCURRENT_QUERIES, String(settings.maxConcurrentQueries))
  // To check whether a request was cancelled while it waited.
  table.grantReadFacts(prepare)
  return prepare
}

export function makeExportChunk(
  scope: Construct,
  { environment, settings, catalogue, downloads }: Parts,
  { vpc, vpcSubnets, securityGroups }: Network,
  secrets: DatabaseSecrets,
): HandlerFunction {
  const exportChunk = new HandlerFunction(scope, 'ExportChunk', {
    ...environment,
    handler: 'export-chunk',
    ...(catalogue && { catalogue }),
    description:
      'Queries one range from its cursor and writes a chunk; its reserved concurrency is the database’s limit',
    timeout: LONGEST_INVOCATION,
    memory: Size.mebibytes(1769),
    reservedConcurrency: settings.maxConcurrentQueries,
    files: authorityFile(settings.database),
    network: vpc && {
      vpc,
      subnets: vpcSubnets,
      securityGroups: securityGroups ?? [
        new SecurityGroup(scope, 'SecurityGroup', { vpc, description: 'Carryout: queries of exports' }),
      ],
    },
  })
  grantQuery(exportChunk, settings.database, secrets)
  const { engine } = settings.database
  if (engine !== undefined) Stack.of(scope).addMetadata(`${ENGINE_METADATA}${scope.node.path}`, engine)
  downloads.grantWrite(exportChunk)
  exportChunk.addEnvironment('NODE_OPTIONS', STREAMING_NODE_OPTIONS)
  exportChunk.addEnvironment(env.CHUNK_BUDGET_SECONDS, String(settings.chunkBudget?.toSeconds() ?? 0))
  return exportChunk
}

export function makeFinish(scope: Construct, { environment, downloads }: Parts): HandlerFunction {
  const finish = new HandlerFunction(scope, 'Finish', {
    ...environment,
    handler: 'finish',
    description: 'Composes chunks into the file, verifies it and writes its manifest',
    timeout: LONGEST_INVOCATION,
    memory: Size.mebibytes(1024),
  })
  downloads.grantCompose(finish)
  return finish
}

export function makeNotify(
  scope: Construct,
  { environment, table }: Parts,
  { queue, notifications, links }: Told,
): HandlerFunction {
  const notify = new HandlerFunction(scope, 'Notify', {
    ...environment,
    handler: 'notify',
    description: 'Announces that a file is ready, or what failed and what to do',
    // Long enough to take over from another invocation that died halfway.
    timeout: Duration.seconds(58),
    memory: Size.mebibytes(256),
  })
  notifications.grantAnnounce(notify)
  notify.addEnvironment(env.NAME, environment.prefix)
  table.grantClaim(notify)
  queue.grantSendOutage(notify)
  links.grantSign(notify)
  return notify
}

export function makeHalt(scope: Construct, { environment }: Parts): HandlerFunction {
  return new HandlerFunction(scope, 'Halt', {
    ...environment,
    handler: 'halt',
    description: 'Fails the execution with the recorded error, or lets it continue once it was redriven',
    timeout: Duration.seconds(30),
    memory: Size.mebibytes(256),
  })
}

/** Returns the files that are deployed beside the code of the function that queries. */
function authorityFile(database: Settings['database']): Record<string, string> {
  if ('clusterArn' in database || typeof database.tls !== 'object' || database.tls.ca === undefined) return {}
  return { [AUTHORITY_FILE]: readAuthorityFile(database.tls.ca) }
}
