/**
 * CloudWatch Logs: the functions' output by log group and stream, stored in the state directory with a limited size.
 */

import type { DatabaseSync } from 'node:sqlite'
import { type Disk, isDiskFull, watchDisk } from '../disk.ts'
import { MESSAGE_BYTES } from '../limits.ts'
import type { Handler } from '../protocol.ts'
import { logsApi } from './logs-api.ts'

const MIB = 1024 * 1024
/** CloudWatch counts 26 bytes of overhead per event, so an empty line also has a size here. */
const EVENT_OVERHEAD_BYTES = 26
/** The share of the limit that remains after dropping lines, so that not every further line drops one. */
const KEPT_SHARE = 0.9
const DROPPED_AT_ONCE = 1000
const DAY_MILLIS = 24 * 60 * 60 * 1000

/** One event of a log stream. */
export interface LogLine {
  group: string
  stream: string
  /** Milliseconds since 1970. */
  timestamp: number
  message: string
}

export interface Logs {
  /** Handles the calls that `aws logs tail --follow` and the SDK's reading operations need (Logs_20140328). */
  readonly handler: Handler
  /** Creates a group before its first line, or changes its retention (unlimited by default). */
  createGroup(name: string, options?: { retentionDays?: number }): void
  /** Adds one event, creating its group and stream if necessary. It is on disk after the current turn at the latest. */
  write(line: Omit<LogLine, 'timestamp'> & { timestamp?: number }): void
  /** Calls the listener with each new line. @returns a function that stops it */
  onLine(listener: (line: LogLine) => void): () => void
  /** Writes buffered lines to the disk. */
  flush(): void
}

/**
 * Opens the logs of a state directory.
 *
 * @param options.maxBytesPerGroup of a group's messages; beyond it the oldest are dropped. 16 MiB by default
 */
