/** The log lines in the state directory, of which the oldest are dropped beyond a group's size and retention. */
import type { DatabaseSync } from 'node:sqlite'

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

export interface LogStore {
  /** Bytes by group. */
  readonly sizes: ReadonlyMap<string, number>
  /** Creates the group, or changes its retention if one is given. */
  createGroup(name: string, retentionDays: number | undefined): void
  /** Adds the lines, creating their groups and streams. */
  insert(lines: readonly LogLine[]): void
  dropOlderHalf(): void
}

export function openLogStore({
  store,
  maxBytesPerGroup,
  now,
}: {
  store: DatabaseSync
  maxBytesPerGroup: number
  now: () => number
}): LogStore {
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

  function insert(lines: readonly LogLine[]) {
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
    sizes,
    createGroup(name, retentionDays) {
      insertGroup.run(name, now(), retentionDays ?? null)
      dropExpired(name)
    },
    insert,
    dropOlderHalf() {
      for (const [group, bytes] of sizes) dropOldest(group, bytes / 2)
    },
  }
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
