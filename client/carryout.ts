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
import { type ExecutionStatus, SFNClient } from '@aws-sdk/client-sfn'
import { SQSClient } from '@aws-sdk/client-sqs'
import { CANCELLED } from '../statemachine/cause.ts'
import type { File } from '../statemachine/contract.ts'
import { InvalidRequest } from '../statemachine/errors.ts'
import type { Outage } from '../statemachine/outage.ts'
import type { Request } from '../statemachine/request.ts'
import { type DownloadEntry, type NoticeFacts, type Pause, requesterOf } from '../statemachine/table.ts'
import { enterRequest, waitingRequest } from '../statemachine/waiting.ts'
import type { AwsOptions } from './aws.ts'
import { type Examined, examineRequest } from './catalogue.ts'
import { type Download, findFile, type Link, type LinkOptions, openFile, signLink } from './download.ts'
import { NoFile, NoSuchExecution } from './errors.ts'
import type { Execution } from './execution.ts'
import { Executions } from './executions.ts'
import { type FollowOptions, followExecution } from './follow.ts'
import type { Forecast, Typical } from './forecast.ts'
import type { Place } from './parts.ts'
import { History, type Progress } from './progress.ts'
import { countWaiting, sendRequest, type Waiting } from './queue.ts'
import { enterDeadLetters, type Rebuilt, rebuildIndex } from './rebuild.ts'
import { type Replay, type ReplayOptions, replayExecution } from './replay.ts'
import { type NewRequest, newId, toRequest } from './request.ts'
import { type Sent, SentRequests } from './sent.ts'
import { TableClient } from './table-client.ts'
import type { DownloadsPage, DownloadsQuery } from './table-list.ts'

export type {
  DownloadEntry,
  DownloadsPage,
  DownloadsQuery,
  Examined,
  Execution,
  FollowOptions,
  Forecast,
  Link,
  LinkOptions,
  NewRequest,
  NoticeFacts,
  Outage,
  Pause,
  Progress,
  Rebuilt,
  Replay,
  ReplayOptions,
  Sent,
  Typical,
  Waiting,
}
export { newId }

/** The table responds in milliseconds; a request does not wait longer for it. */
const LONGEST_ENTERING_MILLIS = 2_000
/** How long a link on a page works, as opposed to one in a mail. */
const LINK_SECONDS = 3_600

/** @param place the parts if the caller knows them (then nothing is looked up), an SSM parameter, or the stack */
export function createCarryout(place: Place, options: AwsOptions = {}): Carryout {
  return new Carryout(place, options)
}

/**
 * Everything that a web app does with one stack, made by `createCarryout`. Calls throw `CarryoutError`s, and errors of
 * the AWS SDK unchanged.
 */
export class Carryout extends TableClient {
  protected readonly sqs: SQSClient
  protected readonly s3: S3Client
  protected readonly sfn: SFNClient
  protected readonly executions: Executions
  readonly #sent: SentRequests

  constructor(place: Place, options: AwsOptions) {
    super(place, options)
    this.sqs = new SQSClient(options)
    this.s3 = new S3Client(options)
    this.sfn = new SFNClient(options)
    this.executions = new Executions(this.sfn, () => this.parts())
    this.#sent = new SentRequests(this.executions)
  }

  /**
   * Puts a request on the queue. The queue deduplicates by content, which includes the id: a request that is sent twice
   * is one download. Only `Prepare` knows which exports and parameters are valid; it refuses others by e-mail.
   *
   * @throws InvalidRequest
   */
  async request(request: NewRequest): Promise<Sent> {
    const body = toRequest(request)
    const { queueUrl } = await this.parts()
    await this.#enter(body)
    const sent = await sendRequest(this.sqs, queueUrl, body)
    this.#sent.remember(sent)
    return sent
  }

  /**
   * Checks a request with the deployed catalogue before it is sent, using the package `@aws-sdk/client-lambda`. The
   * caller needs permission to invoke `Prepare`, which `grantRequest` grants.
   *
   * @returns undefined if the parts do not include `Prepare`
   * @throws InvalidRequest if it is not a valid request at all
   */
  async examine(request: NewRequest): Promise<Examined | undefined> {
    const body = toRequest(request)
    const { prepareFunction } = await this.parts()
    return prepareFunction === undefined ? undefined : await examineRequest(prepareFunction, body, this.options)
  }

  /**
   * Cancels a download. If it waits, it is marked: its execution ends in its turn without a query, and no mail is sent.
   * If it runs, it is stopped.
   *
   * @param by who cancels it, for the operator
   * @returns its state before; `over` if it had already ended, and nothing was done
   * @throws NoSuchExecution if it was never requested
   * @throws NoTable
   */
  async cancel(id: string, { by }: { by: string }): Promise<'waiting' | 'running' | 'over'> {
    const table = await this.requireTable()
    const before = await this.executions.status(id)
    if (before === undefined) {
      const entry = await table.entry(id)
      if (!entry) throw new NoSuchExecution(id)
      if (entry.state !== 'waiting') return 'over'
      await table.cancel(entry, by)
    }
    // It may have started in the meantime, before the mark was written.
    const status = before ?? (await this.executions.status(id))
    if (status === undefined) return 'waiting'
    if (status !== 'RUNNING') return 'over'
    await this.executions.stop(id, { error: CANCELLED, cause: `Cancelled by ${by}.` })
    return 'running'
  }

