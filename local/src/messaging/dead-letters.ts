/** Records which queue a dead letter came from, to return it there and to show it in ReceiveMessage. */
import type { DatabaseSync } from 'node:sqlite'

export interface DeadLetters {
  note(messageId: string, sourceArn: string): void
  sourceOf(messageId: string): string | undefined
  forget(messageId: string): void
}

export function openDeadLetters(store: DatabaseSync): DeadLetters {
  store.exec(
    'CREATE TABLE IF NOT EXISTS sqs_dead_letters (message_id TEXT PRIMARY KEY, source_arn TEXT NOT NULL) WITHOUT ROWID',
  )
  const insert = store.prepare('INSERT OR REPLACE INTO sqs_dead_letters VALUES (?, ?)')
  const find = store.prepare('SELECT source_arn AS arn FROM sqs_dead_letters WHERE message_id = ?')
  const remove = store.prepare('DELETE FROM sqs_dead_letters WHERE message_id = ?')
  return {
    note: (messageId, sourceArn) => void insert.run(messageId, sourceArn),
    sourceOf: (messageId) => (find.get(messageId) as { arn: string } | undefined)?.arn,
    forget: (messageId) => void remove.run(messageId),
  }
}
