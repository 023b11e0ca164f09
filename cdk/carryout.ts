import { CfnOutput, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib'
import type { Connections, IConnectable, ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { StringParameter } from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'
import { env, STREAMING_NODE_OPTIONS } from '../functions/common/environment.ts'
import { accept, issue } from './accept.ts'
import { Alarms } from './alarms.ts'
import { type Brought, problemsOfBrought } from './brought.ts'
import { type Catalogue, readCatalogue } from './catalogue.ts'
import { DownloadDashboard } from './dashboard.ts'
import { AUTHORITY_FILE, type DatabaseProps, grantQuery, separate } from './database.ts'
import { ENGINE_METADATA } from './database-engine.ts'
import { checkNetwork, otherRegion } from './database-settings.ts'
import { readAuthorityFile } from './database-tls.ts'
import { DownloadBucket } from './download-bucket.ts'
import { DownloadMachine } from './download-machine.ts'
import { DownloadQueue } from './download-queue.ts'
import { DownloadTable } from './download-table.ts'
import { grantCall, HandlerFunction, RUNTIME } from './handler-function.ts'
import { LastLine } from './last-line.ts'
import { Links } from './links.ts'
import { NotificationTopic } from './notification-topic.ts'
import { regionProblem } from './region.ts'
import { RequesterMail } from './requester-mail.ts'
import { Schedules } from './schedules.ts'
import { LONGEST_INVOCATION, Settings, type Subscription } from './settings.ts'
import { Webhook } from './webhook.ts'

export interface MailProps {
  /** The sender's address. SES must have verified it or its domain. */
  readonly from: string
  /**
   * The sender's name.
   * @default none: the address alone is shown
   */
  readonly fromName?: string
  /**
   * Of times in the mails, where a request names none, as `Asia/Tokyo`.
   * @default UTC in English, Asia/Tokyo in Japanese
   */
  readonly timeZone?: string
  /**
   * `create` makes an identity of the sender's domain in SES, with the records that verify it as outputs.
   * @default 'existing': SES has it already
   */
  readonly identity?: 'create' | 'existing'
}

export interface WebhookSettings {
  /** Begins with `https://`. */
  readonly url: string
  /** Holds `whsec_` and the key in base64. */
  readonly secret: ISecret
}

export interface CarryoutProps {
  /**
   * What the names of queue, functions and state machine begin with; unique in the account and region.
   * @default the stack's name, and the construct's place in the stack unless it is called Carryout
   */
  readonly name?: string
  /** The module that exports the catalogue, as a path from the app’s root (the folder with its `cdk.json`): `exports/index.ts`. */
  readonly catalogue: string
  /** The database that the exports query. */
  readonly database: DatabaseProps
  /**
   * The network from which `database.host`, S3 and Secrets Manager can be reached.
   * @default none: `database.clusterArn` is read through the RDS Data API
   */
  readonly vpc?: IVpc
  /**
   * Where in the network queries run.
   * @default the private subnets with a way out
   */
  readonly vpcSubnets?: SubnetSelection
  /**
   * What the database must let in.
   * @default a group of its own; see `connections`
   */
  readonly securityGroups?: ISecurityGroup[]
  /**
   * How many export queries the database sees at once, at most, replays included.
   * @default 1
   */
  readonly maxConcurrentQueries?: number
  /**
   * How many executions run at once before requests wait on the queue.
   * @default 1
   */
  readonly maxRunning?: number
  /**
   * How long one chunk may take.
   * @default as long as its function has
   */
  readonly chunkBudget?: Duration
  /**
   * How long files are kept; whole days.
   * @default Duration.days(7)
   */
  readonly fileRetention?: Duration
  /**
   * How long chunks and incomplete uploads of a failed execution are kept for its redrive; more than 14 days.
   * @default Duration.days(15)
   */
  readonly unfinishedRetention?: Duration
  /**
   * How long the link in the e-mail opens; no longer than files are kept.
   * @default as long as files are kept
   */
  readonly linkExpiry?: Duration
  /**
   * Who gets mail, and about what.
   * @default nobody; subscribe to `topic`
   */
  readonly subscriptions?: Subscription[]
  /**
   * Mails requesters by SES, to any address. The topic's mails then are for operators, and have no link.
   * @default none: only subscribers of the topic get mail
   */
  readonly mail?: MailProps
  /**
   * Calls the app when a download is ready or has failed, signed as Standard Webhooks says.
   * @default none
   */
  readonly webhook?: WebhookSettings
  /**
   * What mails lead to: `'url'` is a function URL of the stack, which at most ten open at once; `{ maxConcurrency }`
   * another limit, 0 none; `{ baseUrl }` the web app's own page, to whose end a slash and the request's id are put;
   * `'none'` nothing.
   * @default 'url'
   */
  readonly links?: 'url' | 'none' | { readonly baseUrl: string } | { readonly maxConcurrency: number }
  /**
   * Of the topic's mails.
   * @default 'en'
   */
  readonly operatorLanguage?: 'en' | 'ja'
  /**
   * Where operators open the console that your web app mounts: mails of failures then lead to the execution there.
   * @default none: they lead to the AWS console
   */
  readonly consoleUrl?: string
  /**
   * How long logs are kept.
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays
  /**
   * Where alarms are sent.
   * @default nowhere: they show in CloudWatch only
   */
  readonly alarmTopic?: ITopic
  /**
   * A queue of yours for requests. It must be FIFO, with content-based deduplication, a visibility timeout of 90 minutes and a
   * dead-letter queue after 1,000 receives; nothing else may receive from it.
   * @default one is made
   */
  readonly queue?: IQueue
  /**
   * The dead-letter queue of `queue`; for an imported one.
   * @default the one that the app gives to `queue`
   */
  readonly deadLetterQueue?: IQueue
  /**
   * A bucket of yours for files (`files/`) and chunks (`chunks/`). It must keep no versions. One that the app makes is given the
   * lifecycle rules; an imported one must have them: files expire after `fileRetention`, chunks and incomplete uploads after
   * `unfinishedRetention`.
   * @default one is made
   */
  readonly bucket?: IBucket
  /**
   * A standard topic of yours on which notices are published, and on which `subscriptions` are made.
   * @default one is made
   */
  readonly topic?: ITopic
  /**
   * A key of yours that encrypts the queues, the bucket, the topic and the table that are made. The policy of an imported key must
   * let SNS and EventBridge use it (`kms:Decrypt`, `kms:GenerateDataKey`); a key of the app gets these statements.
   * @default keys of the services
   */
  readonly encryptionKey?: IKey
  /**
   * A key of yours that encrypts the table of requests.
   * @default `encryptionKey`, or one that DynamoDB owns
   */
  readonly tableKey?: IKey
  /**
   * What becomes of the bucket and the files in it, of the table and the queues, when the stack is deleted.
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: they stay, unless it is the first deployment that fails
   */
  readonly removalPolicy?: RemovalPolicy
}

/**
 * Slow downloads off the web servers: a queue for requests, the state machine that exports them, the bucket that they
 * land in and the topic that announces them. Put it beside the database that must not be overloaded:
 *
 * ```ts
 * const carryout = new Carryout(this, 'Carryout', {
 *   catalogue: 'exports/index.ts',
 *   vpc,
 *   database: { host, name: 'shop', secret },
 * })
 * cluster.connections.allowDefaultPortFrom(carryout)
 * carryout.grantRequest(webApp)
 * ```
 */
export class Carryout extends Construct implements IConnectable {
  readonly queue: DownloadQueue
  readonly downloads: DownloadBucket
  readonly table: DownloadTable
  readonly notifications: NotificationTopic
  readonly machine: DownloadMachine
  /** Holds where the parts are, as JSON: `createCarryout({ parameter: '/carryout/<name>' })` of @carryout/client reads it. */
  readonly parameter: StringParameter
  readonly #exportChunk: HandlerFunction
  readonly #prepare: HandlerFunction

  /** @throws Error when the settings contradict each other or AWS, saying what to change. */
  constructor(scope: Construct, id: string, props: CarryoutProps) {
    super(scope, id)
    const { vpc, vpcSubnets, securityGroups, logRetention, alarmTopic, database, webhook, ...withParts } = props
    const { queue, deadLetterQueue, bucket, topic, encryptionKey, tableKey = encryptionKey, ...others } = withParts
    const brought: Brought = { queue, deadLetterQueue, bucket, topic }
    const { removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, ...plain } = others
    const { settings: address, ...secrets } = separate(database)
    const given = {
      name: defaultName(this),
      database: address,
      ...(webhook && { webhook: { url: webhook.url } }),
      ...plain,
    }
    const network = { vpc, vpcSubnets, securityGroups }
    const settings = accept(
      Settings.check(({ value, issues }) => {
        issues.push(...contradictions(this, value.database, network), ...problemsOfBrought(brought))
      }),
      given,
      this.node.path,
    )
    const catalogue = Stack.of(this).bundlingRequired ? readCatalogue(settings.catalogue) : undefined
    if (catalogue) checkCatalogue(catalogue, settings, this.node.path)
    const prefix = settings.name
    const environment = { prefix, logRetention: logRetention ?? RetentionDays.THREE_MONTHS }

    this.queue = new DownloadQueue(this, 'Queue', {
      prefix,
      consumerTimeout: LONGEST_INVOCATION,
      brought: queue && { queue, deadLetterQueue },
      encryptionKey,
      removalPolicy,
    })
    this.downloads = new DownloadBucket(this, 'Downloads', {
      ...settings,
      brought: bucket,
      encryptionKey,
      removalPolicy,
    })
    this.table = new DownloadTable(this, 'Table', { encryptionKey: tableKey, removalPolicy })
    this.notifications = new NotificationTopic(this, 'Notifications', {
      prefix,
      ...settings,
      brought: topic,
      encryptionKey,
    })
    const links = new Links(this, 'Links', {
      ...environment,
      downloads: this.downloads,
      table: this.table,
      expiry: settings.linkExpiry,
      fileRetention: settings.fileRetention,
      links: settings.links,
      removalPolicy,
    })

    const prepare = new HandlerFunction(this, 'Prepare', {
      ...environment,
      handler: 'prepare',
      ...(catalogue && { catalogue }),
      description: 'Validates a request against the catalogue and plans its file',
      timeout: Duration.seconds(30),
      memory: Size.mebibytes(512),
    })
    this.#prepare = prepare
    prepare.addEnvironment(env.DATABASE_TIME_ZONE, settings.database.timeZone)
    prepare.addEnvironment(env.MAX_CONCURRENT_QUERIES, String(settings.maxConcurrentQueries))
    // Whether a request was cancelled while it waited.
    this.table.grantReadFacts(prepare)
    const exportChunk = new HandlerFunction(this, 'ExportChunk', {
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
          new SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Carryout: queries of exports' }),
        ],
      },
    })
    grantQuery(exportChunk, settings.database, secrets)
    const { engine } = settings.database
    if (engine !== undefined) Stack.of(this).addMetadata(`${ENGINE_METADATA}${this.node.path}`, engine)
    this.downloads.grantWrite(exportChunk)
    exportChunk.addEnvironment('NODE_OPTIONS', STREAMING_NODE_OPTIONS)
    exportChunk.addEnvironment(env.CHUNK_BUDGET_SECONDS, String(settings.chunkBudget?.toSeconds() ?? 0))
    this.#exportChunk = exportChunk

    const finish = new HandlerFunction(this, 'Finish', {
      ...environment,
      handler: 'finish',
      description: 'Composes chunks into the file, verifies it and writes its manifest',
      timeout: LONGEST_INVOCATION,
      memory: Size.mebibytes(1024),
    })
    this.downloads.grantCompose(finish)

    const notify = new HandlerFunction(this, 'Notify', {
      ...environment,
      handler: 'notify',
      description: 'Announces that a file is ready, or what failed and what to do',
      // Long enough to take over from another invocation that died in the midst.
      timeout: Duration.seconds(58),
      memory: Size.mebibytes(256),
    })
    this.notifications.grantAnnounce(notify)
    notify.addEnvironment(env.NAME, prefix)
    this.table.grantClaim(notify)
    links.grantSign(notify)

    const halt = new HandlerFunction(this, 'Halt', {
      ...environment,
      handler: 'halt',
      description: 'Fails the execution with the recorded error; redriven, lets it go on',
      timeout: Duration.seconds(30),
      memory: Size.mebibytes(256),
    })

    this.machine = new DownloadMachine(this, 'Download', {
      ...environment,
      functions: {
        PrepareFunction: prepare,
        ExportChunkFunction: exportChunk,
        FinishFunction: finish,
        NotifyFunction: notify,
        HaltFunction: halt,
      },
    })
    this.machine.grantHistory(halt)
    // A stopped execution ends its query.
    this.machine.grantDescribe(exportChunk)

    const discard = new HandlerFunction(this, 'Discard', {
      ...environment,
      handler: 'discard',
      description: 'Deletes what a stopped execution left in the bucket',
      timeout: Duration.minutes(5),
      memory: Size.mebibytes(256),
    })
    this.downloads.grantDiscard(discard)
    this.machine.onStopped(discard)

    const record = new HandlerFunction(this, 'Record', {
      ...environment,
      handler: 'record',
      description: 'Enters each change of an execution’s status into the table, and counts what ended',
      timeout: Duration.seconds(30),
      memory: Size.mebibytes(256),
    })
    record.addEnvironment(env.NAME, prefix)
    this.table.grantEnter(record)
    this.machine.onChange(record)

    const start = new HandlerFunction(this, 'Start', {
      ...environment,
      handler: 'start',
      description: 'Starts the execution of the next request once fewer than maxRunning run',
      timeout: LONGEST_INVOCATION,
      memory: Size.mebibytes(256),
      // There is one message group, so one is all that is ever called. A message of another group waits as throttled until
      // the one at work has ended, and is then moved into the group.
      reservedConcurrency: 1,
    })
    this.queue.deliverTo(start)
    this.machine.grantStart(start)
    // In an outage it asks whether the database answers, and has the operator told.
    grantCall(start, { [env.EXPORT_CHUNK_FUNCTION]: exportChunk, [env.NOTIFY_FUNCTION]: notify })
    start.addEnvironment(env.MAX_RUNNING, String(settings.maxRunning))
    start.addEnvironment(env.NAME, prefix)
    this.table.grantOrder(start)

    const scheduled = (catalogue?.exports ?? []).filter(({ schedules }) => schedules.length > 0)
    const schedules =
      scheduled.length > 0
        ? new Schedules(this, 'Schedules', { prefix, queue: this.queue.requests, exports: scheduled })
        : undefined

    const parts = { ...environment, encryptionKey, topic: this.notifications, table: this.table, links }
    const lastLine = new LastLine(this, 'LastLine', { ...parts, machine: this.machine })
    const mail = settings.mail && new RequesterMail(this, 'Mail', { ...parts, mail: settings.mail })
    const calls =
      webhook && new Webhook(this, 'Webhook', { ...parts, url: settings.webhook!.url, secret: webhook.secret })
    const watched = {
      prefix,
      queue: this.queue,
      machine: this.machine.machine,
      start,
      exportChunk,
      openLink: links.open,
      functions: [
        record,
        discard,
        notify,
        lastLine.function,
        ...(mail?.functions ?? []),
        ...(calls ? [calls.function] : []),
      ],
      undelivered: { lastLine: lastLine.queue, mail: mail?.queue, webhook: calls?.queue, schedules },
    }
    new Alarms(this, 'Alarms', { ...watched, alarmTopic })
    new DownloadDashboard(this, 'Dashboard', watched)
    this.parameter = new StringParameter(this, 'Parts', {
      parameterName: `/carryout/${prefix}`,
      description: 'Where Carryout’s parts are, for its client',
      stringValue: Stack.of(this).toJsonString({
        queueUrl: this.queue.requests.queueUrl,
        deadLetterQueueUrl: this.queue.deadLetters.queueUrl,
        stateMachineArn: this.machine.machine.stateMachineArn,
        bucket: this.downloads.bucket.bucketName,
        tableName: this.table.table.tableName,
        prepareFunction: prepare.functionName,
        fileRetentionDays: settings.fileRetention.toDays(),
      }),
    })
    this.#output('QueueUrl', 'Where requests are sent', this.queue.requests.queueUrl)
    this.#output('DeadLetterQueueUrl', 'Where requests lie that could not be started', this.queue.deadLetters.queueUrl)
    this.#output('StateMachineArn', 'Runs the requests', this.machine.machine.stateMachineArn)
    this.#output('PrepareFunctionName', 'Knows the catalogue', prepare.functionName)
    this.#output('BucketName', 'Where files and manifests lie', this.downloads.bucket.bucketName)
    this.#output('TableName', 'Which requests there are, and what became of them', this.table.table.tableName)
    this.#output('TopicArn', 'Announces what is ready and what failed', this.notifications.topic.topicArn)
  }

  /**
   * What the database sees: its security group must let this in.
   * @throws Error where the RDS Data API reads the database: nothing is to be let in
   */
  get connections(): Connections {
    if (this.#exportChunk.isBoundToVpc) return this.#exportChunk.connections
    throw new Error(
      `${this.node.path} has no connections: it reads database.clusterArn through the RDS Data API, so there is nothing to let in. Remove the rule.`,
    )
  }

  /** Lets a web app find the parts, ask the catalogue, request downloads, and see in the table what became of them. */
  grantRequest(webApp: IGrantable): Grant {
    const find = Grant.addToPrincipal({
      grantee: webApp,
      actions: ['ssm:GetParameter'],
      resourceArns: [this.parameter.parameterArn],
    })
    const ask = Grant.addToPrincipal({
      grantee: webApp,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.#prepare.functionArn],
    })
    return this.queue.grantSend(webApp).combine(this.table.grantRequest(webApp)).combine(find).combine(ask)
  }

  /** Lets a web app follow downloads, tell their place and when they will be ready, and open their files. */
  grantFollow(webApp: IGrantable): Grant {
    return this.table
      .grantRead(webApp)
      .combine(this.machine.grantFollow(webApp))
      .combine(this.downloads.grantOpen(webApp))
  }

  /** Lets a web app cancel downloads: mark those that wait, and stop those that run. */
  grantCancel(webApp: IGrantable): Grant {
    return this.table.grantCancel(webApp).combine(this.machine.grantCancel(webApp))
  }

  /** The command finds the construct's parts by these names, which begin with its place in the stack. */
  #output(name: string, description: string, value: string) {
    new CfnOutput(this, name, { description, value }).overrideLogicalId(`${placeIn(this)}${name}`)
  }
}

