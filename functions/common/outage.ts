/**
 * What `start` does in an outage of the database: it asks the database again, under the slot of an export, tells the
 * operator once, and ends the outage when the database answers. Messages on the queue are the timer: each outage has one of
 * its own, so that the database is asked though no request waits.
 */
import { InvokeCommand, LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda'
import type { NotReached, Reached } from '../../statemachine/checkup.ts'
import { askedUpdate, type Outage, type OutageEvent, type ProbeEvent } from '../../statemachine/outage.ts'
import { connect, limits } from './clients.ts'
import { logger } from './step.ts'
import type { Table } from './table.ts'

/** Between two questions: a tenth of how long the outage lasts, within these. Each is an invocation, and a connection. */
const SHORTEST_PAUSE_MILLIS = 10_000
const LONGEST_PAUSE_MILLIS = 60_000
/** What telling has at least, though the deadline is there: Lambda takes an event within some 50 ms. `start` keeps it in reserve. */
const TELL_MILLIS = 2_000
/** How long it may be unknown whether the database answers before the operator is told that requests wait. */
const UNKNOWN_MILLIS = 5 * 60_000

export interface OutageFunctions {
  /** The function whose reserved concurrency is the limit on the database. */
  exportChunk: string
  notify: string
}

export class Outages {
  readonly #table: Pick<Table, 'update' | 'endOutage'>
  readonly #functions: OutageFunctions
  readonly #lambda: Pick<LambdaClient, 'send'>
  /** Since when an outage's question has had no answer, be it yes or no. */
  #unknown: { since: string; from: number } | undefined

  constructor(
    table: Pick<Table, 'update' | 'endOutage'>,
    functions: OutageFunctions,
    lambda: Pick<LambdaClient, 'send'> = connect(LambdaClient, limits.invoke),
  ) {
    this.#table = table
    this.#functions = functions
    this.#lambda = lambda
  }

  /**
   * Asks the database whether it answers, unless it was asked a moment ago.
   *
   * @param deadline epoch milliseconds, until when its answer is waited for
   * @returns whether the outage is over
   */
  async isOver(outage: Outage, deadline: number): Promise<boolean> {
    if (Date.now() < nextQuestion(outage)) return false
    try {
      const answer = await this.#ask(deadline)
      // Its slot is taken: by what still runs, which may end or tell more.
      if (answer === undefined) return await this.#staysUnknown(outage, outage.reason, deadline)
      this.#unknown = undefined
      if (!answer.ok) return await this.#goesOn(outage, answer, deadline)
      // Told before it is ended, so that a kill in between tells twice, which `notify` makes once.
      if (outage.toldAt !== undefined) await this.#tell({ outage, endedAt: new Date().toISOString() }, deadline)
      logger.info('The database answers again', { since: outage.since })
      await this.#table.endOutage(outage)
      return true
    } catch (error) {
      logger.warn('Whether the database answers cannot be asked', error as Error)
      const { name, message } = error as Error
      const reason = `Could not check whether the database is responding (${name}: ${message}). The last answer was: ${outage.reason}`
      return await this.#staysUnknown(outage, reason, deadline)
    }
  }

  /** It may be for good, as where a permission is missing: whoever can mend that must hear of it. */
  async #staysUnknown(outage: Outage, reason: string, deadline: number): Promise<false> {
    const now = Date.now()
    if (this.#unknown?.since !== outage.since) this.#unknown = { since: outage.since, from: now }
    if (outage.toldAt !== undefined || now - this.#unknown.from < UNKNOWN_MILLIS) return false
    try {
      await this.#tell({ outage: { ...outage, reason }, endedAt: null }, deadline)
      await this.#table.update(askedUpdate(outage, reason, { toldAt: new Date(now).toISOString() }, now))
    } catch (error) {
      logger.warn('The operator cannot be told of the outage', error as Error)
    }
    return false
  }

  async #goesOn(outage: Outage, { error, message }: NotReached, deadline: number): Promise<false> {
    const reason = `${error}: ${message}`
    logger.warn('The database does not answer', { since: outage.since, reason })
    if (outage.toldAt === undefined) await this.#tell({ outage: { ...outage, reason }, endedAt: null }, deadline)
    const now = Date.now()
    await this.#table.update(askedUpdate(outage, reason, { toldAt: outage.toldAt ?? new Date(now).toISOString() }, now))
    return false
  }

  /** @returns undefined where its slot is taken */
  async #ask(deadline: number): Promise<Reached | NotReached | undefined> {
    const event: ProbeEvent = { probe: 'database' }
    const command = new InvokeCommand({ FunctionName: this.#functions.exportChunk, Payload: JSON.stringify(event) })
    const abortSignal = AbortSignal.timeout(Math.max(deadline - Date.now(), 0))
    try {
      const { Payload, FunctionError } = await this.#lambda.send(command, { abortSignal })
      const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null')
      if (FunctionError === undefined) return answer as Reached | NotReached
      const { errorType = FunctionError, errorMessage = '' } = answer as Record<string, string>
      return { ok: false, millis: 0, error: errorType, message: errorMessage }
    } catch (error) {
      if (error instanceof TooManyRequestsException) return undefined
      throw error
    }
  }

  /** Handed to Lambda, which tries again by itself. */
  async #tell(event: OutageEvent, deadline: number): Promise<void> {
    const { notify: FunctionName } = this.#functions
    const command = new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(event) })
    const abortSignal = AbortSignal.timeout(Math.max(deadline - Date.now(), TELL_MILLIS))
    await this.#lambda.send(command, { abortSignal })
  }
}

function nextQuestion({ since, askedAt }: Outage): number {
  if (askedAt === undefined) return 0
  const pause = (Date.parse(askedAt) - Date.parse(since)) / 10
  return Date.parse(askedAt) + Math.min(Math.max(pause, SHORTEST_PAUSE_MILLIS), LONGEST_PAUSE_MILLIS)
}
