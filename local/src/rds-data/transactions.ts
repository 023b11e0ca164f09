/** Transactions by id: usable by any client, and rolled back after three idle minutes. */
import { randomBytes } from 'node:crypto'
import { RdsDataError, type transactionEnds, transactionNotFound } from './errors.ts'
import type { RdsDataLimits } from './limits.ts'
import type { Session } from './session.ts'

interface Transaction {
  session: Session
  resourceArn: string
  idle: NodeJS.Timeout
  life: NodeJS.Timeout
}

/** How many ended transactions are remembered, to report why they ended. */
const REMEMBERED = 1000

export class Transactions {
  readonly #limits: RdsDataLimits
  readonly #open = new Map<string, Transaction>()
  readonly #ended = new Map<string, keyof typeof transactionEnds>()

  constructor(limits: RdsDataLimits) {
    this.#limits = limits
  }

  add(session: Session, resourceArn: string): string {
    const id = randomBytes(120).toString('base64')
    const { transactionIdleMillis, transactionMillis } = this.#limits
    this.#open.set(id, {
      session,
      resourceArn,
      idle: setTimeout(() => void this.end(id, 'expired'), transactionIdleMillis).unref(),
      life: setTimeout(() => void this.end(id, 'expired'), transactionMillis).unref(),
    })
    return id
  }

  /**
   * Runs a call in its transaction. The idle time restarts afterwards.
   *
   * @throws RdsDataError if there is no such transaction, or another call is using it
   */
  async use<T>(id: string, resourceArn: string, work: (session: Session) => Promise<T>): Promise<T> {
    const transaction = this.#open.get(id)
    if (!transaction || transaction.resourceArn !== resourceArn) throw transactionNotFound(id, this.#ended.get(id))
    if (transaction.session.isBusy) {
      throw new RdsDataError('DatabaseErrorException', 'Transaction is still running a query.')
    }
    clearTimeout(transaction.idle)
    try {
      return await work(transaction.session)
    } finally {
      if (this.#open.get(id) === transaction) {
        transaction.idle = setTimeout(() => void this.end(id, 'expired'), this.#limits.transactionIdleMillis).unref()
      }
    }
  }

  /** Rolls back unless committed, and removes the transaction. */
  async end(id: string, why: keyof typeof transactionEnds): Promise<void> {
    const transaction = this.#open.get(id)
    if (!transaction) return
    this.#open.delete(id)
    this.#ended.set(id, why)
    if (this.#ended.size > REMEMBERED) this.#ended.delete(this.#ended.keys().next().value as string)
    clearTimeout(transaction.idle)
    clearTimeout(transaction.life)
    // The server rolls back when the connection is closed.
    await transaction.session.close()
  }

  get count(): number {
    return this.#open.size
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.end(id, 'expired')))
  }
}
