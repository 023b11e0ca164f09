/** Checks the region in which a state directory was created. */
import type { DatabaseSync } from 'node:sqlite'
import { StateUnusable } from '../store.ts'

/** A state directory is bound to one region, because stored ARNs contain it. */
export function checkRegion(store: DatabaseSync, region: string, stateDirectory: string) {
  store.exec('CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID')
  store.prepare("INSERT OR IGNORE INTO settings VALUES ('region', ?)").run(region)
  const { value } = store.prepare("SELECT value FROM settings WHERE name = 'region'").get() as { value: string }
  if (value === region) return
  throw new StateUnusable(
    `The state directory ${stateDirectory} was made in the region ${value}, not ${region}. ` +
      'Use that region, or choose another directory with --state <dir>.',
  )
}
