/**
 * The local cloud: AWS in this process, as far as it is emulated. It boots from a synthesized template, so what runs here is
 * what is deployed.
 */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { SQSClient } from '@aws-sdk/client-sqs'
import { type Database, openDatabase } from './database/database.ts'
import { failureDelivery, ruleDelivery, sendTo } from './deliveries.ts'
import { watchDisk } from './disk.ts'
import { type DynamoDb, openDynamoDb } from './dynamodb/dynamodb.ts'
import { createEvents, type Events } from './events/events.ts'
import { startGateway } from './gateway.ts'
import { createGuard } from './iam/guard.ts'
import { createIam, type Iam } from './iam/iam.ts'
import { functionRights, integrationRights, ruleArnIn, trustSenders } from './iam/rights.ts'
import { createUsage, type UsageReport } from './iam/usage.ts'
import { ACCOUNT_ID, DEFAULT_REGION } from './identity.ts'
import { openCompileCache } from './lambda/compile-cache.ts'
import { createEventSource } from './lambda/event-source.ts'
import { createLambda } from './lambda/lambda.ts'
import { createMappings, type Mapping, type Mappings } from './lambda/mappings.ts'
import type { Lambda } from './lambda/port.ts'
import { lockState } from './lock.ts'
import { createLogs, type Logs } from './logs/logs.ts'
import type { Outbox } from './mail/outbox.ts'
import { type Messaging, openMessaging } from './messaging/messaging.ts'
import { createPages } from './pages.ts'
import type { Handler } from './protocol.ts'
import { createLaptopRdsData } from './rds-data/laptop.ts'
import type { RdsData } from './rds-data/rds-data.ts'
import { createRetention } from './retention.ts'
import { createS3, type S3 } from './s3/s3.ts'
import { createScheduler, type Scheduler } from './scheduler/scheduler.ts'
import { createCloudFormation } from './services/cloudformation.ts'
import { createParameters, type Parameters } from './services/parameters.ts'
import { createSecrets, type Secrets } from './services/secrets.ts'
import { createSts } from './services/sts.ts'
import { createSes, type Ses } from './ses/ses.ts'
import { createStates, type Doubts, type States } from './states/service.ts'
import { cutLogNotice, openStore, StateUnusable, stateUnusable } from './store.ts'
import { taskRunner } from './tasks.ts'
import { readAssembly } from './template/assembly.ts'
import { dynamoDbTypes } from './template/resources/dynamodb.ts'
import { eventsTypes } from './template/resources/events.ts'
import { iamTypes } from './template/resources/iam.ts'
import { inertTypes } from './template/resources/inert.ts'
import { lambdaTypes } from './template/resources/lambda.ts'
import { logsTypes } from './template/resources/logs.ts'
import { s3Types } from './template/resources/s3.ts'
import { schedulerTypes } from './template/resources/scheduler.ts'
import { secretsManagerTypes } from './template/resources/secretsmanager.ts'
import { sesTypes } from './template/resources/ses.ts'
import { snsTypes } from './template/resources/sns.ts'
import { sqsTypes } from './template/resources/sqs.ts'
import { ssmTypes } from './template/resources/ssm.ts'
import { statesTypes } from './template/resources/states.ts'
import { bootStack, type Stack } from './template/stack.ts'

export interface CloudOptions {
  /** Where everything is kept. One local cloud at a time. */
  stateDirectory: string
  /** Of 127.0.0.1; 0 lets the system choose. */
  port: number
  /** The directory of a synthesized cloud assembly, or what makes one while the database starts. */
  assembly: string | ((signal: AbortSignal | undefined) => Promise<string>)
  /** `mysql://user:password@host:port/database`; by default a throwaway server. */
  databaseUrl?: string | undefined
  /** A throwaway server's product: `mysql`, `mariadb`, or one with a version (`mysql-9`); by default what costs least. */
  databaseProduct?: string | undefined
  /** The schema, unless `databaseUrl` names one. */
  database: string
  region?: string | undefined
  /** How functions find what this laptop has in place of what the template names; by default their variables stay as they are. */
  environment?: ((services: LaptopServices) => FunctionEnvironment) | undefined
  /** Where Node keeps what it compiled of the functions; by default in the state directory. */
  compileCache?: string | undefined
  /** Answers what lies below `/_carryout/` beside the local cloud's own pages, such as an operator's console. */
  site?: ((place: { endpointUrl: string; region: string }) => Handler) | undefined
  /** What the state machine's Wait and Retry delays are multiplied by; less than 1 in tests of patient retries. */
  delayScale?: number | undefined
  /** Which of AWS's doubtful ways Step Functions has; for tests. */
  doubts?: Doubts | undefined
  /** Called with a sentence whenever something takes time. */
  onProgress?: ((line: string) => void) | undefined
  /** Gives up the boot. */
  signal?: AbortSignal | undefined
}

/** What a function's environment may be made of. */
export interface LaptopServices {
  database: Database
  secrets: Pick<Secrets, 'bind'>
  rdsData: Pick<RdsData, 'bind'>
  endpointUrl: string
}

