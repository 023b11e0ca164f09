import { Stack } from 'aws-cdk-lib'
import type { Connections, IConnectable } from 'aws-cdk-lib/aws-ec2'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import type { StringParameter } from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'
import { accepted } from './accepted.ts'
import { Alarms } from './alarms.ts'
import { readCatalogue } from './catalogue.ts'
import { checkCatalogue } from './contradictions.ts'
import { DownloadDashboard } from './dashboard.ts'
import { DownloadBucket } from './download-bucket.ts'
import { type DownloadMachine, makeMachine } from './download-machine.ts'
import { DownloadQueue } from './download-queue.ts'
import { DownloadTable } from './download-table.ts'
import { makeDiscard, makeRecord, makeStart } from './event-functions.ts'
import type { HandlerFunction } from './handler-function.ts'
import { LastLine } from './last-line.ts'
import { Links } from './links.ts'
import { NotificationTopic } from './notification-topic.ts'
import { commandOptions, makeOutputs, makeParameter } from './places.ts'
import type { CarryoutProps } from './props.ts'
import { RequesterMail } from './requester-mail.ts'
import { Schedules } from './schedules.ts'
import { LONGEST_INVOCATION } from './settings.ts'
import { Webhook } from './webhook.ts'

/**
 * Takes slow downloads off the web servers: a queue for requests, the state machine that exports them, the bucket for
 * the files and the topic that announces them. Put it beside the database that must not be overloaded:
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
  /** The parts' names as JSON, read by @carryout/client's `createCarryout({ parameter: '/carryout/<name>' })`. */
  readonly parameter: StringParameter
  readonly #exportChunk: HandlerFunction
  readonly #prepare: HandlerFunction

  /** @throws Error if settings contradict each other or AWS; the message says what to change */
  constructor(scope: Construct, id: string, props: CarryoutProps) {
    super(scope, id)
    const { settings, environment, network, brought, encryptionKey, tableKey, removalPolicy, ...given } = accepted(
      this,
      props,
    )
    const { prefix } = environment
    const catalogue = Stack.of(this).bundlingRequired ? readCatalogue(settings.catalogue) : undefined
    if (catalogue) checkCatalogue(catalogue, settings, this.node.path)

    this.queue = new DownloadQueue(this, 'Queue', {
      prefix,
      consumerTimeout: LONGEST_INVOCATION,
      brought: brought.queue && { queue: brought.queue, deadLetterQueue: brought.deadLetterQueue },
      encryptionKey,
      removalPolicy,
    })
    this.downloads = new DownloadBucket(this, 'Downloads', {
      ...settings,
      brought: brought.bucket,
      encryptionKey,
      removalPolicy,
    })
    this.table = new DownloadTable(this, 'Table', { encryptionKey: tableKey, removalPolicy })
    this.notifications = new NotificationTopic(this, 'Notifications', {
      prefix,
      ...settings,
      commandOptions: commandOptions(this),
      brought: brought.topic,
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

    const made = { environment, settings, catalogue, downloads: this.downloads, table: this.table }
    const { machine, prepare, exportChunk, notify } = makeMachine(this, made, {
      network,
      secrets: given.databaseSecrets,
      told: { queue: this.queue, notifications: this.notifications, links },
    })
    this.machine = machine
    this.#prepare = prepare
    this.#exportChunk = exportChunk

    const withMachine = { ...made, machine }
    const discard = makeDiscard(this, withMachine)
    const record = makeRecord(this, withMachine)
    const start = makeStart(this, withMachine, this.queue, { exportChunk, notify })

    const exports = catalogue?.exports ?? []
    const schedules = exports.some(({ schedules }) => schedules.length > 0)
      ? new Schedules(this, 'Schedules', { prefix, queue: this.queue.requests, exports })
      : undefined

    const parts = { ...environment, encryptionKey, topic: this.notifications, table: this.table, links }
    const lastLine = new LastLine(this, 'LastLine', { ...parts, machine })
    const mail = settings.mail && new RequesterMail(this, 'Mail', { ...parts, mail: settings.mail })
    const { webhookSecret } = given
    const webhook =
      webhookSecret && new Webhook(this, 'Webhook', { ...parts, url: settings.webhook!.url, secret: webhookSecret })
    const watched = {
      prefix,
      queue: this.queue,
      machine: machine.machine,
      start,
      exportChunk,
      openLink: links.open,
      functions: [
        record,
        discard,
        notify,
        lastLine.function,
        ...(mail?.functions ?? []),
        ...(webhook ? [webhook.function] : []),
      ],
      undelivered: { lastLine: lastLine.queue, mail: mail?.queue, webhook: webhook?.queue, schedules },
    }
    new Alarms(this, 'Alarms', { ...watched, alarmTopic: given.alarmTopic })
    new DownloadDashboard(this, 'Dashboard', watched)
    const places = {
      QueueUrl: this.queue.requests.queueUrl,
      DeadLetterQueueUrl: this.queue.deadLetters.queueUrl,
      StateMachineArn: machine.machine.stateMachineArn,
      PrepareFunctionName: prepare.functionName,
      BucketName: this.downloads.bucket.bucketName,
      TableName: this.table.table.tableName,
      TopicArn: this.notifications.topic.topicArn,
    }
    this.parameter = makeParameter(this, { prefix, places, fileRetentionDays: settings.fileRetention.toDays() })
    makeOutputs(this, places)
  }

  /**
   * The connections of the function that queries. The database's security group must allow them.
   * @throws Error if the RDS Data API reads the database, since there is nothing to allow then
   */
  get connections(): Connections {
    if (this.#exportChunk.isBoundToVpc) return this.#exportChunk.connections
    throw new Error(
      `${this.node.path} has no connections to allow, because it reads database.clusterArn through the RDS Data API. Remove the rule.`,
    )
  }

  /** Allows a web app to find the parts, read the catalogue, request downloads, and see their state in the table. */
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

  /** Allows a web app to follow downloads, show their place and forecast, and open their files. */
  grantFollow(webApp: IGrantable): Grant {
    return this.table
      .grantRead(webApp)
      .combine(this.machine.grantFollow(webApp))
      .combine(this.downloads.grantOpen(webApp))
  }

  /** Allows a web app to cancel downloads: to mark those that wait, and to stop those that run. */
  grantCancel(webApp: IGrantable): Grant {
    return this.table.grantCancel(webApp).combine(this.machine.grantCancel(webApp))
  }
}
