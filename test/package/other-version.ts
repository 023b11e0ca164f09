/** Versions of packages that the lock file does not name: fetched once from npm and kept in the user's cache directory. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** @returns the package's folder, with what it needs beside it. npm's own settings, such as a registry, hold */
export async function otherVersion(name: string, version: string): Promise<string> {
  const home = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'carryout', 'packages')
  const kept = join(home, `${name}-${version}`)
  const folder = join(kept, 'node_modules', name)
  if (existsSync(folder)) return folder
  mkdirSync(home, { recursive: true })
  const fresh = mkdtempSync(join(home, '.fresh-'))
  // `node` brings its binary by a script.
  writeFileSync(join(fresh, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }))
  const options = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  await promisify(execFile)('npm', ['install', '--prefix', fresh, ...options, `${name}@${version}`], { cwd: fresh })
  try {
    renameSync(fresh, kept)
  } catch {
    // Another run was quicker.
    rmSync(fresh, { recursive: true, force: true })
  }
  return folder
}