export function createLogs({
  store,
  maxBytesPerGroup = 16 * MIB,
  now = Date.now,
  disk = watchDisk(),
}: {
  store: DatabaseSync
  maxBytesPerGroup?: number
  now?: () => number
  /** Lines are dropped when it is nearly full. */
  disk?: Disk
}): Logs {
  createTables(store)
  const insertGroup = store.prepare(
    `INSERT INTO log_groups (name, created_at, retention_days) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET retention_days = coalesce(excluded.retention_days, retention_days)`,
  )
  const insertStream = store.prepare(
    `INSERT INTO log_streams (log_group, name, created_at, first_at, last_at, ingested_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (log_group, name) DO UPDATE SET last_at = max(last_at, excluded.last_at), ingested_at = excluded.ingested_at`,
  )
  const insertEvent = store.prepare(
    'INSERT INTO log_events (log_group, stream, timestamp, ingested_at, message) VALUES (?, ?, ?, ?, ?)',
  )
  const sizes = new Map<string, number>()
  for (const row of store
    .prepare('SELECT log_group, sum(length(cast(message AS BLOB)) + ?) AS bytes FROM log_events GROUP BY log_group')
    .all(EVENT_OVERHEAD_BYTES)) {
    sizes.set(String(row.log_group), Number(row.bytes))
  }
  const listeners = new Set<(line: LogLine) => void>()
  let pending: LogLine[] = []
  /** Lines dropped since the last one that was stored. */
  let lost = 0
  let flushing: NodeJS.Immediate | undefined

  function flush() {
    clearImmediate(flushing)
    flushing = undefined
    if (pending.length === 0) return
    const lines = pending
    pending = []
    if (disk.isLow()) return void lose(lines)
    if (lost > 0) {
      const message = `${lost} lines of all logs were lost here: the disk was full.`
      lines.unshift({ ...(lines[0] as LogLine), message })
    }
    // One transaction per turn of the event loop, so that a verbose function costs one commit instead of one per line.
    store.exec('SAVEPOINT log_lines')
    try {
      insert(lines)
      store.exec('RELEASE log_lines')
      lost = 0
    } catch (error) {
      // SQLite itself ends the transaction when the disk is full.
      if (store.isTransaction) store.exec('ROLLBACK TO log_lines; RELEASE log_lines')
      if (!isDiskFull(error)) throw error
      lose(lines)
    }
  }

  /** Drops the lines and the older half of all lines, leaving the last space to everything else. */
  function lose(lines: LogLine[]) {
    if (lost === 0) {
      try {
        for (const [group, bytes] of sizes) dropOldest(group, bytes / 2)
      } catch (error) {
        if (!isDiskFull(error)) throw error
      }
    }
    lost += lines.length
  }

  function insert(lines: LogLine[]) {
    const ingestedAt = now()
    for (const { group, stream, timestamp, message } of lines) {
      insertGroup.run(group, ingestedAt, null)
      insertStream.run(group, stream, ingestedAt, timestamp, timestamp, ingestedAt)
      insertEvent.run(group, stream, timestamp, ingestedAt, message)
      sizes.set(group, (sizes.get(group) ?? 0) + Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES)
    }
    for (const group of new Set(lines.map((line) => line.group))) dropOldest(group)
  }

  function dropOldest(group: string, most = maxBytesPerGroup) {
    let bytes = sizes.get(group) ?? 0
    if (bytes <= most) return
    const oldest = store.prepare(
      'SELECT id, length(cast(message AS BLOB)) AS bytes FROM log_events WHERE log_group = ? ORDER BY id LIMIT ?',
    )
    const remove = store.prepare('DELETE FROM log_events WHERE log_group = ? AND id <= ?')
    while (bytes > most * KEPT_SHARE) {
      let last = 0
      for (const row of oldest.all(group, DROPPED_AT_ONCE)) {
        if (bytes <= most * KEPT_SHARE) break
        last = Number(row.id)
        bytes -= Number(row.bytes) + EVENT_OVERHEAD_BYTES
      }
      if (last === 0) break
      remove.run(group, last)
    }
    sizes.set(group, bytes)
    removeEmptyStreams(group)
  }

  function removeEmptyStreams(group: string) {
    store
      .prepare(
        `DELETE FROM log_streams WHERE log_group = ?
         AND NOT EXISTS (SELECT 1 FROM log_events e WHERE e.log_group = log_streams.log_group AND e.stream = log_streams.name)`,
      )
      .run(group)
  }

  /** Drops lines beyond a group's retention. Called when the group is created, so at least at every start. */
  function dropExpired(group: string) {
    const row = store.prepare('SELECT retention_days FROM log_groups WHERE name = ?').get(group)
    if (row?.retention_days == null) return
    const before = now() - Number(row.retention_days) * DAY_MILLIS
    store.prepare('DELETE FROM log_events WHERE log_group = ? AND timestamp < ?').run(group, before)
    removeEmptyStreams(group)
    const left = store
      .prepare('SELECT sum(length(cast(message AS BLOB)) + ?) AS bytes FROM log_events WHERE log_group = ?')
      .get(EVENT_OVERHEAD_BYTES, group)
    sizes.set(group, Number(left?.bytes ?? 0))
  }

  return {
    handler: logsApi({ store, flush, sizes }),
    createGroup(name, { retentionDays } = {}) {
      insertGroup.run(name, now(), retentionDays ?? null)
      dropExpired(name)
    },
    write({ group, stream, message, timestamp = now() }) {
      for (const part of split(message)) {
        const line = { group, stream, timestamp, message: part }
        pending.push(line)
        for (const listener of listeners) listener(line)
      }
      flushing ??= setImmediate(flush)
    },
    onLine(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    flush,
  }
}

/** Splits a long line into several events, as Lambda does. */
function split(message: string): string[] {
  if (message.length <= MESSAGE_BYTES) return [message]
  const parts: string[] = []
  for (let at = 0; at < message.length; at += MESSAGE_BYTES) parts.push(message.slice(at, at + MESSAGE_BYTES))
  return parts
}

function createTables(store: DatabaseSync) {
  store.exec(`
    CREATE TABLE IF NOT EXISTS log_groups (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL, retention_days INTEGER) STRICT;
    CREATE TABLE IF NOT EXISTS log_streams (
      log_group TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
      first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, ingested_at INTEGER NOT NULL,
      PRIMARY KEY (log_group, name)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS log_events (
      id INTEGER PRIMARY KEY AUTOINCREMENT, log_group TEXT NOT NULL, stream TEXT NOT NULL,
      timestamp INTEGER NOT NULL, ingested_at INTEGER NOT NULL, message TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS log_events_by_time ON log_events (log_group, timestamp, id);
    CREATE INDEX IF NOT EXISTS log_events_by_stream ON log_events (log_group, stream, timestamp, id);
  `)
}