/** The ids from the stack to the construct, without what a logical id cannot have. */
function placeIn(construct: Construct): string {
  const { scopes } = construct.node
  const below = scopes.slice(scopes.indexOf(Stack.of(construct)) + 1)
  return below.map(({ node }) => node.id.replaceAll(/[^A-Za-z0-9]/g, '')).join('')
}

/** A nested stack has a name that only CloudFormation knows, so it is that of the stack which it is in. */
function defaultName(construct: Construct): string {
  const stacks = construct.node.scopes.filter((scope): scope is Stack => Stack.isStack(scope))
  const [outermost = Stack.of(construct), ...nested] = stacks
  const place = [...nested.map(({ node }) => node.id), placeIn(construct)].join('-').replaceAll(/[^A-Za-z0-9-]/g, '')
  return place === 'Carryout' ? outermost.stackName : `${outermost.stackName}-${place}`
}

/** What is sound by itself, but not where the construct stands. */
function contradictions(scope: Construct, database: Settings['database'], network: Parameters<typeof checkNetwork>[1]) {
  const { region } = Stack.of(scope)
  const problem = regionProblem(region, { runtime: RUNTIME.name, functionUrls: true })
  if (problem) return [issue(region, ['region'], problem)]
  const resources = {
    clusterArn: 'clusterArn' in database ? database.clusterArn : undefined,
    secret: database.secretArn,
    'tls.caSecret': 'tls' in database && typeof database.tls === 'object' ? database.tls.caSecretArn : undefined,
  }
  const elsewhere = Object.entries(resources).flatMap(([name, arn]) => {
    const sentence = otherRegion(arn, region)
    return sentence ? [issue(database, ['database', ...name.split('.')], sentence)] : []
  })
  return [...elsewhere, ...checkNetwork(database, network)]
}

