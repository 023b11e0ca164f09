/**
 * The state directory's database: what must outlive a `kill -9` of the local cloud. Each service owns its tables and
 * creates them itself.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The state directory cannot be used; the message says why and what to do. */
export class StateUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StateUnusable'
  }
}

/**
 * Opens (or creates) the database of a state directory.
 *
 * @throws StateUnusable when the directory or its database cannot be read.
 */
export function openStore(stateDirectory: string): DatabaseSync {
  try {
    makeStateDirectory(stateDirectory)
    const store = new DatabaseSync(join(stateDirectory, 'carryout.db'))
    // WAL with synchronous=NORMAL survives the death of the process at any point, which is what the local cloud
    // promises; only a power cut may lose the last transactions (https://sqlite.org/pragma.html#pragma_synchronous).
    store.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000')
    checkDatabase(store)
    return store
  } catch (error) {
    throw stateUnusable(stateDirectory, error)
  }
}

/** Only its user may look into it: secrets lie there, and files full of somebody's data. */
export function makeStateDirectory(stateDirectory: string) {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 })
  // One that was there may be open to others. What is not a state directory is left as it is.
  const entries = readdirSync(stateDirectory)
  if (entries.length === 0 || entries.includes('carryout.db')) chmodSync(stateDirectory, 0o700)
}

/** @throws Error where SQLite finds the database damaged. */
export function checkDatabase(database: DatabaseSync) {
  const check = database.prepare('PRAGMA quick_check').get() as { quick_check: string }
  if (check.quick_check !== 'ok') throw new Error(check.quick_check)
}

/** What to say when something in a state directory cannot be read. */
export function stateUnusable(stateDirectory: string, error: unknown): StateUnusable {
  const reason = error instanceof Error ? error.message : String(error)
  // Nobody is told to delete what the local cloud did not make.
  const advice = existsSync(join(stateDirectory, 'carryout.db'))
    ? 'Delete it to start afresh (its queues, executions and files are lost), or name another with --state <dir>.'
    : 'Name another with --state <dir>.'
  return new StateUnusable(`The state directory ${stateDirectory} cannot be used: ${reason}. ${advice}`, {
    cause: error,
  })
}
