/**
 * What a web app imports to request, follow and fetch a download.
 *
 *     const carryout = createCarryout({ stackName: 'Carryout' })
 *     const { id } = await carryout.request({ export: 'orders', params: { from, to }, requestedBy: user.email })
 *     for await (const { status, rows } of carryout.follow(id)) show(status, rows)
 *
 * Region, credentials and endpoint come from the environment and `~/.aws`, as for any AWS tool, unless they are given.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { S3Client } from '@aws-sdk/client-s3'
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  type ExecutionStatus,
  paginateListExecutions,
  RedriveExecutionCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { CANCELLED } from '../statemachine/cause.ts'
import type { File } from '../statemachine/contract.ts'
import { InvalidRequest } from '../statemachine/errors.ts'
import type { Outage } from '../statemachine/outage.ts'
import { MESSAGE_GROUP, type Request } from '../statemachine/request.ts'
import { type DownloadEntry, type NoticeFacts, type Pause, requesterOf } from '../statemachine/table.ts'
import { enterRequest, waitingRequest } from '../statemachine/waiting.ts'
import type { AwsOptions } from './aws.ts'
import { sendBulkReplay } from './bulk-replays.ts'
import { type Examined, examineRequest } from './catalogue.ts'
import { type Download, findFile, type Link, openFile, signLink } from './download.ts'
import { NoFile, NoSuchExecution, NoTable, NotReplayable, Paused } from './errors.ts'
import { type Execution, toExecution } from './execution.ts'
import type { Forecast, Typical } from './forecast.ts'
import { readHistory } from './history.ts'
import { findParts, type Parts, type Place } from './parts.ts'
import { setDelivery } from './pause.ts'
import { History, type Progress } from './progress.ts'
import { enterDeadLetters, type Rebuilt, rebuildIndex } from './rebuild.ts'
import { type NewRequest, newId, toRequest } from './request.ts'
import { DownloadTable } from './table.ts'
import type { DownloadsPage, DownloadsQuery } from './table-list.ts'

export type {
  DownloadEntry,
  DownloadsPage,
  DownloadsQuery,
  Examined,
  Execution,
  Forecast,
  Link,
  NewRequest,
  NoticeFacts,
  Outage,
  Pause,
  Progress,
  Rebuilt,
  Typical,
}
export { newId }

/** Between two looks: soon after something has happened, ever more seldom while nothing does. */
const FIRST_PAUSE_MILLIS = 250
const LONGEST_PAUSE_MILLIS = 4_000
/** DescribeExecution has a quota of 15 a second in the smaller regions. */
const DESCRIBED_AT_ONCE = 5
/** A table answers in milliseconds. */
const LONGEST_ENTERING_MILLIS = 2_000
/** Requests that were sent from here. */
const REMEMBERED = 1_000
/** Of a link that is shown, not mailed. */
const LINK_SECONDS = 3_600

export interface Sent {
  /** The request's id, which becomes the execution's name. */
  id: string
  /** As it stands on the queue. */
  request: Request
  messageId: string
}

export interface Replay {
  /** Of the same execution when it was redriven, else of the new one. */
  id: string
  /** False when a new request was sent, since the old execution could not be redriven. */
  redriven: boolean
  /** To be given to `follow`. */
  redriveCount: number
  /** Where the database does not answer: it is redriven once it does, in its turn. */
  waits?: 'outage'
}

/** How many messages became no execution yet, as SQS counts them: approximately. */
export interface Waiting {
  queued: number
  /** Undeliverable; 0 where the dead-letter queue is not known. */
  deadLetters: number
}

export interface FollowOptions {
  /** The execution need not exist yet: its request may wait in the queue. True after `request`. */
  queued?: boolean
  /** As `replay` returned it: what came before that redrive does not end the following. */
  redriveCount?: number
  /** Ends the following with its reason. The execution goes on. */
  signal?: AbortSignal | undefined
}

export interface LinkOptions {
  /** 3,600 by default. */
  expiresInSeconds?: number
  /** Whose it must be; another's is answered as one that does not exist. */
  requestedBy?: string
  /** Looks first whether the file is still there, so that a link is never one to nothing. */
  isThere?: boolean
}

/** @param place the parts when the caller knows them (then nothing is looked up), an SSM parameter, or the stack */
export function createCarryout(place: Place, options: AwsOptions = {}): Carryout {
  return new Carryout(place, options)
}

