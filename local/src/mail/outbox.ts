/** Where the e-mails of a laptop's SNS and SES go: rows in the state directory's database, and `.eml` files beside it. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { compose, type Message } from './mime.ts'

export interface OutboxMail {
  id: string
  /** ISO 8601, UTC. */
  at: string
  /** Every recipient, separated by a comma and a blank. */
  to: string
  /** The display name of a topic; of SES the sender as it was given. */
  from: string
  subject: string
  /** Of SNS with its footer; empty where there is only HTML. */
  text: string
  /** Only mails of SES have it. */
  html?: string
  /** Only mails of SNS have these two. */
  topicArn?: string
  subscriptionArn?: string
  /** The `.eml` file. */
  path: string
}

export interface Delivery {
  /** As the outbox lists it. */
  from: string
  to: string
  /** As it is sent; the id and the date are the outbox's. */
  message: Omit<Message, 'messageId' | 'date'>
  /** What follows the id in Message-ID. */
  domain: string
  /** Of the message and of the mail in the outbox; made up unless it is given. */
  id?: string
  topicArn?: string
  subscriptionArn?: string
}

export interface Outbox {
  /** The newest first. `before` is the id of a mail; those after it in the list follow. */
  list(page?: { before?: string | undefined; limit?: number | undefined }): OutboxMail[]
  get(id: string): (OutboxMail & { eml: string }) | undefined
  deliver(delivery: Delivery): OutboxMail
  /** Calls back for each mail delivered from now on; returns what ends that. */
  onMail(listener: (mail: OutboxMail) => void): () => void
}

interface Row extends Omit<OutboxMail, 'html' | 'topicArn' | 'subscriptionArn'> {
  html: string | null
  topicArn: string
  subscriptionArn: string
}

/** @param options.directory is made if need be. */
export function openOutbox({ store, directory }: { store: DatabaseSync; directory: string }): Outbox {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  store.exec(`
    CREATE TABLE IF NOT EXISTS outbox (
      number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at TEXT NOT NULL, recipient TEXT NOT NULL, sender TEXT NOT NULL,
      subject TEXT NOT NULL, text TEXT NOT NULL, topic_arn TEXT NOT NULL, subscription_arn TEXT NOT NULL,
      path TEXT NOT NULL, eml TEXT NOT NULL, html TEXT
    )`)
  addHtml(store)
  const columns = `id, at, recipient AS "to", sender AS "from", subject, text, html, topic_arn AS topicArn,
    subscription_arn AS subscriptionArn, path`
  const page = store.prepare(`SELECT ${columns} FROM outbox WHERE number < ? ORDER BY number DESC LIMIT ?`)
  const one = store.prepare(`SELECT ${columns}, eml FROM outbox WHERE id = ?`)
  const numberOf = store.prepare('SELECT number FROM outbox WHERE id = ?')
  const insert = store.prepare(
    `INSERT INTO outbox (id, at, recipient, sender, subject, text, html, topic_arn, subscription_arn, path, eml)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const listeners = new Set<(mail: OutboxMail) => void>()
  return {
    list({ before, limit = -1 } = {}) {
      const start = before === undefined ? undefined : (numberOf.get(before) as { number: number } | undefined)?.number
      if (before !== undefined && start === undefined) return []
      return (page.all(start ?? Number.MAX_SAFE_INTEGER, limit) as unknown as Row[]).map(mailOf)
    },
    get(id) {
      const row = one.get(id) as (Row & { eml: string }) | undefined
      return row && { ...mailOf(row), eml: row.eml }
    },
    deliver({ from, to, message, domain, id = randomUUID(), topicArn = '', subscriptionArn = '' }) {
      const date = new Date()
      const at = date.toISOString()
      // Sorts by time in a file manager, and tells the recipient at a glance.
      const who = to.replace(/[^A-Za-z0-9@._+-]+/g, '_').slice(0, 100)
      const path = join(directory, `${at.replace(/[:.]/g, '-')}-${who}-${id.slice(0, 8)}.eml`)
      const eml = compose({ ...message, messageId: `${id}@${domain}`, date })
      const { subject, text = '', html = null } = message
      try {
        writeFileSync(path, eml, { mode: 0o600 })
        insert.run(id, at, to, from, subject, text, html, topicArn, subscriptionArn, path, eml)
      } catch (error) {
        // The sender is told, and tries again: half a mail is none.
        rmSync(path, { force: true })
        throw error
      }
      const mail = mailOf({ id, at, to, from, subject, text, html, topicArn, subscriptionArn, path })
      for (const listener of listeners) listener(mail)
      return mail
    },
    onMail(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function mailOf({ id, at, to, from, subject, text, html, topicArn, subscriptionArn, path }: Row): OutboxMail {
  return {
    ...{ id, at, to, from, subject, text },
    ...(html === null ? {} : { html }),
    ...(topicArn === '' ? {} : { topicArn }),
    ...(subscriptionArn === '' ? {} : { subscriptionArn }),
    path,
  }
}

/** A state directory from before there was SES. */
function addHtml(store: DatabaseSync) {
  const columns = store.prepare('PRAGMA table_info(outbox)').all() as { name: string }[]
  if (!columns.some(({ name }) => name === 'html')) store.exec('ALTER TABLE outbox ADD COLUMN html TEXT')
}