/** From a function's variables as the template has them to those that it gets here. */
export type FunctionEnvironment = (variables: Record<string, string>) => Record<string, string>

export interface Cloud {
  endpointUrl: string
  region: string
  stateDirectory: string
  /** Of all stacks, by their keys. */
  outputs: Record<string, string>
  /** A sentence for each part of the template that the local cloud does not have. */
  unsupported: string[]
  stacks: readonly Stack[]
  database: Database
  lambda: Lambda
  states: States
  s3: S3
  logs: Logs
  outbox: Outbox
  /** What the roles of the template were granted, and what of it was used. */
  iamUsage(): UsageReport
  /** Its `fail` makes the next mails fail, for tests. */
  ses: Ses
  events: Pick<Events, 'put'>
  /** Its `advanceTo` makes schedules due, for tests. */
  scheduler: Pick<Scheduler, 'advanceTo'>
  /** Ends everything in order; what runs goes on at the next start. */
  stop(): Promise<void>
}

/**
 * Boots the local cloud.
 *
 * @throws PortInUse, StateUnusable, DatabaseUnusable, TemplateError (see `isUserError`), and what `assembly` throws.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const open = new AsyncDisposableStack()
  try {
    const cloud = await boot(options, open)
    return { ...cloud, stop: () => open.disposeAsync() }
  } catch (error) {
    await open.disposeAsync()
    // Whichever service met it: a database in the state directory is not what it was.
    if ((error as NodeJS.ErrnoException).code === 'ERR_SQLITE_ERROR') throw stateUnusable(options.stateDirectory, error)
    throw error
  }
}

/** @param open takes what must be closed again, the last opened first. */
async function boot(options: CloudOptions, open: AsyncDisposableStack): Promise<Omit<Cloud, 'stop'>> {
  const { stateDirectory, port, region = DEFAULT_REGION, onProgress = () => undefined, signal } = options
  open.defer(lockState(stateDirectory))
  const notice = cutLogNotice(stateDirectory)
  if (notice) onProgress(notice)
  const store = open.adopt(openStore(stateDirectory), (opened) => opened.close())
  checkRegion(store, region, stateDirectory)
  // First of what takes time, so that a port in use is said at once.
  const gateway = open.adopt(await startGateway({ port }), (started) => started.stop())
  const { endpointUrl } = gateway
  const usage = createUsage()
  const iam = createIam({ store, accountId: ACCOUNT_ID, usage })
  const place = { store, region, accountId: ACCOUNT_ID, endpointUrl }
  const disk = watchDisk({ directory: stateDirectory, onProgress })

  const [messaging, assembly, database] = await together([
    openMessaging({ ...place, stateDirectory, disk }).then((opened) => open.adopt(opened, () => opened.stop())),
    typeof options.assembly === 'string' ? options.assembly : options.assembly(signal),
    openDatabase({
      stateDirectory,
      database: options.database,
      databaseUrl: options.databaseUrl,
      product: options.databaseProduct,
      onProgress,
      signal,
    }).then((opened) => open.adopt(opened, () => opened.stop())),
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

  const stacks: Stack[] = []
  const declared: Mapping[] = []
  const environmentOf = options.environment?.({ database, secrets, rdsData, endpointUrl }) ?? ((variables) => variables)
  const types = {
    ...inertTypes,
    ...sqsTypes(messaging.fauxqs, iam.own),
    ...snsTypes(messaging.fauxqs, iam.own),
    ...iamTypes({
      iam,
      onStatement: (statement) => trustSenders(ses, statement),
      functionArn: (name) => lambda.getFunction(name).arn,
      queueArn: (url) => messaging.fauxqs.sqs.getQueue(url)?.arn ?? url,
    }),
    ...s3Types(s3),
    ...dynamoDbTypes(dynamodb),
    ...logsTypes(logs),
    ...secretsManagerTypes(secrets),
    ...ssmTypes(parameters),
    ...lambdaTypes({ lambda, iam, environmentOf, onMapping: (mapping) => declared.push(mapping) }),
    ...statesTypes(states),
    ...eventsTypes(events),
    ...schedulerTypes(scheduler),
    ...sesTypes({
      ses,
      publish: (topicArn, message, subject) => messaging.sns.publish({ topicArn, message, subject }),
      putEvent: (event) => void events.put(event),
    }),
  }
  for (const source of readAssembly(assembly)) stacks.push(await bootStack(source, { ...place, types }))

  gateway.guard = createGuard({
    iam,
    place: { ...place, secretArn: secrets.arnOf, identitiesOf: ses.identitiesOf },
    exists: s3.has,
  })
  const mappings = open.adopt(
    createMappings({
      ...{ store, mappings: declared },
      poll: queuePoller({ messaging, lambda, endpointUrl, region, onProgress, open }),
    }),
    (opened) => opened.stop(),
  )
  let ready = false
  serve(gateway, {
    ...{
      messaging,
      dynamodb,
      ses,
      events,
      s3,
      logs,
      secrets,
      parameters,
      rdsData,
      lambda,
      mappings,
      states,
      stacks,
      iam,
    },
    isReady: () => ready,
    site: options.site?.({ endpointUrl, region }),
  })
  // Executions go on only once all that their functions call answers; requests come in last.
  await states.resume()
  lambda.resume()
  mappings.start()
  scheduler.start()
  ready = true
  // Last: nothing waits for it.
  open.adopt(createRetention({ store }), (opened) => opened.stop())
  return {
    endpointUrl,
    region,
    stateDirectory,
    outputs: Object.fromEntries(stacks.flatMap(({ outputs }) => outputs.map(({ key, value }) => [key, value]))),
    unsupported: stacks.flatMap(({ unsupported }) => unsupported),
    stacks,
    database,
    lambda,
    states,
    s3,
    logs,
    outbox: messaging.outbox,
    iamUsage: usage.report,
    ses,
    events,
    scheduler,
  }
}

function serve(
  gateway: Awaited<ReturnType<typeof startGateway>>,
  services: {
    messaging: Messaging
    dynamodb: DynamoDb
    ses: Ses
    events: Events
    s3: S3
    logs: Logs
    secrets: Secrets
    parameters: Parameters
    rdsData: RdsData
    lambda: Lambda
    mappings: Mappings
    states: States
    stacks: Stack[]
    iam: Iam
    isReady: () => boolean
    site: Handler | undefined
  },
) {
  const {
    messaging,
    dynamodb,
    ses,
    events,
    s3,
    logs,
    secrets,
    parameters,
    rdsData,
    lambda,
    mappings,
    states,
    stacks,
    iam,
    isReady,
  } = services
  // By the names in the credential scope.
  const handlers = {
    sqs: messaging.sqs.handler,
    sns: messaging.sns.handler,
    dynamodb: dynamodb.handler,
    ses: ses.handler,
    events: events.handler,
    s3: s3.handler,
    states: states.handler,
    lambda: mappings.handler(lambda.handler),
    logs: logs.handler,
    secretsmanager: secrets.handler,
    ssm: parameters.handler,
    'rds-data': rdsData.handler,
    sts: createSts({ accountId: ACCOUNT_ID, iam }).handler,
    cloudformation: createCloudFormation(stacks).handler,
  }
  for (const [name, handler] of Object.entries(handlers)) gateway.services.set(name, handler)
  const unsubscribe = (arn: string) => messaging.fauxqs.sns.unsubscribe(arn)
  gateway.paths.set('/_carryout/', createPages({ outbox: messaging.outbox, unsubscribe, isReady, site: services.site }))
  gateway.paths.set('/lambda-url/', lambda.functionUrlHandler)
}

/** @returns what begins to poll a queue for a function; undefined where the queue is not here. */
function queuePoller(options: {
  messaging: Messaging
  lambda: Lambda
  endpointUrl: string
  region: string
  onProgress: (line: string) => void
  open: AsyncDisposableStack
}) {
  const { messaging, lambda, endpointUrl, region, onProgress, open } = options
  const connect = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
    new SQSClient({ endpoint: endpointUrl, region, credentials })
  const own = open.adopt(connect(LAPTOP), (opened) => opened.destroy())
  return (mapping: Mapping) => {
    const queueUrl = messaging.fauxqs.sqs.getQueueByArn(mapping.queueArn)?.url
    if (queueUrl === undefined) {
      onProgress(`The queue ${mapping.queueArn}, which feeds ${mapping.functionArn}, is not in the local cloud.`)
      return undefined
    }
    // Lambda polls with the rights of the function's role.
    const sqs = connect(lambda.getFunction(mapping.functionArn).credentials ?? LAPTOP)
    const source = createEventSource({
      ...mapping,
      sqs,
      own,
      queueUrl,
      invoke: (functionArn, payload) => lambda.invoke(functionArn, payload),
      onError: (error) => onProgress(`Polling ${queueUrl}: ${error instanceof Error ? error.message : String(error)}`),
    })
    return { drain: source.drain, stop: () => source.stop().finally(() => sqs.destroy()) }
  }
}

const LAPTOP = { accessKeyId: 'local', secretAccessKey: 'local' }

const NAMED = 5

function lostFiles(keys: string[]): string {
  const named = keys.slice(0, NAMED).join(', ')
  const more = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : ''
  return `The bytes of ${keys.length} files were missing or cut on the disk, so they are lost: ${named}${more}. Nothing else is.`
}

/** ARNs of what is kept hold the region, so a state directory has one for good. */
function checkRegion(store: DatabaseSync, region: string, stateDirectory: string) {
  store.exec('CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID')
  store.prepare("INSERT OR IGNORE INTO settings VALUES ('region', ?)").run(region)
  const { value } = store.prepare("SELECT value FROM settings WHERE name = 'region'").get() as { value: string }
  if (value === region) return
  throw new StateUnusable(
    `The state directory ${stateDirectory} was made in the region ${value}, not ${region}. ` +
      'Use that region, or name another directory with --state <dir>.',
  )
}

/** All results, or the first failure; but only once all have ended, so that what did open is closed again. */
async function together<T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  const settled = await Promise.allSettled(promises)
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason
  return settled.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as {
    -readonly [P in keyof T]: Awaited<T[P]>
  }
}
