/**
 * Handles an outage of the database for `start`: checks the database repeatedly within the slot of an export, tells the
 * operator once, and ends the outage when the database responds. Messages on the queue are the timer: each outage has
 * its own, so that the database is checked even if no request waits.
 */
import { InvokeCommand, LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda'
import type { NotReached, Reached } from '../../statemachine/checkup.ts'
import { askedUpdate, type Outage, type OutageEvent, type ProbeEvent } from '../../statemachine/outage.ts'
import { connect, limits } from './clients.ts'
import { logger } from './step.ts'
import type { Table } from './table.ts'

/**
 * The pause between two checks is a tenth of the outage's duration so far, within these limits. Each check is an
 * invocation and a connection.
 */
const SHORTEST_PAUSE_MILLIS = 10_000
const LONGEST_PAUSE_MILLIS = 60_000
/**
 * The minimum time for telling the operator, even at the deadline: Lambda accepts an event within about 50 ms. `start`
 * includes it in its reserve.
 */
const TELL_MILLIS = 2_000
/** How long it may be unknown whether the database responds before the operator is told that requests wait. */
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
  /** The outage whose check has had no result, and since when. */
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
   * Checks whether the database responds, unless it was checked a moment ago.
   *
   * @param deadline epoch milliseconds until which to wait for a result
   * @returns whether the outage is over
   */
  async isOver(outage: Outage, deadline: number): Promise<boolean> {
    if (Date.now() < nextQuestion(outage)) return false
    try {
      const answer = await this.#ask(deadline)
      // The slot is taken by an export that still runs; it may end, or show more.
      if (answer === undefined) return await this.#staysUnknown(outage, outage.reason, deadline)
      if (!answer.ok) return await this.#goesOn(outage, answer, deadline)
      // The operator is told before the outage is ended, so that a kill in between tells twice, which `notify`
      // deduplicates.
      if (outage.toldAt !== undefined) await this.#tell({ outage, endedAt: new Date().toISOString() }, deadline)
      logger.info('The database responds again', { since: outage.since })
      // False if another outage has begun in the meantime.
      return await this.#table.endOutage(outage)
    } catch (error) {
      logger.warn('The database could not be checked', error as Error)
      const { name, message } = error as Error
      const reason = `Could not check whether the database is responding (${name}: ${message}). The last answer was: ${outage.reason}`
      return await this.#staysUnknown(outage, reason, deadline)
    }
  }

  /**
   * Tells the operator after a while. The cause may be permanent, such as a missing permission, and somebody must learn
   * of it.
   */
  async #staysUnknown(outage: Outage, reason: string, deadline: number): Promise<false> {
    const now = Date.now()
    if (this.#unknown?.since !== outage.since) this.#unknown = { since: outage.since, from: now }
    if (outage.toldAt !== undefined || now - this.#unknown.from < UNKNOWN_MILLIS) return false
    try {
      await this.#tell({ outage: { ...outage, reason }, endedAt: null }, deadline)
      await this.#table.update(askedUpdate(outage, reason, { toldAt: new Date(now).toISOString() }, now))
    } catch (error) {
      logger.warn('The operator could not be told of the outage', error as Error)
    }
    return false
  }

  async #goesOn(outage: Outage, { error, message }: NotReached, deadline: number): Promise<false> {
    const reason = `${error}: ${message}`
    logger.warn('The database does not respond', { since: outage.since, reason })
    if (outage.toldAt === undefined) await this.#tell({ outage: { ...outage, reason }, endedAt: null }, deadline)
    const now = Date.now()
    await this.#table.update(askedUpdate(outage, reason, { toldAt: outage.toldAt ?? new Date(now).toISOString() }, now))
    return false
  }

  /** @returns undefined if the database's slot is taken */
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

  /** Passes the event to Lambda, which retries by itself. */
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
