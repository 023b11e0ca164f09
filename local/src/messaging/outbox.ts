/** Where the e-mails of a laptop's SNS go: rows in the state directory's database, and `.eml` files beside it. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { compose } from './mail.ts'

export interface OutboxMail {
  id: string
  /** ISO 8601, UTC. */
  at: string
  to: string
  from: string
  subject: string
  /** With SNS's footer. */
  text: string
  topicArn: string
  subscriptionArn: string
  /** The `.eml` file. */
  path: string
}

export interface Outbox {
  /** The newest first. */
  list(): OutboxMail[]
  get(id: string): (OutboxMail & { eml: string }) | undefined
  deliver(mail: Pick<OutboxMail, 'to' | 'from' | 'subject' | 'text' | 'topicArn' | 'subscriptionArn'>): OutboxMail
  /** Calls back for each mail delivered from now on; returns what ends that. */
  onMail(listener: (mail: OutboxMail) => void): () => void
}

/** @param options.directory is made if need be. */
export function openOutbox({ store, directory }: { store: DatabaseSync; directory: string }): Outbox {
  mkdirSync(directory, { recursive: true })
  store.exec(`
    CREATE TABLE IF NOT EXISTS outbox (
      number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at TEXT NOT NULL, recipient TEXT NOT NULL, sender TEXT NOT NULL,
      subject TEXT NOT NULL, text TEXT NOT NULL, topic_arn TEXT NOT NULL, subscription_arn TEXT NOT NULL,
      path TEXT NOT NULL, eml TEXT NOT NULL
    )`)
  const columns =
    'id, at, recipient AS "to", sender AS "from", subject, text, topic_arn AS topicArn, subscription_arn AS subscriptionArn, path'
  const all = store.prepare(`SELECT ${columns} FROM outbox ORDER BY number DESC`)
  const one = store.prepare(`SELECT ${columns}, eml FROM outbox WHERE id = ?`)
  const insert = store.prepare(
    `INSERT INTO outbox (id, at, recipient, sender, subject, text, topic_arn, subscription_arn, path, eml)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const listeners = new Set<(mail: OutboxMail) => void>()
  return {
    list: () => all.all() as unknown as OutboxMail[],
    get: (id) => one.get(id) as (OutboxMail & { eml: string }) | undefined,
    deliver({ to, from, subject, text, topicArn, subscriptionArn }) {
      const id = randomUUID()
      const date = new Date()
      const at = date.toISOString()
      // Sorts by time in a file manager, and tells the recipient at a glance.
      const path = join(
        directory,
        `${at.replace(/[:.]/g, '-')}-${to.replace(/[^A-Za-z0-9@._+-]/g, '_')}-${id.slice(0, 8)}.eml`,
      )
      const eml = compose({ to, fromName: from, subject, text, messageId: id, date })
      writeFileSync(path, eml)
      insert.run(id, at, to, from, subject, text, topicArn, subscriptionArn, path, eml)
      const mail = { id, at, to, from, subject, text, topicArn, subscriptionArn, path }
      for (const listener of listeners) listener(mail)
      return mail
    },
    onMail(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
