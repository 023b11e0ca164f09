import type { DatabaseSync } from 'node:sqlite'

/** Runs `work` (which must not wait for anything) as one transaction: all of it happens, or nothing. */
export function transaction<T>(store: DatabaseSync, work: () => T): T {
  store.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    store.exec('COMMIT')
    return result
  } catch (error) {
    // SQLite itself ends the transaction when the disk is full.
    if (store.isTransaction) store.exec('ROLLBACK')
    throw error
  }
}
