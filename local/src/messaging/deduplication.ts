/**
 * Persistent deduplication: SQS remembers a FIFO message's deduplication id for five minutes, fauxqs only until it is
 * stopped, so a second click right after a restart would make a second message.
 *
 * @see
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Deduplication, Message, Queue } from './fauxqs.ts'

const WINDOW_MS = 5 * 60_000

export interface LastingDeduplication {
  /** Returns what a queue checks before it accepts a message. */
  of(queueName: string): Deduplication
  /**
   * Records a stored message. If it were recorded before it is stored, a process killed in between would drop the
   * sender's retry although the first message was lost. In this order a crash can at worst accept the same request
   * twice, which the execution's name deduplicates.
   */
  note(queue: Pick<Queue, 'name' | 'attributes'>, message: Message): void
}

/** Includes the group if the queue deduplicates by group; neither part contains a space. */
export function deduplicationKey(
  { attributes }: Pick<Queue, 'attributes'>,
  group: string | undefined,
  id: string,
): string {
  return attributes.DeduplicationScope === 'messageGroup' ? `${group} ${id}` : id
}

export function lastingDeduplication(store: DatabaseSync, now: () => number = Date.now): LastingDeduplication {
  store.exec(`
    CREATE TABLE IF NOT EXISTS sqs_deduplication (
      queue TEXT, deduplication_id TEXT, message_id TEXT NOT NULL, sequence_number TEXT, at INTEGER NOT NULL,
      PRIMARY KEY (queue, deduplication_id)
    ) WITHOUT ROWID`)
  const find = store.prepare(
    'SELECT message_id AS messageId, sequence_number AS sequenceNumber FROM sqs_deduplication WHERE queue = ? AND deduplication_id = ? AND at > ?',
  )
  const forget = store.prepare('DELETE FROM sqs_deduplication WHERE at <= ?')
  const insert = store.prepare('INSERT OR IGNORE INTO sqs_deduplication VALUES (?, ?, ?, ?, ?)')
  return {
    of: (queueName) =>
      ({
        get: (id: string) => find.get(queueName, id, now() - WINDOW_MS),
        // fauxqs calls this before the message is stored, which is too early; see `note`.
        set: () => undefined,
      }) as unknown as Deduplication,
    note(queue, message) {
      const { messageDeduplicationId: id, messageGroupId: group } = message
      if (id === undefined) return
      forget.run(now() - WINDOW_MS)
      insert.run(
        queue.name,
        deduplicationKey(queue, group, id),
        message.messageId,
        message.sequenceNumber ?? null,
        now(),
      )
    },
  }
}
