/**
 * CloudWatch Logs: the functions' output by log group and stream, stored in the state directory with a limited size.
 */

import type { DatabaseSync } from 'node:sqlite'
import { type Disk, isDiskFull, watchDisk } from '../disk.ts'
import { MESSAGE_BYTES } from '../limits.ts'
import type { Handler } from '../protocol.ts'
import { type LogLine, openLogStore } from './log-store.ts'
import { logsApi } from './logs-api.ts'

const MIB = 1024 * 1024

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
  const listeners = new Set<(line: LogLine) => void>()
  const stored = openLogStore({ store, maxBytesPerGroup, now })
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
      stored.insert(lines)
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
        stored.dropOlderHalf()
      } catch (error) {
        if (!isDiskFull(error)) throw error
      }
    }
    lost += lines.length
  }

  return {
    handler: logsApi({ store, flush, sizes: stored.sizes }),
    createGroup(name, { retentionDays } = {}) {
      stored.createGroup(name, retentionDays)
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
