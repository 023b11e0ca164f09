/**
 * Whether anything may start: reads the facts in the table that hold everything back, and lets `start` wait for their
 * end.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Outages } from './outage.ts'
import { logger } from './step.ts'
import type { Table } from './table.ts'

/** A pause or an outage lasts for minutes, and each check costs a read. */
const LOOK_EVERY_MILLIS = 10_000

export class Hold {
  readonly #table: Pick<Table, 'holds'>
  readonly #outages: Pick<Outages, 'isOver'>

  constructor(table: Pick<Table, 'holds'>, outages: Pick<Outages, 'isOver'>) {
    this.#table = table
    this.#outages = outages
  }

  /**
   * Returns whether nothing is held back. If the table cannot be read, a pause cannot be excluded, so nothing starts.
   * In an outage the database is checked.
   *
   * @param deadline epoch milliseconds
   */
  async isFree(deadline: number): Promise<boolean> {
    try {
      const { pause, outage } = await this.#table.holds()
      if (pause) return false
      return !outage || (await this.#outages.isOver(outage, deadline))
    } catch (error) {
      logger.warn('The table could not be read to check for a pause', error as Error)
      return false
    }
  }

  /**
   * Waits here while there is a pause or an outage. A message that is returned to the queue counts as received, and
   * after 1,000 receives it moves to the dead-letter queue; waiting as long as the function may run makes that ten
   * days.
   *
   * @param deadline epoch milliseconds
   * @returns false if the hold lasts beyond the deadline
   */
  async waitUntilFree(deadline: number): Promise<boolean> {
    while (!(await this.isFree(deadline))) {
      if (Date.now() + LOOK_EVERY_MILLIS > deadline) return false
      await sleep(LOOK_EVERY_MILLIS)
    }
    return true
  }
}