  /** Adds missing or newer entries of existing executions and dead letters to the table. @throws NoTable */
  async rebuildIndex(onProgress?: (rebuilt: Rebuilt) => void): Promise<Rebuilt> {
    const { stateMachineArn, deadLetterQueueUrl } = await this.parts()
    const table = await this.requireTable()
    const rebuilt = await rebuildIndex(this.sfn, stateMachineArn, table, onProgress)
    if (deadLetterQueueUrl === undefined) return rebuilt
    const corrected = rebuilt.corrected + (await enterDeadLetters(this.sqs, deadLetterQueueUrl, table))
    return { ...rebuilt, corrected }
  }

  /**
   * Whether this exact request already has an execution. This is for people who type ids; a web app simply sends its
   * request again, which is harmless.
   *
   * @throws InvalidRequest if the id belongs to another request
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
   * Yields whenever something has changed, and finally when the execution has ended. If the id turns out to belong to
   * another request, it follows the execution that refuses this one.
   *
   * @param request as returned by `request`; a plain id is checked for another request only if this object sent it
   * @throws NoSuchExecution unless `queued`
   */
  async *follow(request: string | Sent, options: FollowOptions = {}): AsyncGenerator<Progress, void> {
    yield* followExecution(this.executions, () => this.#sent.nameOf(request), options)
  }

  /** Returns the current progress of an execution. @throws NoSuchExecution */
  async progress(id: string): Promise<Progress> {
    const history = new History(id)
    history.add(await this.executions.events(id, 0))
    return history.progress
  }

  /**
   * Adds the events since the last call to a history, for callers that watch an execution: only new events are fetched.
   *
   * @throws NoSuchExecution
   */
  async refresh(history: History): Promise<Progress> {
    const { id } = history.progress
    history.add(await this.executions.events(id, history.seen))
    return history.progress
  }

  /** @throws NoSuchExecution */
  async get(id: string): Promise<Execution> {
    return await this.executions.get(id)
  }

  /**
   * Lists executions, newest first. Step Functions lists new ones with a short delay.
   *
   * @param options.limit 20 by default
   */
  async list({ status, limit = 20 }: { status?: ExecutionStatus | undefined; limit?: number | undefined } = {}) {
    return await this.executions.list({ status, limit })
  }

  /** Returns how many messages have no execution yet. */
  async waiting(): Promise<Waiting> {
    return await countWaiting(this.sqs, await this.parts())
  }

  /**
   * Replays a failed execution. It is redriven, which continues from the failed step and keeps finished work. If AWS
   * cannot redrive it (because it succeeded, or ended more than 14 days ago), it is requested again through the queue
   * with a new id, in its turn. While the database does not respond, a redrive waits in the queue as well.
   *
   * @param who recorded with a redrive that waits
   * @param options.newRequestId the new id if it is requested again; two calls with the same id make one request
   * @throws NoSuchExecution
   * @throws NotReplayable if it runs, was just replayed by somebody, or never was a request
   * @throws Paused
   */
  async replay(
    id: string,
    { by, reason }: { by: string; reason: string } = { by: '', reason: '' },
    { newRequestId = newId() }: ReplayOptions = {},
  ): Promise<Replay> {
    return await replayExecution(id, { by, reason }, newRequestId, {
      executions: this.executions,
      table: await this.findTable(),
      queue: { client: this.sqs, url: (await this.parts()).queueUrl },
      request: (request) => this.request(request),
    })
  }

  /**
   * Makes a link to the file, for a page that the web app shows to a person who may have it. The caller needs
   * permission to read the bucket.
   *
   * @param request as in `follow`
   * @throws NoSuchExecution
   * @throws NoFile
   * @throws TypeError if `requestedBy` is given as undefined, which means that the caller forgot to determine the
   * requester
   */
  async link(request: string | Sent, options: LinkOptions = {}): Promise<Link> {
    const { expiresInSeconds = LINK_SECONDS, isThere = false } = options
    const file = await this.#file(request, options)
    if (isThere) await findFile(this.s3, file)
    return await signLink(this.s3, file, expiresInSeconds)
  }

  /**
   * Opens the file. The caller needs permission to read the bucket.
   *
   * @param request as in `follow`
   * @param options as in `link`
   * @throws NoSuchExecution
   * @throws NoFile
   */
  async open(request: string | Sent, options: Pick<LinkOptions, 'requestedBy'> = {}): Promise<Download> {
    return await openFile(this.s3, await this.#file(request, options))
  }

  async #file(sent: string | Sent, options: Pick<LinkOptions, 'requestedBy'>): Promise<File> {
    const { requestedBy } = options
    if ('requestedBy' in options && requestedBy === undefined)
      throw new TypeError(
        'requestedBy is undefined: set it to the requester whose file it must be, or leave it out to open anybody’s file',
      )
    const name = await this.#sent.nameOf(sent)
    const { file, status, request } = await this.get(name)
    if (requestedBy !== undefined && requesterOf(request?.requestedBy ?? '') !== requesterOf(requestedBy)) {
      throw new NoSuchExecution(name)
    }
    if (!file) throw new NoFile(`The execution “${name}” has no file: its state is ${status}.`)
    return file
  }

  /**
   * Adds the request to the waiting order if the caller may; otherwise `start` does so when it receives the message. It
   * happens before the message is sent, so that the two do not collide. If the message is then not sent, the entry
   * alone starts nothing, and the same request can be sent again.
   */
  async #enter(request: Request): Promise<void> {
    const entering = async () => {
      const table = await this.findTable()
      if (table)
        await enterRequest(table, waitingRequest(request.id, JSON.stringify(request), new Date().toISOString()))
    }
    // The table is only an index, so the request does not wait for it.
    await Promise.race([entering().catch(() => undefined), sleep(LONGEST_ENTERING_MILLIS, undefined, { ref: false })])
  }
}
