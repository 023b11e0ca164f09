/** The state that all calls of one handler share. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Carryout, Examined } from '../carryout.ts'
import { PartMissing } from '../errors.ts'
import type { NewRequest } from '../request.ts'
import type { DownloadTable } from '../table.ts'
import { DEFAULT_BASE } from './contract.ts'
import { Looks } from './looks.ts'
import type { DownloadsOptions } from './options.ts'
import { Outlook } from './outlook.ts'

/** Enough for normal work, and too few to fill the queue. */
const PENDING_LIMIT = 10

/**
 * The maximum wait for the catalogue after a click. An invalid request that is not checked fails in its turn instead.
 */
const EXAMINED_MILLIS = 5_000
/** The table's index lags by less than this. */
const RECENT_MILLIS = 10_000

export class Site {
  readonly options: DownloadsOptions<never>
  readonly carryout: Carryout
  readonly base: string
  readonly pendingLimit: number
  readonly looks: Looks
  readonly outlook: Outlook
  readonly #turns = new Map<string, Promise<unknown>>()
  readonly #recent = new Set<{ user: string; id: string }>()
  #isTold = false

  constructor(options: DownloadsOptions<never>) {
    this.options = options
    this.carryout = options.carryout
    // Encoded as browsers send it.
    this.base = new URL(options.base ?? DEFAULT_BASE, 'http://localhost').pathname
    this.pendingLimit = options.pendingLimit ?? PENDING_LIMIT
    this.looks = new Looks(this.carryout)
    this.outlook = new Outlook(() => this.table())
  }

  table(): Promise<DownloadTable> {
    return this.carryout.requireTable()
  }

  async retentionDays(): Promise<number | null> {
    return (await this.carryout.parts()).fileRetentionDays ?? null
  }

  /** Asks the catalogue about a request. @returns undefined if it cannot be asked; the reason is reported once */
  async examine(request: NewRequest): Promise<Examined | undefined> {
    try {
      return await Promise.race([
        this.carryout.examine(request),
        sleep(EXAMINED_MILLIS, undefined, { ref: false }).then(() => {
          throw new Error(
            `The catalogue did not answer within ${EXAMINED_MILLIS / 1000} s. The request was sent unexamined.`,
          )
        }),
      ])
    } catch (error) {
      if (!this.#isTold && !(error instanceof PartMissing))
        this.report(error, 'Carryout’s catalogue could not be asked:')
      this.#isTold = true
      return undefined
    }
  }

  /** @param heading what precedes the error in the log, if the app has no `onError` */
  report(error: unknown, heading = 'Carryout could not answer:'): void {
    try {
      if (this.options.onError) this.options.onError(error)
      else console.error(heading, error)
    } catch (other) {
      console.error('Carryout’s onError failed:', other)
    }
  }

  /** Returns the ids that a user has requested from here recently; the table's index may not have them yet. */
  recentOf(user: string): readonly string[] {
    return [...this.#recent].filter((each) => each.user === user).map(({ id }) => id)
  }

  addRecent(user: string, id: string): void {
    const recent = { user, id }
    this.#recent.add(recent)
    setTimeout(() => this.#recent.delete(recent), RECENT_MILLIS).unref()
  }

  /** Processes one request of a user at a time, so that a double click does not find twice that nothing is pending. */
  async inTurn<T>(user: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(user)
    const turn = (before ?? Promise.resolve()).catch(() => undefined).then(work)
    this.#turns.set(user, turn)
    try {
      return await turn
    } finally {
      if (this.#turns.get(user) === turn) this.#turns.delete(user)
    }
  }
}
