/** Ensures that one local cloud uses a state directory. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeStateDirectory, type Part, refuseForeign, StateUnusable, stateUnusable } from './store.ts'

/** Referenced here, because the garbage collector would close an unreferenced connection and release its lock. */
const held = new Set<DatabaseSync>()

/**
 * Locks a state directory for this process. The lock is the operating system's (SQLite's, held by an open transaction),
 * so it ends with the process and never becomes stale, unlike a file with a process id.
 *
 * @returns a function that releases the directory
 * @throws StateUnusable if another process has it (which is named), or it cannot be written
 */
export function lockState(stateDirectory: string): () => void {
  const owner = join(stateDirectory, 'owner.pid')
  let lock: DatabaseSync | undefined
  try {
    refuseForeign(stateDirectory)
    makeStateDirectory(stateDirectory)
    lock = new DatabaseSync(join(stateDirectory, 'lock.db'))
    lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
    writeFileSync(owner, `${process.pid}\n`)
  } catch (error) {
    lock?.close()
    throw isBusy(error) ? inUse(stateDirectory, owner) : stateUnusable(stateDirectory, error, partOf(error))
  }
  held.add(lock)
  return () => {
    held.delete(lock)
    lock.close()
  }
}

const LOCK: Part = { path: 'lock.db', lost: '', kept: 'It is only the lock: nothing is lost.' }

/** SQLite's errors concern the lock, all others the directory. */
function partOf(error: unknown): Part | undefined {
  return (error as { code?: unknown }).code === 'ERR_SQLITE_ERROR' ? LOCK : undefined
}

function isBusy(error: unknown): boolean {
  return /database is locked/.test(String(error))
}

function inUse(stateDirectory: string, owner: string): StateUnusable {
  let pid = 'unknown'
  try {
    pid = readFileSync(owner, 'utf8').trim()
  } catch {
    // The other process has only just locked it.
  }
  return new StateUnusable(
    `The state directory ${stateDirectory} is in use by another local cloud (process ${pid}). ` +
      'Stop that, or name another directory with --state <dir>.',
  )
}
