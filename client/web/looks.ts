/**
 * Reads single downloads: the table's entry and, while it runs, its execution's progress, continued from the last read.
 */
import type { DownloadEntry } from '../../statemachine/table.ts'
import type { Carryout } from '../carryout.ts'
import { NoSuchExecution } from '../errors.ts'
import { History, type Progress } from '../progress.ts'
import { Remembered } from './remembered.ts'

export interface Look {
  entry: DownloadEntry
  /** Set if it runs, or has ended but the table has not been updated yet. */
  progress: Progress | undefined
}

/** However many pages and tabs watch one download, AWS is called once per second. */
const LOOK_MILLIS = 1_000
/** How many histories are kept in memory, the most recently read first. */
const REMEMBERED = 500

export class Looks {
  readonly #carryout: Pick<Carryout, 'requireTable' | 'refresh'>
  readonly #looks = new Map<string, Remembered<Look | undefined>>()

  constructor(carryout: Pick<Carryout, 'requireTable' | 'refresh'>) {
    this.#carryout = carryout
  }

  /**
   * Returns a download's current state. Another user's download is treated like one that does not exist: one read of
   * the table, and nothing is remembered.
   *
   * @param requester whose it must be, as returned by `requesterOf`
   * @returns undefined if the table does not have it, or it belongs to another user
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

  /** Drops what is remembered, after an action on it. */
  forget(id: string, requester: string): void {
    this.#looks.delete(keyOf(id, requester))
  }

  #start(id: string, requester: string): Remembered<Look | undefined> {
    const history = new History(id)
    return new Remembered(LOOK_MILLIS, async () => {
      const entry = await (await this.#carryout.requireTable()).entry(id)
      // An entry may exist only for its lineage or an action.
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

/** An id cannot contain a line break. */
function keyOf(id: string, requester: string): string {
  return `${id}\n${requester}`
}
