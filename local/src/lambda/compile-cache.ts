/**
 * Node's cache of compiled code for the functions' workers, which halves the processor time of a cold start. Entries
 * depend on the path and text of each file, so earlier bundles leave useless ones.
 */
import { globSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Several times the compiled size of a stack's functions. */
const MOST_BYTES = 256 * 1024 * 1024

/** @returns the directory, emptied if it has become too large */
export function openCompileCache(directory: string): string {
  const sizes = globSync('**/*', { cwd: directory }).map((path) => {
    const entry = statSync(join(directory, path), { throwIfNoEntry: false })
    return entry?.isFile() ? entry.size : 0
  })
  if (sizes.reduce((sum, size) => sum + size, 0) > MOST_BYTES) rmSync(directory, { recursive: true, force: true })
  return directory
}
