/** Looks at single downloads: the table's entry, and while one runs its execution's history, from where it was read last. */
import type { DownloadEntry } from '../../statemachine/table.ts'
import type { Carryout } from '../carryout.ts'
import { NoSuchExecution } from '../errors.ts'
import { History, type Progress } from '../progress.ts'
import { Remembered } from './remembered.ts'

export interface Look {
  entry: DownloadEntry
  /** Of one that runs, or that has ended since the table heard of it. */
  progress: Progress | undefined
}

/** However many pages and tabs look at one download, AWS is asked once a second. */
const LOOK_MILLIS = 1_000
/** Histories of the newest that were looked at, in memory. */
const REMEMBERED = 500

export class Looks {
  readonly #carryout: Pick<Carryout, 'requireTable' | 'refresh'>
  readonly #looks = new Map<string, Remembered<Look | undefined>>()

  constructor(carryout: Pick<Carryout, 'requireTable' | 'refresh'>) {
    this.#carryout = carryout
  }

  /** @returns undefined where the table does not know it */
  async at(id: string): Promise<Look | undefined> {
    let look = this.#looks.get(id)
    this.#looks.delete(id)
    look ??= this.#start(id)
    this.#looks.set(id, look)
    const [oldest] = this.#looks.keys()
    if (this.#looks.size > REMEMBERED && oldest !== undefined) this.#looks.delete(oldest)
    const found = await look.get()
    if (!found) this.#looks.delete(id)
    return found
  }

  /** After something was done to it. */
  forget(id: string): void {
    this.#looks.delete(id)
  }

  #start(id: string): Remembered<Look | undefined> {
    const history = new History(id)
    return new Remembered(LOOK_MILLIS, async () => {
      const entry = await (await this.#carryout.requireTable()).entry(id)
      // A lineage or an action may be all that is known of one.
      if (entry?.state === undefined) return undefined
      return { entry, progress: entry.state === 'running' ? await this.#progressOf(history) : undefined }
    })
  }

  async #progressOf(history: History): Promise<Progress | undefined> {
    try {
      return await this.#carryout.refresh(history)
    } catch (error) {
      if (error instanceof NoSuchExecution) return undefined
      throw error
    }
  }
}
