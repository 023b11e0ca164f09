import type { Rows } from '../sources/source.ts'
import type { Batch } from './batch.ts'

/** The longest delay of setTimeout; a deadline beyond it (24 days) needs no timer. */
const LONGEST_TIMER = 2 ** 31 - 1

/** Reads batches until the deadline. */
export class Budget {
  readonly #batches: AsyncIterator<Batch>
  readonly #deadline: number
  /** A read that outlasted a deadline; it yields the next batch. */
  #pending: Promise<IteratorResult<Batch>> | null = null
  #timer: NodeJS.Timeout | undefined
  #wake: (() => void) | null = null

  /** @param deadline epoch milliseconds */
  constructor(rows: Rows, deadline: number) {
    this.#batches = rows[Symbol.asyncIterator]()
    this.#deadline = deadline
  }

  get isSpent(): boolean {
    return Date.now() >= this.#deadline
  }

  /**
   * Returns the next batch. @param mayStop whether to stop waiting at the deadline; otherwise it waits as long as the
   * source takes
   */
  next(mayStop: boolean): Promise<Batch | 'ended' | 'spent'> {
    this.#pending ??= this.#batches.next()
    const pending = this.#pending
    if (mayStop) this.#startTimer()
    return new Promise((resolve, reject) => {
      this.#wake = mayStop ? () => resolve('spent') : null
      // Closing the rows may fail a read that is no longer awaited; rejecting a promise that is already resolved does nothing.
      pending.then((result) => {
        this.#pending = null
        resolve(result.done ? 'ended' : result.value)
      }, reject)
    })
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  /** Starts the one timer of the export: a timer or a race per batch would cost more than the batch. */
  #startTimer(): void {
    const left = this.#deadline - Date.now()
    if (left >= LONGEST_TIMER || this.#timer) return
    this.#timer = setTimeout(
      () => {
        // The timer ended while rows were being written; the next wait starts it again.
        this.#timer = undefined
        this.#wake?.()
      },
      Math.max(0, left),
    )
  }
}
