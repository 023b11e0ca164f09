/**
 * Opens every service of the local cloud and connects it with those that it calls. This is the only list of services.
 */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { failureDelivery, ruleDelivery, sendTo } from '../deliveries.ts'
import { watchDisk } from '../disk.ts'
import { openDynamoDb } from '../dynamodb/dynamodb.ts'
import { createEvents, type Events } from '../events/events.ts'
import { createIam } from '../iam/iam.ts'
import { functionRights, integrationRights, ruleArnIn } from '../iam/rights.ts'
import { createUsage } from '../iam/usage.ts'
import { openCompileCache } from '../lambda/compile-cache.ts'
import { createLambda } from '../lambda/lambda.ts'
import { createLogs } from '../logs/logs.ts'
import { openMessaging } from '../messaging/messaging.ts'
import type { CloudOptions } from '../options.ts'
import { createLaptopRdsData } from '../rds-data/laptop.ts'
import { createS3 } from '../s3/s3.ts'
import { createScheduler } from '../scheduler/scheduler.ts'
import { createParameters } from '../services/parameters.ts'
import { createSecrets } from '../services/secrets.ts'
import { createSes } from '../ses/ses.ts'
import { createStates } from '../states/service.ts'
import { taskRunner } from '../tasks.ts'
import { type Others, together } from './others.ts'

/** The place of a service, and where it stores its state. */
export interface ServicePlace {
  store: DatabaseSync
  region: string
  accountId: string
  endpointUrl: string
}

export type Services = Awaited<ReturnType<typeof openServices>>['services']

/**
 * @param others what starts in other processes in the meantime
 * @param open collects what must be closed again, in reverse order
 * @throws StateUnusable, and the errors of `others`
 */
export async function openServices(
  place: ServicePlace,
  { others, ...options }: CloudOptions & { others: Promise<Others> },
  open: AsyncDisposableStack,
) {
  const { store, region, accountId } = place
  const { stateDirectory, onProgress = () => undefined, signal } = options
  const usage = createUsage()
  const iam = createIam({ store, accountId, usage })
  const disk = watchDisk({ directory: stateDirectory, onProgress })

  const [messaging, { database, stacks }] = await together([
    openMessaging({ ...place, stateDirectory, disk }).then((opened) => open.adopt(opened, () => opened.stop())),
    others,
  ])
  signal?.throwIfAborted()

  const dynamodb = open.adopt(await openDynamoDb({ ...place, stateDirectory }), (opened) => opened.stop())
  const logs = open.adopt(createLogs({ store, disk }), (opened) => opened.flush())
  const s3 = open.adopt(
    createS3({
      ...{ store, region, directory: join(stateDirectory, 's3'), onLost: (keys) => onProgress(lostFiles(keys)) },
      secretOf: (key) => iam.principalOf(key)?.secretAccessKey,
    }),
    (opened) => opened.close(),
  )
  const secrets = createSecrets(place)
  const parameters = createParameters(place)
  const rdsData = open.adopt(createLaptopRdsData({ ...place, database, secrets }), (opened) => opened.stop())
  const lambda = open.adopt(
    createLambda({
      ...{ ...place, logs, disk, delayScale: options.delayScale, sendFailure: failureDelivery(messaging, iam) },
      ...functionRights(iam, place),
      compileCache: openCompileCache(options.compileCache ?? join(stateDirectory, 'compiled')),
    }),
    (opened) => opened.stop(),
  )
  messaging.sns.bindPolicies((action, endpoint, topicArn) =>
    iam.serviceMay('sns.amazonaws.com', action, endpoint, { 'aws:SourceArn': topicArn }),
  )
  messaging.sns.bindFunctions((arn, payload, requestId) => lambda.invokeLater(arn, payload, requestId))
  const states = open.adopt(
    createStates({
      ...place,
      runTask: taskRunner({
        ...{ lambda, messaging, dynamodb, putEvents: (input) => events.putEvents(input) },
        authorize: integrationRights(iam, place),
      }),
      delayScale: options.delayScale,
      doubts: options.doubts,
      eventLimit: options.eventLimit,
      disk,
    }),
    (opened) => opened.stop(),
  )
  const events: Events = open.adopt(
    createEvents({
      ...place,
      states,
      disk,
      deliver: ruleDelivery({ lambda, messaging, states, iam, ruleArn: ruleArnIn(place) }),
    }),
    (opened) => opened.stop(),
  )
  const scheduler = open.adopt(
    createScheduler({ iam, onProgress, send: (arn, message) => sendTo(messaging, arn, message) }),
    (opened) => opened.stop(),
  )
  const ses = createSes({ ...place, outbox: messaging.outbox })

  const services = {
    ...{ messaging, dynamodb, ses, events, scheduler, s3, logs, secrets, parameters, rdsData, lambda, states, iam },
    ...{ database, usage },
  }
  return { services, stacks }
}

const NAMED = 5

function lostFiles(keys: string[]): string {
  const named = keys.slice(0, NAMED).join(', ')
  const more = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : ''
  return `The data of ${keys.length} files is missing or truncated on the disk, so these files are lost: ${named}${more}. Nothing else is.`
}
