/** Whether anything may start: the facts in the table that hold everything back, and how `start` waits for their end. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Outages } from './outage.ts'
import { logger } from './step.ts'
import type { Table } from './table.ts'

/** A pause or an outage lasts for minutes, and each look costs a read. */
const LOOK_EVERY_MILLIS = 10_000

export class Hold {
  readonly #table: Pick<Table, 'holds'>
  readonly #outages: Pick<Outages, 'isOver'>

  constructor(table: Pick<Table, 'holds'>, outages: Pick<Outages, 'isOver'>) {
    this.#table = table
    this.#outages = outages
  }

  /**
   * Where the table cannot be asked a pause cannot be excluded: then nothing starts either. In an outage the database is
   * asked.
   *
   * @param deadline epoch milliseconds
   */
  async isFree(deadline: number): Promise<boolean> {
    try {
      const { pause, outage } = await this.#table.holds()
      if (pause) return false
      return !outage || (await this.#outages.isOver(outage, deadline))
    } catch (error) {
      logger.warn('The table cannot be asked whether downloads are paused', error as Error)
      return false
    }
  }

  /**
   * Waits here while there is a pause or an outage. A message that is handed back counts as received, and 1,000 of those
   * end in the dead-letter queue: waiting as long as the function may live makes ten days of them.
   *
   * @param deadline epoch milliseconds
   * @returns false when it lasts beyond the deadline
   */
  async waitUntilFree(deadline: number): Promise<boolean> {
    while (!(await this.isFree(deadline))) {
      if (Date.now() + LOOK_EVERY_MILLIS > deadline) return false
      await sleep(LOOK_EVERY_MILLIS)
    }
    return true
  }
}
