/** What an operator does beyond a web app's part: looks into executions, stops them, deals with dead letters. */
import {
  DescribeStateMachineForExecutionCommand,
  ExecutionDoesNotExist,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { DownloadEntry } from '../statemachine/table.ts'
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
import { Carryout } from './carryout.ts'
import { type DeadLetter, dropDeadLetter, lookAtDeadLetters, sendDeadLetter } from './dead-letters.ts'
import { NoSuchExecution, PartMissing } from './errors.ts'
import { type Failures, groupFailures } from './failures.ts'
import { readHistory } from './history.ts'
import type { LogLine } from './logs.ts'
import type { Place } from './parts.ts'
import { type Trace, traceOf } from './trace.ts'

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
export type { ChunkSample, Outcome, StateVisit, Trace } from './trace.ts'

/** Step Functions takes no longer cause. */
const CAUSE_CHARACTERS = 32_768

/** @param place as of `createCarryout` */
export function createOperator(place: Place, options: AwsOptions = {}): OperatorClient {
  return new OperatorClient(place, options)
}

export class OperatorClient extends Carryout {
  readonly #sfn: SFNClient
  readonly #sqs: SQSClient
  readonly #options: AwsOptions
  readonly #stackName: string | undefined

  constructor(place: Place, options: AwsOptions) {
    super(place, options)
    this.#stackName = 'stackName' in place ? place.stackName : undefined
    this.#options = options
    this.#sfn = new SFNClient(options)
    this.#sqs = new SQSClient(options)
  }

  /** What the table knows of a request, also while it waits; undefined where it does not know it. */
  async entry(id: string): Promise<DownloadEntry | undefined> {
    return await (await this.findTable())?.entry(id)
  }

  /** Failed downloads by their cause, the most frequent first. @throws NoTable */
  async failures(): Promise<Failures> {
    return await groupFailures((query) => this.downloads(query))
  }

  /** Every visit of every state, with its input and output. @throws NoSuchExecution */
  async trace(id: string): Promise<Trace> {
    return traceOf(await this.#orMissing(id, (executionArn) => readHistory(this.#sfn, executionArn, 0)))
  }

  /** The definition that this very execution runs, in Amazon States Language. @throws NoSuchExecution */
  async definition(id: string): Promise<string> {
    const { definition = '{}' } = await this.#orMissing(id, (executionArn) =>
      this.#sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn })),
    )
    return definition
  }

  /** Ends a running execution: its query is killed, and what it wrote is deleted. @throws NoSuchExecution */
  async stop(id: string, { by, reason }: { by: string; reason: string }): Promise<void> {
    const cause = (reason === '' ? `Stopped by ${by}.` : `Stopped by ${by}: ${reason}`).slice(0, CAUSE_CHARACTERS)
    await this.#orMissing(id, (executionArn) =>
      this.#sfn.send(new StopExecutionCommand({ executionArn, error: 'Stopped', cause: cause.toWellFormed() })),
    )
  }

  /**
   * The first lines that the functions logged of a request. It needs the stack's name, and two of the package's optional
   * peers.
   *
   * @throws PartMissing
   */
  async logs(id: string, since: Date, most: number): Promise<LogLine[]> {
    if (this.#stackName === undefined) throw new PartMissing('Logs are found by the stack’s name. Give stackName.')
    const { readLogs } = await import('./logs.ts')
    const lines: LogLine[] = []
    for await (const line of readLogs(this.#stackName, { id, since }, this.#options)) {
      lines.push(line)
      if (lines.length === most) break
    }
    return lines
  }

  /** What `replayAll` would replay now. Changes nothing. @throws NoTable */
  async previewReplay(which: ReplayWhich): Promise<ReplayPreview> {
    return await previewReplay(await this.requireTable(), (query) => this.downloads(query), which)
  }

  /**
   * Replays many failed executions through the queue, one at a time, taking turns with the requests that wait: what holds
   * requests (`maxRunning`, a pause) holds them, too. Once this returns it goes on without the caller. One that is cut off
   * before can be called again under the same name, and goes on where it was.
   *
   * @throws InvalidRequest when the name is wrong or taken, nothing matches, or more than 10,000 do
   * @throws NoTable
   */
  async replayAll(replay: NewBulkReplay): Promise<BulkReplay> {
    const { queueUrl } = await this.parts()
    const queue = { client: this.#sqs, url: queueUrl }
    return await sendBulkReplay(await this.requireTable(), queue, replay, () => this.previewReplay(replay))
  }

  /** The newest first; kept for 90 days. @throws NoTable */
  async bulkReplays({ limit = 20 } = {}): Promise<BulkReplay[]> {
    return await listBulkReplays(await this.requireTable(), limit)
  }

  /** One with what became of each execution; undefined where there is none of this name. @throws NoTable */
  async bulkReplay(name: string): Promise<BulkReplayDetails | undefined> {
    return await bulkReplay(await this.requireTable(), name)
  }

  /**
   * Redrives no more of a bulk replay: what waits for its turn is left untouched, what runs goes on.
   *
   * @returns undefined where there is none of this name
   * @throws NoTable
   */
  async stopBulkReplay(name: string, { by }: { by: string }): Promise<BulkReplay | undefined> {
    return await stopBulkReplay(await this.requireTable(), name, by)
  }

  /** The first ten of each group. They stay where they are. */
  async deadLetters(): Promise<DeadLetter[]> {
    return await lookAtDeadLetters(this.#sqs, await this.#deadLetterQueue())
  }

  /** @param body to send in the message's place @returns false where the message is not there any more */
  async sendDeadLetter(messageId: string, body?: string): Promise<boolean> {
    const { queueUrl } = await this.parts()
    const deadLetterQueueUrl = await this.#deadLetterQueue()
    return await sendDeadLetter(this.#sqs, { queueUrl, deadLetterQueueUrl }, { messageId, body })
  }

  /** @returns false where the message is not there any more */
  async dropDeadLetter(messageId: string): Promise<boolean> {
    return await dropDeadLetter(this.#sqs, await this.#deadLetterQueue(), messageId)
  }

  /** @throws PartMissing */
  async #deadLetterQueue(): Promise<string> {
    const { deadLetterQueueUrl } = await this.parts()
    if (deadLetterQueueUrl !== undefined) return deadLetterQueueUrl
    throw new PartMissing('The dead-letter queue is not known. Give its address as deadLetterQueueUrl.')
  }

  async #orMissing<T>(id: string, ask: (executionArn: string) => Promise<T>): Promise<T> {
    const { stateMachineArn } = await this.parts()
    try {
      return await ask(`${stateMachineArn.replace(':stateMachine:', ':execution:')}:${id}`)
    } catch (error) {
      const isMissing =
        error instanceof ExecutionDoesNotExist || (error instanceof Error && error.name === 'InvalidArn')
      throw isMissing ? new NoSuchExecution(id, { cause: error }) : error
    }
  }
}
