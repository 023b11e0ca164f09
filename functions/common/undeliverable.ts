/** What becomes of a message's request when the message has been received so often that it lies in the dead-letter queue. */
import type { SQSRecord } from 'aws-lambda'
import { undeliverableEntry } from '../../statemachine/table-entry.ts'
import { entryUpdate } from '../../statemachine/table-update.ts'
import { logger } from './step.ts'
import type { Table } from './table.ts'
import { toTurn } from './turn.ts'

/**
 * Handed back for the last time, the message tells nobody any more. Its request is entered as failed, until it runs all the
 * same: sent again, or in its turn.
 */
export async function noteUndeliverable(table: Pick<Table, 'update'>, record: SQSRecord, maxReceives: number) {
  if (Number(record.attributes.ApproximateReceiveCount) < maxReceives) return
  const { name, input, replay } = toTurn(record)
  // The execution has an entry of its own.
  if (replay) return
  const sentAt = new Date(Number(record.attributes.SentTimestamp)).toISOString()
  try {
    await table.update(entryUpdate(undeliverableEntry(name, input, sentAt, new Date().toISOString())))
  } catch (error) {
    logger.warn('That the request was given up cannot be entered into the table', error as Error)
  }
}
