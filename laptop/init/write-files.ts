/** Writes the files of `carryout init`: all of them, or none if it can be known before. */
import { accessSync, constants, lstatSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InitFailed } from './init-failed.ts'

/** Whether there is anything at the path, be it a link to nowhere. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    // A part of the path is a file; writing is refused later.
    return false
  }
}

/**
 * @param files texts by path relative to the folder; none may exist
 * @throws InitFailed that says which files were written, if any
 */
export function writeFiles(folder: string, files: ReadonlyArray<readonly [path: string, text: string]>): void {
  for (const [path] of files) checkWritable(join(folder, path))
  const written: string[] = []
  for (const [path, text] of files) {
    try {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text, { flag: 'wx' })
    } catch (error) {
      throw failed(join(folder, path), error, written)
    }
    written.push(path)
  }
}

/** Checks the nearest folder above the path that exists. */
function checkWritable(path: string) {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      const found = statSync(folder, { throwIfNoEntry: false })
      if (found === undefined && folder !== dirname(folder)) continue
      if (found && !found.isDirectory()) throw Object.assign(new Error(`${folder} is a file`), { code: 'ENOTDIR' })
      return accessSync(folder, constants.W_OK | constants.X_OK)
    } catch (error) {
      throw failed(path, error, [])
    }
  }
}

function failed(path: string, error: unknown, written: readonly string[]): InitFailed {
  const { code } = error as NodeJS.ErrnoException
  const done =
    written.length === 0
      ? 'No file was written.'
      : `These files were written before: ${written.join(', ')}. The next run leaves them unchanged and writes the rest.`
  return new InitFailed(`${path} cannot be written (${code}). Run this in a folder that you can write to. ${done}`, {
    cause: error,
  })
}
