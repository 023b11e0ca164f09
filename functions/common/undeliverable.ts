/** Records the request of a message that has been received so often that it moves to the dead-letter queue. */
import type { SQSRecord } from 'aws-lambda'
import { undeliverableEntry } from '../../statemachine/table-entry.ts'
import { entryUpdate } from '../../statemachine/table-update.ts'
import { logger } from './step.ts'
import type { Table } from './table.ts'
import { toTurn } from './turn.ts'

/**
 * Marks the request as failed, because nothing else reports a message that is returned for the last time. The mark is
 * replaced if the request runs after all: sent again, or in its turn.
 */
export async function noteUndeliverable(table: Pick<Table, 'update'>, record: SQSRecord, maxReceives: number) {
  if (Number(record.attributes.ApproximateReceiveCount) < maxReceives) return
  const { name, input, replay } = toTurn(record)
  // The execution has its own entry.
  if (replay) return
  const sentAt = new Date(Number(record.attributes.SentTimestamp)).toISOString()
  try {
    await table.update(entryUpdate(undeliverableEntry(name, input, sentAt, new Date().toISOString())))
  } catch (error) {
    logger.warn('The table could not record that the request was given up', error as Error)
  }
}
