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

  /**
   * Another's takes the same way as what does not exist: one read of the table, and nothing is remembered.
   *
   * @param requester whose it must be, as `requesterOf` gives it
   * @returns undefined where the table does not know it, or it is another's
   */
  async at(id: string, requester: string): Promise<Look | undefined> {
    const key = keyOf(id, requester)
    let look = this.#looks.get(key)
    this.#looks.delete(key)
    look ??= this.#start(id, requester)
    this.#looks.set(key, look)
    const [oldest] = this.#looks.keys()
    if (this.#looks.size > REMEMBERED && oldest !== undefined) this.#looks.delete(oldest)
    const found = await look.get()
    if (!found) this.#looks.delete(key)
    return found
  }

  /** After something was done to it. */
  forget(id: string, requester: string): void {
    this.#looks.delete(keyOf(id, requester))
  }

  #start(id: string, requester: string): Remembered<Look | undefined> {
    const history = new History(id)
    return new Remembered(LOOK_MILLIS, async () => {
      const entry = await (await this.#carryout.requireTable()).entry(id)
      // A lineage or an action may be all that is known of one.
      if (entry?.state === undefined || entry.requester !== requester) return undefined
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

/** An id has no line end. */
function keyOf(id: string, requester: string): string {
  return `${id}\n${requester}`
}
