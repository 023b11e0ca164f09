import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DatabaseUnusable } from './errors.ts'

/**
 * Claims a directory for this process until it is released or the process ends in any way. SQLite's lock belongs to the
 * operating system, so unlike a file with a process id it never becomes stale.
 *
 * @throws DatabaseUnusable if this or another process has claimed it already
 */
export function claim(directory: string): { release(): void } {
  const lock = new DatabaseSync(join(directory, 'claim.db'))
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw new DatabaseUnusable(
      `The database in ${directory} is in use by another local cloud. Stop that one, or choose another state directory with --state <dir>.`,
      { cause: error },
    )
  }
  return {
    release: () => {
      if (lock.isOpen) lock.close()
    },
  }
}
