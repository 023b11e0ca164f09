/**
 * Node's cache of compiled code, for the functions' workers: with it a cold start takes half the processor time. It
 * holds what was compiled by the path and the text of each file, so whatever was bundled before is of no more use.
 */
import { globSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Several times what a stack's functions compile to. */
const MOST_BYTES = 256 * 1024 * 1024

/** @returns the directory, emptied where it has become too large */
export function openCompileCache(directory: string): string {
  const sizes = globSync('**/*', { cwd: directory }).map((path) => {
    const entry = statSync(join(directory, path), { throwIfNoEntry: false })
    return entry?.isFile() ? entry.size : 0
  })
  if (sizes.reduce((sum, size) => sum + size, 0) > MOST_BYTES) rmSync(directory, { recursive: true, force: true })
  return directory
}
