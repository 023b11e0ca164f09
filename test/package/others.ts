/** The lowest versions that are allowed, as `others/package-lock.json` names them: fetched once from npm and kept in the user's cache directory. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const OTHERS = join(import.meta.dirname, 'others')
const NAMES = ['package.json', 'package-lock.json']
const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(OTHERS, 'package.json'), 'utf8')) as Record<
  'dependencies' | 'optionalDependencies',
  Record<string, string>
>

export const LOWEST_CDK = dependencies
/** The lowest of each line but that of the functions. */
export const OTHER_NODES = [...new Set(Object.values(optionalDependencies).map((alias) => alias.split('@').at(-1)!))]

/** @returns the folder that has the packages. npm's own settings, such as a registry, hold */
export async function installOthers(): Promise<string> {
  const home = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'carryout', 'packages')
  const hash = createHash('sha256')
  for (const name of NAMES) hash.update(readFileSync(join(OTHERS, name)))
  const kept = join(home, hash.digest('hex').slice(0, 16))
  if (existsSync(kept)) return join(kept, 'node_modules')
  mkdirSync(home, { recursive: true })
  const fresh = mkdtempSync(join(home, '.fresh-'))
  for (const name of NAMES) cpSync(join(OTHERS, name), join(fresh, name))
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']
  await promisify(execFile)('npm', ['ci', ...options], { cwd: fresh })
  try {
    renameSync(fresh, kept)
  } catch {
    // Another run was quicker.
    rmSync(fresh, { recursive: true, force: true })
  }
  return join(kept, 'node_modules')
}

/** @param modules as installed. @returns the program; npm brings none for other platforms than those that are named */
export function nodeIn(modules: string, version: string): string {
  return join(modules, `node-${version.split('.')[0]}-${process.platform}-${process.arch}`, 'bin/node')
}
