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

/** A table answers in milliseconds. */
const LONGEST_ENTERING_MILLIS = 2_000
/** Of a link that is shown, not mailed. */
const LINK_SECONDS = 3_600

/** @param place the parts when the caller knows them (then nothing is looked up), an SSM parameter, or the stack */
export function createCarryout(place: Place, options: AwsOptions = {}): Carryout {
  return new Carryout(place, options)
}

/** Everything a web app does with one stack: `createCarryout` makes it. Calls throw `CarryoutError`s, and errors of the AWS SDK as they are. */
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
   * Puts a request on the queue. The queue deduplicates by content, which the id is part of: sent twice, it is one
   * download. Which exports and parameters there are only `Prepare` knows; it refuses the others by e-mail.
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
   * Asks the deployed catalogue about a request before it is sent, by the package `@aws-sdk/client-lambda`. The caller needs
   * the right to invoke `Prepare`, which `grantRequest` gives.
   *
   * @returns undefined where the parts do not name `Prepare`
   * @throws InvalidRequest when it is not a request at all
   */
  async examine(request: NewRequest): Promise<Examined | undefined> {
    const body = toRequest(request)
    const { prepareFunction } = await this.parts()
    return prepareFunction === undefined ? undefined : await examineRequest(prepareFunction, body, this.options)
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
    const before = await this.executions.status(id)
    if (before === undefined) {
      const entry = await table.entry(id)
      if (!entry) throw new NoSuchExecution(id)
      if (entry.state !== 'waiting') return 'over'
      await table.cancel(entry, by)
    }
    // It may have started meanwhile, past the mark.
    const status = before ?? (await this.executions.status(id))
    if (status === undefined) return 'waiting'
    if (status !== 'RUNNING') return 'over'
    await this.executions.stop(id, { error: CANCELLED, cause: `Cancelled by ${by}.` })
    return 'running'
  }

  /** Enters into the table what it does not know of the executions and the dead letters that there are. @throws NoTable */
  async rebuildIndex(onProgress?: (rebuilt: Rebuilt) => void): Promise<Rebuilt> {
    const { stateMachineArn, deadLetterQueueUrl } = await this.parts()
    const table = await this.requireTable()
    const rebuilt = await rebuildIndex(this.sfn, stateMachineArn, table, onProgress)
    if (deadLetterQueueUrl === undefined) return rebuilt
    const corrected = rebuilt.corrected + (await enterDeadLetters(this.sqs, deadLetterQueueUrl, table))
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
    yield* followExecution(this.executions, () => this.#sent.nameOf(request), options)
  }

  /** How far an execution is now. @throws NoSuchExecution */
  async progress(id: string): Promise<Progress> {
    const history = new History(id)
    history.add(await this.executions.events(id, 0))
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
    history.add(await this.executions.events(id, history.seen))
    return history.progress
  }

  /** @throws NoSuchExecution */
  async get(id: string): Promise<Execution> {
    return await this.executions.get(id)
  }

  /**
   * The newest first. Step Functions lists them a little late.
   *
   * @param options.limit 20 by default
   */
  async list({ status, limit = 20 }: { status?: ExecutionStatus | undefined; limit?: number | undefined } = {}) {
    return await this.executions.list({ status, limit })
  }

  /** What no execution was started for yet. */
  async waiting(): Promise<Waiting> {
    return await countWaiting(this.sqs, await this.parts())
  }

  /**
   * Redrives a failed execution, which goes on from the step that failed and keeps what is finished. What AWS does not
   * redrive (it succeeded, or ended more than 14 days ago) is requested again under a new id, through the queue, so that
   * it takes its turn. While the database does not answer the redrive waits in the queue, too.
   *
   * @param who kept with a redrive that waits
   * @param options.newRequestId the new id, where it is requested again: called twice with one, it is requested once
   * @throws NoSuchExecution
   * @throws NotReplayable when it runs, somebody has just replayed it, or it never was a request
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
   * A link to the file, for a page that the web app shows to who may have it. It needs the right to read the bucket.
   *
   * @param request as of `follow`
   * @throws NoSuchExecution
   * @throws NoFile
   * @throws TypeError where `requestedBy` is given as undefined: whoever compares requesters has forgotten to know theirs
   */
  async link(request: string | Sent, options: LinkOptions = {}): Promise<Link> {
    const { expiresInSeconds = LINK_SECONDS, isThere = false } = options
    const file = await this.#file(request, options)
    if (isThere) await findFile(this.s3, file)
    return await signLink(this.s3, file, expiresInSeconds)
  }

  /**
   * Opens the file itself, which needs the right to read the bucket.
   *
   * @param request as of `follow`
   * @param options as of `link`
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
        'requestedBy is undefined: give whose the file must be, or leave it out for a file of anybody',
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
}
