/** What `start` does with the table while a request waits: enters it where its sender did not, and looks for the pause. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SQSRecord } from 'aws-lambda'
import { METRICS } from '../../statemachine/metrics.ts'
import { waitingEntry } from '../../statemachine/table-entry.ts'
import { entryUpdate } from '../../statemachine/table-update.ts'
import type { ExecutionInput } from './execution-input.ts'
import { count } from './metrics.ts'
import { logger } from './step.ts'
import type { Table } from './table.ts'

/** A pause lasts for minutes at least, and each look costs a read. */
const LOOK_EVERY_MILLIS = 10_000

/** Counts how long the request at the head of the queue has waited, and enters it. */
export async function noteWaiting(table: Pick<Table, 'update'>, { name, input }: ExecutionInput, record: SQSRecord) {
  const sentAt = Number(record.attributes?.SentTimestamp ?? Date.now())
  count({ [METRICS.waiting]: Math.max(0, (Date.now() - sentAt) / 1000) })
  try {
    await table.update(entryUpdate(waitingEntry(name, input, new Date(sentAt).toISOString())))
  } catch (error) {
    // The request does not wait for its entry in an index.
    logger.warn('The request cannot be entered into the table', error as Error)
  }
}

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
