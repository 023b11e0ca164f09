/**
 * One transaction of the Data API. It is one session of the server, so settings apply to all of its statements, and one
 * snapshot, taken by the first page (REPEATABLE READ).
 */
import type { ExecuteStatementCommandOutput } from '@aws-sdk/client-rds-data'
import type { DataApi, NamedStatement } from './api.ts'
import { prepareSession, readSession, restoreSession, type SessionFacts } from './session.ts'

/**
 * The Data API rolls back a transaction that is idle for three minutes, and a slow upload may take longer between two
 * pages.
 */
const KEEP_ALIVE_MILLIS = 60_000
/** How long cleaning up may take. The caller already has its result. */
const END_MILLIS = 10_000
/** How long a statement that is no longer awaited may delay the chunk's end. */
const SETTLE_MILLIS = 5_000

export class Transaction {
  readonly id: string
  readonly #api: DataApi
  readonly #facts: SessionFacts
  readonly #keepAlive: NodeJS.Timeout
  #running: Promise<void> | null = null

  private constructor(api: DataApi, id: string, facts: SessionFacts) {
    this.#api = api
    this.id = id
    this.#facts = facts
    this.#keepAlive = setInterval(() => void this.#touch(), KEEP_ALIVE_MILLIS).unref()
  }

  static async begin(api: DataApi, timeZone: string, signal: AbortSignal): Promise<Transaction> {
    const id = await api.begin(signal)
    try {
      const facts = await readSession(api, id, signal)
      await prepareSession(api, id, { timeZone, facts, signal })
      return new Transaction(api, id, facts)
    } catch (error) {
      await rollBack(api, id)
      throw error
    }
  }

  /** Continues the previous chunk's transaction. Throws the Data API's error if it no longer exists. */
  static async resume(api: DataApi, id: string, signal: AbortSignal): Promise<Transaction> {
    return new Transaction(api, id, await readSession(api, id, signal))
  }

  /** Whether all statements see the same data, which depends on the server's isolation level. */
  get isSnapshot(): boolean {
    return this.#facts.isSnapshot
  }

  async execute(
    statement: NamedStatement,
    signal: AbortSignal,
    withColumns = false,
  ): Promise<ExecuteStatementCommandOutput> {
    // Waits for a keep-alive statement: a transaction runs one statement at a time.
    await this.#running
    return this.#run(this.#api.execute(statement, signal, { transactionId: this.id, withColumns }))
  }

  /** Commits after the last row. */
  async commit(): Promise<void> {
    clearInterval(this.#keepAlive)
    const signal = AbortSignal.timeout(END_MILLIS)
    try {
      await this.#running
      await this.#api.execute(restoreSession(this.#facts), signal, { transactionId: this.id })
      await this.#api.commit(this.id, signal)
    } catch {
      // All rows have been read; the transaction ends by itself.
    }
  }

  /** Rolls back and ends the running statement: aborting a call does not reach the server. */
  async rollback(): Promise<void> {
    clearInterval(this.#keepAlive)
    const signal = AbortSignal.timeout(END_MILLIS)
    const { connectionId } = this.#facts
    const kill = { text: `KILL QUERY ${connectionId}`, parameters: [] }
    if (this.#running && connectionId > 0) await this.#api.execute(kill, signal).catch(() => {})
    await this.#api.execute(restoreSession(this.#facts), signal, { transactionId: this.id }).catch(() => {})
    await rollBack(this.#api, this.id)
  }

  /** Leaves the transaction open for the next chunk. */
  async leave(): Promise<void> {
    clearInterval(this.#keepAlive)
    let timer: NodeJS.Timeout | undefined
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SETTLE_MILLIS)
    })
    await Promise.race([this.#running, enough])
    clearTimeout(timer)
  }

  async #touch(): Promise<void> {
    if (this.#running) return
    const nothing = { text: 'SELECT 1', parameters: [] }
    const touched = this.#api.execute(nothing, AbortSignal.timeout(END_MILLIS), { transactionId: this.id })
    // If the transaction is broken, the next page reports it.
    await this.#run(touched).catch(() => {})
  }

  async #run<T>(call: Promise<T>): Promise<T> {
    const settled = call.then(
      () => {},
      () => {},
    )
    this.#running = settled
    try {
      return await call
    } finally {
      if (this.#running === settled) this.#running = null
    }
  }
}

async function rollBack(api: DataApi, id: string): Promise<void> {
  // The transaction may be gone already; otherwise it ends by itself in three minutes.
  await api.rollback(id, AbortSignal.timeout(END_MILLIS)).catch(() => {})
}
