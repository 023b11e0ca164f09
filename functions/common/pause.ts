/** Whether anything may start: the fact in the table that holds it, and how `start` waits for its end. */
import { setTimeout as sleep } from 'node:timers/promises'
import { logger } from './step.ts'
import type { Table } from './table.ts'

/** A pause lasts for minutes at least, and each look costs a read. */
const LOOK_EVERY_MILLIS = 10_000

/** Where the table cannot be asked a pause cannot be excluded: then nothing starts either. */
export async function isPaused(table: Pick<Table, 'pause'>): Promise<boolean> {
  try {
    return (await table.pause()) !== undefined
  } catch (error) {
    logger.warn('The table cannot be asked whether downloads are paused', error as Error)
    return true
  }
}

/**
 * Waits here while there is a pause. A message that is handed back counts as received, and 1,000 of those end in the
 * dead-letter queue: waiting as long as the function may live makes ten days of them.
 *
 * @param deadline epoch milliseconds
 * @returns false when the pause lasts beyond the deadline
 */
export async function waitUntilResumed(table: Pick<Table, 'pause'>, deadline: number): Promise<boolean> {
  while (await isPaused(table)) {
    if (Date.now() + LOOK_EVERY_MILLIS > deadline) return false
    await sleep(LOOK_EVERY_MILLIS)
  }
  return true
}