export class Carryout {
  readonly #findParts: () => Promise<Parts>
  readonly #sqs: SQSClient
  readonly #sfn: SFNClient
  readonly #s3: S3Client
  readonly #options: AwsOptions
  #parts: Promise<Parts> | undefined
  #table: Promise<DownloadTable | undefined> | undefined
  /** What was sent from here, by its id: whether an execution of that name is its own is told by its input. */
  readonly #sent = new Map<string, Sent>()

  constructor(place: Place, options: AwsOptions) {
    this.#findParts = () => findParts(place, options)
    this.#options = options
    this.#sqs = new SQSClient(options)
    this.#sfn = new SFNClient(options)
    this.#s3 = new S3Client(options)
  }

  /** @throws StackNotFound */
  parts(): Promise<Parts> {
    this.#parts ??= this.#findParts()
    return this.#parts
  }

  /**
   * Puts a request on the queue. The queue deduplicates by content, which the id is part of: sent twice, it is one
   * download. Which exports and parameters there are only `Prepare` knows; it refuses the others by e-mail.
   *
   * @throws InvalidRequest
   */
  async request(request: NewRequest): Promise<Sent> {
    const body = toRequest(request)
    const { queueUrl } = await this.parts()
    await this.#enter(body)
    const { MessageId = '' } = await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageGroupId: MESSAGE_GROUP,
        MessageBody: JSON.stringify(body),
      }),
    )
    const sent = { id: body.id, request: body, messageId: MessageId }
    this.#remember(sent)
    return sent
  }

  /**
   * Asks the deployed catalogue about a request before it is sent, by the package `@aws-sdk/client-lambda`. The caller needs
   * the right to invoke `Prepare`, which `grantRequest` gives.
   *
   * @returns undefined where the parts do not name `Prepare`
   * @throws InvalidRequest when it is not a request at all
   */
  async examine(request: NewRequest): Promise<Examined | undefined> {
    const body = toRequest(request)
    const { prepareFunction } = await this.parts()
    return prepareFunction === undefined ? undefined : await examineRequest(prepareFunction, body, this.#options)
  }

  /**
   * What the table knows of requests, the newest first, a page at a time. It follows by a moment; `get` and `progress`
   * have the details.
   *
   * @throws InvalidRequest when the query contradicts itself
   * @throws NoTable
   */
  async downloads(query: DownloadsQuery = {}): Promise<DownloadsPage> {
    return await (await this.requireTable()).list(query)
  }

  /**
   * How many are to start before this one, as things are: requesters take turns, so one who comes later may go first. Null
   * where it does not wait, or is not known.
   *
   * @throws NoTable
   */
  async position(id: string): Promise<number | null> {
    return await (await this.requireTable()).position(id)
  }

  /**
   * When a request will probably start and be ready, from how long the newest runs took; null where it neither waits nor
   * runs. Whoever comes later may still change it by a turn.
   *
   * @throws NoTable
   */
  async forecast(id: string): Promise<Forecast | null> {
    return await (await this.requireTable()).forecast(id)
  }

  /**
   * Cancels a download. One that waits is marked: its execution ends in its turn without a query, and nobody gets a mail.
   * One that runs is stopped.
   *
   * @param by who cancels it, for the operator
   * @returns what it was; `over` when it had ended already, and nothing was done
   * @throws NoSuchExecution when nobody requested it
   * @throws NoTable
   */
  async cancel(id: string, { by }: { by: string }): Promise<'waiting' | 'running' | 'over'> {
    const table = await this.requireTable()
    const before = await this.#findStatus(id)
    if (before === undefined) {
      const entry = await table.entry(id)
      if (!entry) throw new NoSuchExecution(id)
      if (entry.state !== 'waiting') return 'over'
      await table.cancel(entry, by)
    }
    // It may have started meanwhile, past the mark.
    const status = before ?? (await this.#findStatus(id))
    if (status === undefined) return 'waiting'
    if (status !== 'RUNNING') return 'over'
    const cause = `Cancelled by ${by}.`.toWellFormed()
    await this.#sfn.send(new StopExecutionCommand({ executionArn: await this.#arn(id), error: CANCELLED, cause }))
    return 'running'
  }

  /** What to expect of an export before it is requested; null where it has not run lately. @throws NoTable */
  async typical(exportName: string): Promise<Typical | null> {
    return await (await this.requireTable()).typical(exportName)
  }

  /** Which notices of a download went out, and how: by `ready`, `failed#0`, `failed#1` (after a redrive), … @throws NoTable */
  async notices(id: string): Promise<Record<string, NoticeFacts>> {
    return await (await this.requireTable()).notices(id)
  }

  /** @returns null while downloads are not paused @throws NoTable */
  async paused(): Promise<Pause | null> {
    return (await (await this.requireTable()).pause()) ?? null
  }

  /**
   * Since when the database has not answered, and what it said: nothing starts until it does. It is asked again while
   * requests wait.
   *
   * @returns null while there is no outage
   * @throws NoTable
   */
  async outage(): Promise<Outage | null> {
    return (await (await this.requireTable()).outage()) ?? null
  }

  /**
   * Starts nothing new from now on; what runs goes on, and enqueueing does, too. The queue's delivery is stopped besides,
   * so that waiting counts against no message.
   *
   * @returns whether delivery was stopped. If not, the pause holds all the same, for ten days without a dead letter
   * @throws NoTable
   */
  async pause({ by, reason }: Omit<Pause, 'at'>): Promise<{ pause: Pause; deliveryStopped: boolean }> {
    const table = await this.requireTable()
    const pause = { at: new Date().toISOString(), by, reason }
    await table.setPause(pause)
    return { pause, deliveryStopped: await this.#setDelivery(false) }
  }

  /** @returns whether delivery is under way again @throws NoTable */
  async resume(): Promise<{ deliveryStarted: boolean }> {
    const table = await this.requireTable()
    await table.clearPause()
    return { deliveryStarted: await this.#setDelivery(true) }
  }

  /** Ends the links to one download, or all that were sent to one requester until now. @throws NoTable */
  async revokeLinks(whose: { id: string } | { requestedBy: string }): Promise<void> {
    const table = await this.requireTable()
    if ('id' in whose) await table.revokeDownload(whose.id)
    else await table.revokeRequester(whose.requestedBy)
  }

  /** Enters into the table what it does not know of the executions and the dead letters that there are. @throws NoTable */
  async rebuildIndex(onProgress?: (rebuilt: Rebuilt) => void): Promise<Rebuilt> {
    const { stateMachineArn, deadLetterQueueUrl } = await this.parts()
    const table = await this.requireTable()
    const rebuilt = await rebuildIndex(this.#sfn, stateMachineArn, table, onProgress)
    if (deadLetterQueueUrl === undefined) return rebuilt
    const corrected = rebuilt.corrected + (await enterDeadLetters(this.#sqs, deadLetterQueueUrl, table))
    return { ...rebuilt, corrected }
  }

  /**
   * Whether this very request has an execution already. For people who type ids; a web app just sends its request
   * again, which is harmless.
   *
   * @throws InvalidRequest when the id belongs to another request
   */
  async isKnown(request: NewRequest & { id: string }): Promise<boolean> {
    const wanted = toRequest(request)
    try {
      const { input } = await this.get(wanted.id)
      if (isDeepStrictEqual(input, wanted)) return true
    } catch (error) {
      if (error instanceof NoSuchExecution) return false
      throw error
    }
    throw new InvalidRequest(`The id “${wanted.id}” belongs to another request. Send this one with a new id.`)
  }

  /**
   * Yields whenever something has changed, last when the execution has ended. Where the id turns out to belong to another
   * request, the execution that refuses this one is followed.
   *
   * @param request as `request` returned it; an id alone is compared only where this object sent it
   * @throws NoSuchExecution unless `queued`
   */
  async *follow(request: string | Sent, options: FollowOptions = {}): AsyncGenerator<Progress, void> {
    const { queued = false, redriveCount = 0, signal } = options
    let name = await this.#nameOf(request)
    let executionArn = await this.#arn(name)
    let history = new History(name)
    if (queued) yield history.progress
    for (let pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MILLIS)) {
      signal?.throwIfAborted()
      if (history.seen === 0) {
        // It may exist only now, and be somebody else's.
        name = await this.#nameOf(request)
        executionArn = await this.#arn(name)
        history = new History(name)
      }
      const events = await this.#events(executionArn, history.seen, queued)
      if (events.length > 0) {
        history.add(events)
        pause = FIRST_PAUSE_MILLIS
        const { progress } = history
        yield progress
        if (progress.stoppedAt && progress.redriveCount >= redriveCount) return
      }
      await sleep(pause, undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }

  /** How far an execution is now. @throws NoSuchExecution */
  async progress(id: string): Promise<Progress> {
    const history = new History(id)
    history.add(await this.#events(await this.#arn(id), 0, false))
    return history.progress
  }

  /**
   * Adds to a history what has happened since, for whoever looks at one execution again and again: of a long one only what
   * is new is fetched.
   *
   * @throws NoSuchExecution
   */
  async refresh(history: History): Promise<Progress> {
    const { id } = history.progress
    history.add(await this.#events(await this.#arn(id), history.seen, false))
    return history.progress
  }

  /** @throws NoSuchExecution */
  async get(id: string): Promise<Execution> {
    const executionArn = await this.#arn(id)
    try {
      return toExecution(await this.#sfn.send(new DescribeExecutionCommand({ executionArn })))
    } catch (error) {
      throw isMissing(error) ? new NoSuchExecution(id, { cause: error }) : error
    }
  }

  /**
   * The newest first. Step Functions lists them a little late.
   *
   * @param options.limit 20 by default
   */
  async list({ status, limit = 20 }: { status?: ExecutionStatus | undefined; limit?: number | undefined } = {}) {
    const { stateMachineArn } = await this.parts()
    const pages = paginateListExecutions(
      { client: this.#sfn, pageSize: Math.min(limit, 1000) },
      { stateMachineArn, ...(status && { statusFilter: status }) },
    )
    const ids: string[] = []
    for await (const { executions = [] } of pages) {
      ids.push(...executions.map(({ name }) => name!))
      if (ids.length >= limit) break
    }
    const found: Execution[] = []
    for (let at = 0; at < Math.min(ids.length, limit); at += DESCRIBED_AT_ONCE) {
      found.push(
        ...(await Promise.all(ids.slice(at, Math.min(at + DESCRIBED_AT_ONCE, limit)).map((id) => this.get(id)))),
      )
    }
    return found
  }

  /** What no execution was started for yet. */
  async waiting(): Promise<Waiting> {
    const { queueUrl, deadLetterQueueUrl } = await this.parts()
    const [queued, deadLetters] = await Promise.all([
      this.#countMessages(queueUrl),
      deadLetterQueueUrl === undefined ? 0 : this.#countMessages(deadLetterQueueUrl),
    ])
    return { queued, deadLetters }
  }

  /**
   * Redrives a failed execution, which goes on from the step that failed and keeps what is finished. What AWS does not
   * redrive (it succeeded, or ended more than 14 days ago) is requested anew under a new id, through the queue, so that
   * it takes its turn. While the database does not answer the redrive waits in the queue, too.
   *
   * @param who kept with a redrive that waits
   * @throws NoSuchExecution
   * @throws NotReplayable when it runs, or never was a request
   * @throws Paused
   */
  async replay(id: string, { by, reason }: { by: string; reason: string } = { by: '', reason: '' }): Promise<Replay> {
    const execution = await this.get(id)
    const table = await this.findTable()
    const [pause, outage] = await Promise.all([table?.pause(), table?.outage()])
    if (pause) throw new Paused(pause)
    if (execution.status === 'RUNNING')
      throw new NotReplayable(`The execution “${id}” still runs; there is nothing to replay.`)
    if (table && outage && execution.redrivable) {
      await this.#redriveInTurn(table, execution, { by, why: reason })
      return { id, redriven: true, redriveCount: execution.redriveCount + 1, waits: 'outage' }
    }
    if (execution.redrivable && (await this.#redrive(execution.arn))) {
      return { id, redriven: true, redriveCount: execution.redriveCount + 1 }
    }
    if (!execution.request) {
      throw new NotReplayable(
        `The message of “${id}” was no request, so it cannot be sent again. Send a request in its place.`,
      )
    }
    const sent = await this.request({ ...execution.request, id: newId() })
    return { id: sent.id, redriven: false, redriveCount: 0 }
  }

  /**
   * A link to the file, for a page that the web app shows to who may have it. It needs the right to read the bucket.
   *
   * @param request as of `follow`
   * @throws NoSuchExecution
   * @throws NoFile
   */
  async link(
    request: string | Sent,
    { expiresInSeconds = LINK_SECONDS, requestedBy, isThere = false }: LinkOptions = {},
  ): Promise<Link> {
    const file = await this.#file(request, requestedBy)
    if (isThere) await findFile(this.#s3, file)
    return await signLink(this.#s3, file, expiresInSeconds)
  }

  /**
   * Opens the file itself, which needs the right to read the bucket.
   *
   * @param request as of `follow`
   * @param options as of `link`
   * @throws NoSuchExecution
   * @throws NoFile
   */
  async open(request: string | Sent, { requestedBy }: { requestedBy?: string } = {}): Promise<Download> {
    return await openFile(this.#s3, await this.#file(request, requestedBy))
  }

  async #findStatus(id: string): Promise<ExecutionStatus | undefined> {
    try {
      return (await this.get(id)).status
    } catch (error) {
      if (error instanceof NoSuchExecution) return undefined
      throw error
    }
  }

  async #file(sent: string | Sent, requestedBy: string | undefined): Promise<File> {
    const name = await this.#nameOf(sent)
    const { file, status, request } = await this.get(name)
    if (requestedBy !== undefined && requesterOf(request?.requestedBy ?? '') !== requesterOf(requestedBy)) {
      throw new NoSuchExecution(name)
    }
    if (!file) throw new NoFile(`The execution “${name}” has no file: its state is ${status}.`)
    return file
  }

  /**
   * The name of a request's execution: its id, or its message's where an execution of that id has another input. Then
   * `start` makes one by the message's id, which fails and says so.
   */
  async #nameOf(request: string | Sent): Promise<string> {
    const sent = typeof request === 'string' ? this.#sent.get(request) : request
    if (!sent) return request as string
    try {
      const { input } = await this.get(sent.id)
      return isDeepStrictEqual(input, sent.request) ? sent.id : sent.messageId
    } catch (error) {
      if (error instanceof NoSuchExecution) return sent.id
      throw error
    }
  }

  #remember(sent: Sent) {
    const [oldest] = this.#sent.keys()
    if (this.#sent.size >= REMEMBERED && oldest !== undefined) this.#sent.delete(oldest)
    this.#sent.set(sent.id, sent)
  }

  /**
   * Into the order of those that wait, if the caller may: else `start` does it when it sees the message. Before that is
   * sent, so that the two do not meet; without it nothing starts for certain, and the same request can be sent again.
   */
  async #enter(request: Request): Promise<void> {
    const entering = async () => {
      const table = await this.findTable()
      if (table)
        await enterRequest(table, waitingRequest(request.id, JSON.stringify(request), new Date().toISOString()))
    }
    // The table is an index, which nobody waits for.
    await Promise.race([entering().catch(() => undefined), sleep(LONGEST_ENTERING_MILLIS, undefined, { ref: false })])
  }

  async #setDelivery(isEnabled: boolean): Promise<boolean> {
    try {
      return (await setDelivery(await this.parts(), isEnabled, this.#options)) > 0
    } catch {
      return false
    }
  }

  /** Undefined where the parts name none. */
  protected findTable(): Promise<DownloadTable | undefined> {
    this.#table ??= this.parts().then(
      ({ tableName }) => tableName && new DownloadTable(tableName, this.#options),
    ) as Promise<DownloadTable | undefined>
    return this.#table
  }

  /** The table behind the lists, for who reads more of it at once, as `@carryout/client/web` does. @throws NoTable */
  async requireTable(): Promise<DownloadTable> {
    const table = await this.findTable()
    if (!table) throw new NoTable()
    return table
  }

  async #arn(id: string): Promise<string> {
    const { stateMachineArn } = await this.parts()
    return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${id}`
  }

  async #events(executionArn: string, after: number, queued: boolean) {
    try {
      return await readHistory(this.#sfn, executionArn, after)
    } catch (error) {
      if (!isMissing(error)) throw error
      if (queued) return []
      throw new NoSuchExecution(executionArn.split(':').at(-1)!, { cause: error })
    }
  }

  /** @returns false when AWS does not redrive it, though it said it would (its 14 days end in this moment) */
  async #redrive(executionArn: string): Promise<boolean> {
    try {
      await this.#sfn.send(new RedriveExecutionCommand({ executionArn }))
      return true
    } catch (error) {
      if (error instanceof ExecutionNotRedrivable) return false
      throw error
    }
  }

  /** As a bulk replay of one. */
  async #redriveInTurn(table: DownloadTable, execution: Execution, who: { by: string; why: string }): Promise<void> {
    const { id, redriveCount, request, startedAt } = execution
    const requestedAt = startedAt.toISOString()
    const entry = { id, redriveCount, state: 'failed' as const, at: requestedAt, requestedAt }
    const download = request ? { ...entry, export: request.export } : entry
    const queue = { client: this.#sqs, url: (await this.parts()).queueUrl }
    const name = `replay-${newId()}`
    await sendBulkReplay(table, queue, { name, ...who }, async () => ({ downloads: [download], skipped: [] }))
  }

  async #countMessages(queueUrl: string): Promise<number> {
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    )
    return Object.values(Attributes ?? {}).reduce((sum, count) => sum + Number(count), 0)
  }
}

/** An id that cannot name an execution makes an ARN that cannot be: there is none of that name either. */
function isMissing(error: unknown): boolean {
  return error instanceof ExecutionDoesNotExist || (error instanceof Error && error.name === 'InvalidArn')
}
