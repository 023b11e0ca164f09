/**
 * Records people's actions in the table for operators. An action is not undone if recording it fails: the table is only
 * an index, and CloudTrail has every call.
 */
import type { Action } from '../statemachine/table.ts'
import { type DeadLetter, executionName } from './dead-letters.ts'
import type { DownloadTable } from './table.ts'

const REASON_CHARACTERS = 500
const LISTED = 20

/** Who does something and why; recorded with the action. */
export interface Who {
  by: string
  /** Empty if none is given. */
  reason: string
}

export class ActionLog {
  readonly #findTable: () => Promise<DownloadTable | undefined>

  constructor(findTable: () => Promise<DownloadTable | undefined>) {
    this.#findTable = findTable
  }

  /** Returns actions, newest first. @param pk of a download's items, or `QUEUE_PARTITION` */
  async list(pk: string): Promise<Action[]> {
    return (await (await this.#findTable())?.actions(pk, LISTED)) ?? []
  }

  /** @param other the download or message that the action also concerns */
  async note(pk: string, action: Action['action'], { by, reason }: Who, other?: string): Promise<void> {
    const at = new Date().toISOString()
    const kept = reason.slice(0, REASON_CHARACTERS).toWellFormed()
    await this.#try((table) =>
      table.addAction(pk, { at, by, reason: kept, action, ...(other !== undefined && { other }) }),
    )
  }

  /** Records that the second download replaces the first. */
  async join(from: string, as: string): Promise<void> {
    await this.#try((table) => table.addLineage(from, as))
  }

  /** Removes a dropped message from the waiting order. If that fails, its place is skipped when its turn comes. */
  async leaveLine({ messageId, body }: DeadLetter): Promise<void> {
    await this.#try((table) => table.leaveLine(executionName(messageId, body), body))
  }

  async #try(write: (table: DownloadTable) => Promise<void>): Promise<void> {
    try {
      const table = await this.#findTable()
      if (table) await write(table)
    } catch {
      // See above.
    }
  }
}
