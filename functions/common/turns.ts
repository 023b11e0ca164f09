/**
 * Decides whose turn it is. A message adds its request to the order in which requests start (statemachine/waiting.ts),
 * and the first in that order is started, whichever it is. Only the sequence depends on the order: a request has its
 * own message until it has started, and its execution's name ensures that it starts once.
 */
import type { SQSRecord } from 'aws-lambda'
import type { ReplayMessage } from '../../statemachine/bulk-replay.ts'
import { digestOf, enterRequest, waitingRequest } from '../../statemachine/waiting.ts'
import { type ExecutionInput, unusable } from './execution-input.ts'
import type { Executions } from './executions.ts'
import type { Replays } from './replays.ts'
import type { Table } from './table.ts'
import { replayOf, type Turn } from './turn.ts'

export interface Met {
  /** The turn to continue with; a refusal if the message cannot have what it asks for. */
  turn: Turn
  /** Whether it was not in the order before. */
  isNew: boolean
  /** When it was requested, if known. Its message may be younger, because it was sent again. */
  requestedAt?: string | undefined
}

/** The run that was started. */
export interface Started {
  /** The execution's name. */
  name: string
  /** Which run of the execution it is. */
  redriveCount: number
  /** Whether it was the message's own turn. */
  isOwn: boolean
}

export class Turns {
  readonly #table: Table
  readonly #executions: Executions
  readonly #replays: Replays

  constructor(table: Table, executions: Executions, replays: Replays) {
    this.#table = table
    this.#executions = executions
    this.#replays = replays
  }

  /**
   * Adds the message's request to the order if its sender did not.
   *
   * @returns undefined if it has had its turn: the message was delivered twice, or another message started it
   */
  async meet(turn: Turn, record: SQSRecord, deadline: number): Promise<Met | undefined> {
    if (!turn.isOrdered) return { turn, isNew: false }
    if (turn.replay) return await this.#meetReplay(turn, turn.replay, record)
    const sentAt = new Date(Number(record.attributes.SentTimestamp)).toISOString()
    const known = await enterRequest(this.#table, waitingRequest(turn.name, turn.input, sentAt))
    if (!known) return { turn, isNew: true }
    if (known.state === 'waiting') {
      const isOther = known.digest !== undefined && known.digest !== digestOf(turn.input)
      return { turn: isOther ? refusal(turn, record) : turn, isNew: false, requestedAt: known.requestedAt }
    }
    // The table may be wrong; the execution is authoritative.
    const execution = await this.#executions.describe(turn.name, deadline)
    if (execution?.input === turn.input) return undefined
    return { turn: execution ? refusal(turn, record) : turn, isNew: false }
  }

  async #meetReplay(turn: Turn, replay: ReplayMessage, record: SQSRecord): Promise<Met | undefined> {
    const waits = await this.#replays.waits(replay)
    if (waits === false) return undefined
    const problem = `This execution is not part of a bulk replay “${replay.bulk}”.`
    return { turn: waits ? turn : { ...unusable(record, problem), isOrdered: false }, isNew: false }
  }

  /**
   * Starts the first in the order, or the message's own turn if the order is empty. An entry that an interrupted
   * invocation has already started is removed, and the next one is started.
   *
   * @param free waits for a slot and the end of a pause or an outage; false if that takes beyond the deadline
   * @returns undefined if it took beyond the deadline; 'done' if the message's own turn turned out to be over
   */
  async startNext(
    own: Turn,
    record: SQSRecord,
    { deadline, free, maxRunning }: { deadline: number; free: () => Promise<boolean>; maxRunning: number },
  ): Promise<Started | 'done' | undefined> {
    while (await free()) {
      const first = own.isOrdered ? await this.#table.firstWaiting() : undefined
      const isOwn = !first || first.input === own.input
      const turn = isOwn ? own : { ...first, replay: replayOf(first.input), isOrdered: true }
      const started = await this.#start(turn, isOwn ? record : undefined, deadline)
      if (first) await this.#table.removeWaiting(first, maxRunning)
      if (started) return { ...started, isOwn }
      if (isOwn) return 'done'
    }
    return undefined
  }

  /** @param record of the turn, if available; it may have to be refused */
  async #start(
    turn: Turn,
    record: SQSRecord | undefined,
    deadline: number,
  ): Promise<Omit<Started, 'isOwn'> | undefined> {
    if (turn.replay) {
      const isRedriven = await this.#replays.redrive(turn.replay, deadline)
      return isRedriven ? { name: turn.replay.replay, redriveCount: turn.replay.redriveCount + 1 } : undefined
    }
    if (await this.#executions.start(turn, deadline)) return { name: turn.name, redriveCount: 0 }
    if (!record) return undefined
    return await this.#refuseUsedId(turn, record, deadline)
  }

  /** Starts an execution that fails with an explanation, for another request with an id that is already used. */
  async #refuseUsedId(turn: Turn, record: SQSRecord, deadline: number) {
    const existing = await this.#executions.describe(turn.name, deadline)
    if (!existing) throw new Error('Step Functions cannot describe an existing execution yet.')
    if (existing.input === turn.input) return undefined
    const refused = refusal(turn, record)
    return (await this.#executions.start(refused, deadline)) ? { name: refused.name, redriveCount: 0 } : undefined
  }
}

function refusal({ name, input }: ExecutionInput, record: SQSRecord): Turn {
  const problem = `The id “${name}” belongs to another request; send this one with a new id.`
  return { ...unusable(record, problem, JSON.parse(input) as Record<string, unknown>), isOrdered: false }
}
