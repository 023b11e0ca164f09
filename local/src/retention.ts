/**
 * Removes old data from a state directory. AWS keeps an execution and its name for 90 days; redrivable executions are
 * kept completely. Large histories of succeeded executions are removed earlier, oldest first.
 */

import { rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { REDRIVABLE_MS } from './states/redrive.ts'
import { transaction } from './transaction.ts'

const DAY_MILLIS = 24 * 60 * 60 * 1000
const HOUR_MILLIS = 60 * 60 * 1000
/**
 * The retention of executions and their names on AWS. @see
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const EXECUTION_DAYS = 90
const MAIL_DAYS = 90

export interface RetentionOptions {
  store: DatabaseSync
  /** Limit of the whole database; above it histories and mails are removed early. @default 256 MiB */
  mostBytes?: number
  /** @default 5000 */
  mostMails?: number
  now?: () => number
}

export interface Retention {
  /** Removes expired data. Runs automatically at the start and then hourly. */
  sweep(): Promise<void>
  /** Resolves when no sweep is in progress. */
  stop(): Promise<void>
}

const AT_ONCE = 100

export function createRetention(options: RetentionOptions): Retention {
  const { store, mostBytes = 256 * 1024 * 1024, mostMails = 5000, now = Date.now } = options
  store.exec(`
    CREATE TABLE IF NOT EXISTS retention_pruned (execution INTEGER PRIMARY KEY);
    CREATE INDEX IF NOT EXISTS states_executions_stopped ON states_executions (stoppedAt) WHERE stoppedAt IS NOT NULL;
  `)
  const size = store.prepare(
    `SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
  )
  const old = store.prepare(
    `SELECT id FROM states_executions WHERE stoppedAt < ?1 AND status <> 'RUNNING' AND id NOT IN retention_pruned
     ORDER BY stoppedAt LIMIT ${AT_ONCE}`,
  )
  const succeeded = store.prepare(
    `SELECT id FROM states_executions WHERE stoppedAt IS NOT NULL AND status = 'SUCCEEDED' AND id NOT IN retention_pruned
     ORDER BY stoppedAt LIMIT ${AT_ONCE}`,
  )
  const ancient = store.prepare(
    `SELECT id FROM states_executions WHERE stoppedAt < ?1 AND status <> 'RUNNING' ORDER BY stoppedAt LIMIT ${AT_ONCE}`,
  )
  const mails = store.prepare(
    `SELECT number, path FROM outbox WHERE at < ?1 OR number <= (SELECT max(number) FROM outbox) - ?2
     ORDER BY number LIMIT ${AT_ONCE}`,
  )
  const stopping = new AbortController()
  let running: Promise<void> | undefined

  const idsOf = (rows: Record<string, unknown>[]) => rows.map(({ id }) => id as number)

  function prune(ids: number[]) {
    const list = ids.join(',')
    transaction(store, () =>
      store.exec(`
        DELETE FROM states_events WHERE execution IN (${list});
        DELETE FROM states_frames WHERE execution IN (${list});
        UPDATE states_executions SET definition = '' WHERE id IN (${list});
        INSERT OR IGNORE INTO retention_pruned SELECT id FROM states_executions WHERE id IN (${list})`),
    )
  }

  function forget(ids: number[]) {
    const list = ids.join(',')
    transaction(store, () =>
      store.exec(`
        DELETE FROM states_events WHERE execution IN (${list});
        DELETE FROM states_frames WHERE execution IN (${list});
        DELETE FROM retention_pruned WHERE execution IN (${list});
        DELETE FROM states_executions WHERE id IN (${list})`),
    )
  }

  function forgetMails(rows: Record<string, unknown>[]) {
    for (const { path } of rows) rmSync(path as string, { force: true })
    const list = rows.map(({ number }) => number).join(',')
    transaction(store, () => store.exec(`DELETE FROM outbox WHERE number IN (${list})`))
  }

  const isLarge = () => (size.get() as { bytes: number }).bytes > mostBytes

  /** Works in small steps, so that requests do not wait. */
  async function all<T>(find: () => T[], work: (found: T[]) => void) {
    for (let found = find(); found.length > 0; found = find()) {
      if (stopping.signal.aborted) return
      work(found)
      await setImmediate()
    }
  }

  async function run() {
    const before = (days: number) => now() - days * DAY_MILLIS
    await all(() => idsOf(ancient.all(before(EXECUTION_DAYS))), forget)
    await all(() => idsOf(old.all(now() - REDRIVABLE_MS)), prune)
    await all(() => mails.all(new Date(before(MAIL_DAYS)).toISOString(), mostMails), forgetMails)
    await all(() => (isLarge() ? idsOf(succeeded.all()) : []), prune)
  }

  function sweep(): Promise<void> {
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }

  // Work that a full disk or a closing store prevents is done in the next sweep.
  const quietly = () => void sweep().catch(() => undefined)
  quietly()
  const timer = setInterval(quietly, HOUR_MILLIS).unref()
  return {
    sweep,
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await running?.catch(() => undefined)
    },
  }
}
