/**
 * A full disk does not fail anything that can wait: work pauses and continues once there is room again, and the user is
 * told. Logs are dropped first.
 */
import { statfsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Disk {
  /** Whether so little space is left that logs are dropped. */
  isLow(): boolean
  /**
   * Repeats the work while it fails because the disk is full.
   *
   * @throws any other error of the work; and its last error once the signal is aborted
   */
  patiently<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T>
}

/** Below this the disk counts as full: the rest is for requests, executions and mails. */
const LOW_BYTES = 16 * 1024 * 1024
const LOOK_MILLIS = 1000
const PAUSE_MILLIS = 500
/**
 * SQLite's codes: SQLITE_FULL, and those of a write-ahead log that cannot grow (SQLITE_IOERR_WRITE, _SHMSIZE, _SHMMAP).
 */
const SQLITE_CODES = [13, 778, 4874, 5386]

/** Whether a file, a database or LevelDB could not write because the disk is full. */
export function isDiskFull(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { code, errcode, cause, message = '' } = error as Partial<Error> & { code?: unknown; errcode?: unknown }
  if (code === 'ENOSPC' || code === 'EDQUOT' || SQLITE_CODES.includes(errcode as number)) return true
  return /no space left on device|disk quota exceeded/i.test(message) || (cause !== undefined && isDiskFull(cause))
}

/** For a timer: work that fails because of a full disk is left to the next time. */
export function unlessFull(work: () => void): () => void {
  return () => {
    try {
      work()
    } catch (error) {
      if (!isDiskFull(error)) throw error
    }
  }
}

/** The message for a request that fails because the disk is full. */
export const DISK_FULL = 'The disk of the local cloud is full. Make room, and waiting work continues automatically.'

/**
 * @param options.directory on the disk to watch; without it nothing is checked
 * @param options.onProgress called once when the disk is full, and once when it is not any more
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
        onProgress(
          `The disk with ${directory} is full, so running work waits. Make room, and it continues automatically.`,
        )
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
        if (--waiting === 0) onProgress('There is room on the disk again, and waiting work continues.')
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