/** What is deployed beside the code of the function that queries. */
function authorityFile(database: Settings['database']): Record<string, string> {
  if ('clusterArn' in database || typeof database.tls !== 'object' || database.tls.ca === undefined) return {}
  return { [AUTHORITY_FILE]: readAuthorityFile(database.tls.ca) }
}

/** @throws Error with a sentence for each export that cannot work in this stack */
function checkCatalogue(
  { exports }: Catalogue,
  { catalogue: path, maxConcurrentQueries, mail }: Settings,
  where: string,
) {
  const problems = exports.flatMap(({ name, parallelism, problems, schedules }) => [
    ...problems,
    ...(parallelism > maxConcurrentQueries
      ? [
          `${name} has a parallelism of ${parallelism}, but maxConcurrentQueries is ${maxConcurrentQueries}: raise that to ${parallelism}, or lower the parallelism`,
        ]
      : []),
    ...schedules
      .filter(({ recipients }) => recipients.length > 1 && !mail)
      .map(
        (schedule) =>
          `${name} has a schedule ${schedule.name} with several recipients, but only a requester’s own mail reaches the others: set mail, or name one recipient`,
      ),
  ])
  if (problems.length === 0) return
  throw new Error(
    `${where} cannot be deployed with the catalogue ${path}:\n${problems.map((line) => `  ${line}.`).join('\n')}`,
  )
}
