/**
 * One transaction of the Data API: one session of the server, so what is set in it holds for all its statements, and one
 * snapshot, which the first page takes (REPEATABLE READ).
 */
import type { ExecuteStatementCommandOutput } from '@aws-sdk/client-rds-data'
import type { DataApi, NamedStatement } from './api.ts'
import { prepareSession, readSession, restoreSession, type SessionFacts } from './session.ts'

/** The Data API rolls back what nobody used for three minutes; a slow upload may take longer between two pages. */
const KEEP_ALIVE_MILLIS = 60_000
/** How long cleaning up may take: its caller already has the result. */
const END_MILLIS = 10_000
/** How long a statement that nobody waits for any more may hold up the chunk's end. */
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

  /** Goes on with the transaction of the chunk before; throws the Data API's error when it is gone. */
  static async resume(api: DataApi, id: string, signal: AbortSignal): Promise<Transaction> {
    return new Transaction(api, id, await readSession(api, id, signal))
  }

  /** Whether all statements see the same data: a question of the server's isolation level. */
  get isSnapshot(): boolean {
    return this.#facts.isSnapshot
  }

  async execute(
    statement: NamedStatement,
    signal: AbortSignal,
    withColumns = false,
  ): Promise<ExecuteStatementCommandOutput> {
    // Of keeping it alive; a transaction runs one statement at a time.
    await this.#running
    return this.#run(this.#api.execute(statement, signal, { transactionId: this.id, withColumns }))
  }

  /** Ends it after the last row. */
  async commit(): Promise<void> {
    clearInterval(this.#keepAlive)
    const signal = AbortSignal.timeout(END_MILLIS)
    try {
      await this.#running
      await this.#api.execute(restoreSession(this.#facts), signal, { transactionId: this.id })
      await this.#api.commit(this.id, signal)
    } catch {
      // The rows are all there; what is left of the transaction ends by itself.
    }
  }

  /** Ends it, and what runs in it: that a call is given up on does not reach the server. */
  async rollback(): Promise<void> {
    clearInterval(this.#keepAlive)
    const signal = AbortSignal.timeout(END_MILLIS)
    const { connectionId } = this.#facts
    const kill = { text: `KILL QUERY ${connectionId}`, parameters: [] }
    if (this.#running && connectionId > 0) await this.#api.execute(kill, signal).catch(() => {})
    await this.#api.execute(restoreSession(this.#facts), signal, { transactionId: this.id }).catch(() => {})
    await rollBack(this.#api, this.id)
  }

  /** Leaves it to the next chunk. */
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
    // The next page will say what is wrong.
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
  // It may be gone already, or ends by itself in three minutes.
  await api.rollback(id, AbortSignal.timeout(END_MILLIS)).catch(() => {})
}
