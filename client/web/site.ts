/** What all calls of one handler share. */
import type { Carryout } from '../carryout.ts'
import type { DownloadTable } from '../table.ts'
import { DEFAULT_BASE } from './contract.ts'
import { Looks } from './looks.ts'
import type { DownloadsOptions } from './options.ts'
import { Outlook } from './outlook.ts'

/** Enough for who works, and too little for who would fill the queue. */
const PENDING_LIMIT = 10

export class Site {
  readonly options: DownloadsOptions<never>
  readonly carryout: Carryout
  readonly base: string
  readonly pendingLimit: number
  readonly looks: Looks
  readonly outlook: Outlook
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(options: DownloadsOptions<never>) {
    this.options = options
    this.carryout = options.carryout
    this.base = options.base ?? DEFAULT_BASE
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

  /** One request of a user after another, so that two clicks do not both find that nothing is pending. */
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
