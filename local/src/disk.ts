/**
 * A full disk fails nothing that can wait: what runs pauses and goes on once there is room again, and whoever sits at
 * the machine is told. Logs give way first.
 */
import { statfsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Disk {
  /** Whether so little is left that logs give way to all else. */
  isLow(): boolean
  /**
   * Does the work again and again while it fails because the disk is full.
   *
   * @throws what else it throws; and its last error once the signal is aborted
   */
  patiently<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T>
}

/** Below this, the disk is as good as full: the rest is for requests, executions and mails. */
const LOW_BYTES = 16 * 1024 * 1024
const LOOK_MILLIS = 1000
const PAUSE_MILLIS = 500
/** Of SQLite: SQLITE_FULL, and what a write-ahead log that cannot grow says (SQLITE_IOERR_WRITE, _SHMSIZE, _SHMMAP). */
const SQLITE_CODES = [13, 778, 4874, 5386]

/** Whether a file, a database or LevelDB could not write because there was no room. */
export function isDiskFull(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { code, errcode, cause, message = '' } = error as Partial<Error> & { code?: unknown; errcode?: unknown }
  if (code === 'ENOSPC' || code === 'EDQUOT' || SQLITE_CODES.includes(errcode as number)) return true
  return /no space left on device|disk quota exceeded/i.test(message) || (cause !== undefined && isDiskFull(cause))
}

/** For a timer: what a full disk forbids is left to the next time. */
export function unlessFull(work: () => void): () => void {
  return () => {
    try {
      work()
    } catch (error) {
      if (!isDiskFull(error)) throw error
    }
  }
}

/** What is said of a full disk to whoever asked for something just then. */
export const DISK_FULL = 'The disk of the local cloud is full. Make room; what waits then goes on by itself.'

/**
 * @param options.directory what the disk holds; nothing is looked up without it
 * @param options.onProgress told once when the disk is full, and once when it is not any more
 */
export function watchDisk(
  options: {
    directory?: string
    onProgress?: (line: string) => void
    now?: () => number
    freeBytes?: (directory: string) => number
    pauseMillis?: number
  } = {},
): Disk {
  const {
    directory,
    onProgress = () => undefined,
    now = Date.now,
    freeBytes = free,
    pauseMillis = PAUSE_MILLIS,
  } = options
  let low = false
  let lookedAt = Number.NEGATIVE_INFINITY
  let waiting = 0

  return {
    isLow() {
      if (directory === undefined) return false
      if (now() - lookedAt < LOOK_MILLIS) return low
      lookedAt = now()
      low = freeBytes(directory) < LOW_BYTES
      return low
    },
    async patiently(work, signal) {
      try {
        return await work()
      } catch (error) {
        if (!isDiskFull(error) || signal?.aborted) throw error
      }
      if (waiting++ === 0)
        onProgress(`The disk with ${directory} is full: what runs waits. Make room, and it goes on by itself.`)
      try {
        for (;;) {
          await sleep(pauseMillis, undefined, { ...(signal && { signal }) }).catch(() => undefined)
          try {
            return await work()
          } catch (error) {
            if (!isDiskFull(error) || signal?.aborted) throw error
          }
        }
      } finally {
        if (--waiting === 0) onProgress('There is room on the disk again: what waited goes on.')
      }
    },
  }
}

function free(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
