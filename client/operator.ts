/**
 * The operator's client: everything of the web app's client, plus inspecting and stopping executions, and handling dead
 * letters.
 */
import { HeadObjectCommand, NotFound } from '@aws-sdk/client-s3'
import type { ExportDescription } from '../statemachine/description.ts'
import { type Action, type DownloadEntry, entryKey, type Pause, QUEUE_PARTITION } from '../statemachine/table.ts'
import { ActionLog, type Who } from './actions.ts'
import type { AwsOptions } from './aws.ts'
import {
  type BulkReplay,
  type BulkReplayDetails,
  bulkReplay,
  listBulkReplays,
  type NewBulkReplay,
  previewReplay,
  type ReplayPreview,
  type ReplayWhich,
  sendBulkReplay,
  stopBulkReplay,
} from './bulk-replays.ts'
import { Carryout, type Replay, type Sent } from './carryout.ts'
import { describeCatalogue, examineRequest, findPrepare } from './catalogue.ts'
import { type DeadLetter, dropDeadLetter, lookAtDeadLetters, sendDeadLetter } from './dead-letters.ts'
import { type Link, signLink } from './download.ts'
import { NoFile, NotReplayable, PartMissing } from './errors.ts'
import { type Failures, groupFailures } from './failures.ts'
import type { LogLine } from './logs.ts'
import type { Place } from './parts.ts'
import { History, type Progress } from './progress.ts'
import type { ReplayOptions } from './replay.ts'
import { type NewRequest, toRequest } from './request.ts'
import { runsOfSchedules, type ScheduleRuns } from './schedules.ts'
import type { WaitingTurn } from './table.ts'
import { type Trace, traceOf } from './trace.ts'

export type { ExportDescription, ParamSchema } from '../statemachine/description.ts'
export type { Action } from '../statemachine/table.ts'
export type { Who } from './actions.ts'
export type {
  BulkReplay,
  BulkReplayDetails,
  NewBulkReplay,
  ReplayFilter,
  ReplayPreview,
  ReplayWhich,
} from './bulk-replays.ts'
export type { DeadLetter } from './dead-letters.ts'
export type { FailureGroup, Failures } from './failures.ts'
export { type ReadLine, readLogLine } from './log-line.ts'
export type { ScheduleRuns } from './schedules.ts'
export type { WaitingTurn } from './table.ts'
export type { FailedDownload } from './table-failed.ts'
export type { ChunkSample, Outcome, StateVisit, Trace } from './trace.ts'

/** The longest cause that Step Functions accepts. */
const CAUSE_CHARACTERS = 32_768
/** How long a catalogue is reused; it changes with a deployment. */
const CATALOGUE_MILLIS = 5_000

/** Used if the caller is a program and does not say who acts. */
const SOMEBODY: Who = { by: '', reason: '' }

/** @param place as in `createCarryout` */
export function createOperator(place: Place, options: AwsOptions = {}): OperatorClient {
  return new OperatorClient(place, options)
}

/** Everything that an operator does with one stack, made by `createOperator`. */
export class OperatorClient extends Carryout {
  readonly #stackName: string | undefined
  readonly #actions = new ActionLog(() => this.findTable())
  readonly #doneReplays = new Map<string, BulkReplay>()
  #prepare: Promise<string> | undefined
  #catalogue: { at: number; asked: Promise<ExportDescription[]> } | undefined

  constructor(place: Place, options: AwsOptions) {
    super(place, options)
    this.#stackName = 'stackName' in place ? place.stackName : undefined
  }

  /** Returns the table's entry of a request, also while it waits; undefined if there is none. */
  async entry(id: string): Promise<DownloadEntry | undefined> {
    return await (await this.findTable())?.entry(id)
  }

  /**
   * Makes links to the file and its manifest; null if the retention has ended.
   *
   * @throws NoSuchExecution
   * @throws NoFile
   */
  async fileLinks(id: string, expiresInSeconds: number): Promise<{ file: Link; manifest: Link } | null> {
    const { file, status } = await this.get(id)
    if (!file) throw new NoFile(`The execution “${id}” has no file: its state is ${status}.`)
    try {
      await this.s3.send(new HeadObjectCommand({ Bucket: file.bucket, Key: file.key }))
    } catch (error) {
      if (error instanceof NotFound) return null
      throw error
    }
    const [link, manifest] = await Promise.all([
      signLink(this.s3, file, expiresInSeconds),
      signLink(this.s3, { ...file, key: file.manifestKey }, expiresInSeconds),
    ])
    return { file: link, manifest }
  }

  /** Returns what waits, in the order in which it will start. @throws NoTable */
  async turns(limit: number): Promise<WaitingTurn[]> {
    return await (await this.requireTable()).turns(limit)
  }

  /** Returns people's actions on a download, newest first. */
  async actions(id: string): Promise<Action[]> {
    return await this.#actions.list(entryKey(id).pk)
  }

  /** Returns people's actions on the queue, newest first: pauses, and dead letters that were sent or dropped. */
  async queueActions(): Promise<Action[]> {
    return await this.#actions.list(QUEUE_PARTITION)
  }

  /**
   * Returns the exports of the deployed catalogue; for some seconds after a deployment possibly the previous ones.
   * @throws PartMissing
   */
  async catalogue(): Promise<ExportDescription[]> {
    const now = Date.now()
    if (!this.#catalogue || now - this.#catalogue.at > CATALOGUE_MILLIS) {
      const asked = this.#findPrepare().then((prepare) => describeCatalogue(prepare, this.options))
      this.#catalogue = { at: now, asked }
      asked.catch(() => {
        this.#catalogue = undefined
      })
    }
    return await this.#catalogue.asked
  }

  /**
   * Returns each schedule with its last and next run.
   *
   * @param catalogue a selection of exports; by default all deployed ones
   * @throws PartMissing
   * @throws NoTable
   */
  async schedules(catalogue?: readonly ExportDescription[]): Promise<ScheduleRuns[]> {
    return await runsOfSchedules(catalogue ?? (await this.catalogue()), (query) => this.downloads(query), new Date())
  }

  /**
   * Checks whether the deployed catalogue accepts a request, without sending it.
   *
   * @returns what is wrong with it, in a sentence; null if nothing is
   * @throws InvalidRequest if it is not a valid request at all
   */
  async check(request: NewRequest): Promise<string | null> {
    return (await examineRequest(await this.#findPrepare(), toRequest(request), this.options)).problem
  }

  /** Returns failed downloads by cause, the most frequent first. @throws NoTable */
  async failures(): Promise<Failures> {
    return await groupFailures((await this.requireTable()).failed())
  }

  /** Returns every visit of every state, with input and output. @throws NoSuchExecution */
  async trace(id: string): Promise<Trace> {
    return traceOf(await this.executions.events(id, 0))
  }

  /** Returns an execution's progress and trace from one read of its history. @throws NoSuchExecution */
  async inspect(id: string): Promise<{ progress: Progress; trace: Trace }> {
    const events = await this.executions.events(id, 0)
    const history = new History(id)
    history.add(events)
    return { progress: history.progress, trace: traceOf(events) }
  }

  /** Returns the definition that this execution runs, in Amazon States Language. @throws NoSuchExecution */
  async definition(id: string): Promise<string> {
    return await this.executions.definition(id)
  }

  override async request(request: NewRequest, who?: Who): Promise<Sent> {
    const sent = await super.request(request)
    if (who) await this.#actions.note(entryKey(sent.id).pk, 'request', who)
    return sent
  }

  override async replay(id: string, who: Who = SOMEBODY, options?: ReplayOptions): Promise<Replay> {
    const replay = await super.replay(id, who, options)
    await this.#actions.note(entryKey(id).pk, 'replay', who, replay.redriven ? undefined : replay.id)
    if (!replay.redriven) await this.#actions.join(id, replay.id)
    return replay
  }

  /**
   * Sends an execution's request again with changes. Each of the two then names the other, and the old one no longer
   * counts as a failure.
   *
   * @param change if it has an `id`, the new request gets it: sent twice, it is one download
   * @throws NoSuchExecution
   * @throws NotReplayable if the message was not a valid request and the change does not make it one
   * @throws InvalidRequest
   */
  async resend(id: string, change: Partial<NewRequest>, who: Who = SOMEBODY): Promise<Sent> {
    const { request } = await this.get(id)
    const wanted = { ...request, ...change, id: change.id }
    if (wanted.export === undefined || wanted.requestedBy === undefined) {
      throw new NotReplayable(`The message of “${id}” was not a request. Set the export and the requester.`)
    }
    const sent = await super.request(wanted as NewRequest)
    await this.#actions.note(entryKey(id).pk, 'resend', who, sent.id)
    await this.#actions.join(id, sent.id)
    return sent
  }

  /**
   * Stops a running execution: its query is killed, and what it wrote is deleted.
   *
   * @returns false if it had already ended, and nothing was done
   * @throws NoSuchExecution
   */
  async stop(id: string, who: Who): Promise<boolean> {
    // AWS does not report that an execution has already ended.
    if ((await this.get(id)).status !== 'RUNNING') return false
    const { by, reason } = who
    const cause = (reason === '' ? `Stopped by ${by}.` : `Stopped by ${by}: ${reason}`).slice(0, CAUSE_CHARACTERS)
    await this.executions.stop(id, { error: 'Stopped', cause })
    await this.#actions.note(entryKey(id).pk, 'stop', who)
    return true
  }

  /** @param who recorded, including the reason */
  override async cancel(id: string, who: { by: string; reason?: string }): ReturnType<Carryout['cancel']> {
    const was = await super.cancel(id, who)
    const { by, reason = '' } = who
    if (was !== 'over') await this.#actions.note(entryKey(id).pk, 'cancel', { by, reason })
    return was
  }

  override async pause(who: Omit<Pause, 'at'>): ReturnType<Carryout['pause']> {
    const paused = await super.pause(who)
    await this.#actions.note(QUEUE_PARTITION, 'pause', who)
    return paused
  }

  override async resume(who: Who = SOMEBODY): ReturnType<Carryout['resume']> {
    const wasPaused = await this.paused()
    const resumed = await super.resume()
    if (wasPaused) await this.#actions.note(QUEUE_PARTITION, 'resume', who)
    return resumed
  }

  /**
   * Returns the first lines that the functions logged for a request. It needs the stack's name and two of the package's
   * optional peers.
   *
   * @throws PartMissing
   */
  async logs(id: string, since: Date, most: number): Promise<LogLine[]> {
    if (this.#stackName === undefined) throw new PartMissing('Reading logs needs the stack’s name. Set stackName.')
    const { readLogs } = await import('./logs.ts')
    const lines: LogLine[] = []
    for await (const line of readLogs(this.#stackName, { id, since }, this.options)) {
      lines.push(line)
      if (lines.length === most) break
    }
    return lines
  }

  /** Returns what `replayAll` would replay now, without changing anything. @throws NoTable */
  async previewReplay(which: ReplayWhich): Promise<ReplayPreview> {
    return await previewReplay(await this.requireTable(), (query) => this.downloads(query), which)
  }

  /**
   * Replays many failed executions through the queue, one at a time, in turn with waiting requests; `maxRunning` and
   * pauses apply to them as well. Once this returns, the replay continues without the caller. If it is interrupted
   * before, calling it again with the same name continues it.
   *
   * @throws InvalidRequest if the name is not valid or taken, nothing matches, or more than 10,000 match
   * @throws NoTable
   */
  async replayAll(replay: NewBulkReplay): Promise<BulkReplay> {
    const { queueUrl } = await this.parts()
    const queue = { client: this.sqs, url: queueUrl }
    return await sendBulkReplay(await this.requireTable(), queue, replay, () => this.previewReplay(replay))
  }

  /** Returns bulk replays, newest first; they are kept for 90 days. @throws NoTable */
  async bulkReplays({ limit = 20 } = {}): Promise<BulkReplay[]> {
    return await listBulkReplays(await this.requireTable(), limit, this.#doneReplays)
  }

  /**
   * Returns a bulk replay with the outcome of each execution; undefined if there is none with this name. @throws
   * NoTable
   */
  async bulkReplay(name: string): Promise<BulkReplayDetails | undefined> {
    return await bulkReplay(await this.requireTable(), name)
  }

  /**
   * Stops a bulk replay: executions that wait for their turn are left unchanged, running ones continue.
   *
   * @returns undefined if there is none with this name
   * @throws NoTable
   */
  async stopBulkReplay(name: string, { by }: { by: string }): Promise<BulkReplay | undefined> {
    return await stopBulkReplay(await this.requireTable(), name, by)
  }

  /** Returns up to ten dead letters of each group, without removing them. */
  async deadLetters(): Promise<DeadLetter[]> {
    return await lookAtDeadLetters(this.sqs, await this.#deadLetterQueue())
  }

  /** @param body to send instead of the message's @returns false if the message is no longer there */
  async sendDeadLetter(messageId: string, body?: string, who: Who = SOMEBODY): Promise<boolean> {
    const { queueUrl } = await this.parts()
    const deadLetterQueueUrl = await this.#deadLetterQueue()
    const isSent = await sendDeadLetter(this.sqs, { queueUrl, deadLetterQueueUrl }, { messageId, body })
    if (isSent) await this.#actions.note(QUEUE_PARTITION, 'sendDeadLetter', who, messageId)
    return isSent
  }

  /** @returns false if the message is no longer there */
  async dropDeadLetter(messageId: string, who: Who = SOMEBODY): Promise<boolean> {
    const dropped = await dropDeadLetter(this.sqs, await this.#deadLetterQueue(), messageId)
    if (!dropped) return false
    await this.#actions.leaveLine(dropped)
    await this.#actions.note(QUEUE_PARTITION, 'dropDeadLetter', who, messageId)
    return true
  }

  /** The name never changes, so it is looked up once. @throws PartMissing */
  #findPrepare(): Promise<string> {
    this.#prepare ??= this.parts().then(async ({ stateMachineArn }) => {
      const name = await findPrepare(this.sfn, stateMachineArn)
      if (name === undefined) throw new PartMissing('The state machine has no state “Prepare” that calls a function.')
      return name
    })
    this.#prepare.catch(() => {
      this.#prepare = undefined
    })
    return this.#prepare
  }

  /** @throws PartMissing */
  async #deadLetterQueue(): Promise<string> {
    const { deadLetterQueueUrl } = await this.parts()
    if (deadLetterQueueUrl !== undefined) return deadLetterQueueUrl
    throw new PartMissing('The dead-letter queue is not known. Set deadLetterQueueUrl to its URL.')
  }
}
