/** What an app needs of third parties, hard-linked out of this checkout: unpacking five hundred tarballs takes longer than all the rest. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

interface Entry {
  version?: string
  link?: boolean
  inBundle?: boolean
  bin?: Record<string, string>
}
interface Lock {
  lockfileVersion: number
  packages: Record<string, Entry>
}

/**
 * Puts into the app's `node_modules` each package of its lock file that this checkout has in the same version, and notes them
 * as npm does. What is left is npm's to install.
 */
export function linkThirdParties(folder: string): void {
  const lock = readLock(folder)
  const here = placesHere()
  const all = Object.entries(lock.packages)
  const found = all.filter(([place, entry]) => !entry.inBundle && here.has(idOf(place, entry)))
  // A package comes before those in its own `node_modules`.
  const depths = Map.groupBy(found, ([place]) => place.split('node_modules/').length)
  for (const depth of [...depths.keys()].sort()) {
    const folders = Map.groupBy(depths.get(depth)!, ([place]) => dirname(place))
    for (const [into, entries] of folders) {
      // Within a package of ours, which npm unpacks later.
      if (depth > 2 && !existsSync(join(folder, into.slice(0, into.lastIndexOf('node_modules'))))) continue
      const from = entries.map(([place, entry]) => here.get(idOf(place, entry))!)
      // One cp takes no folder twice: alone, and within the package that contains it here.
      for (const each of Map.groupBy(from, isWithinAnother).values()) copyInto(join(folder, into), each)
      for (const [place] of entries) if (!hasBundle(lock, place)) remove(join(folder, place, 'node_modules'))
    }
  }
  const linked = all.filter(([place]) => place !== '' && existsSync(join(folder, place)))
  for (const [place, entry] of linked) if (!entry.inBundle) linkCommands(folder, place, entry)
  const packages = Object.fromEntries(linked)
  // Newer than every package, else npm does not believe it.
  const noted = { name: basename(folder), lockfileVersion: lock.lockfileVersion, requires: true, packages }
  writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify(noted))
}

/** By name and version, where this checkout has a package. */
function placesHere(): Map<string, string> {
  const places = Object.entries(readLock(ROOT).packages).filter(
    ([place, { link, inBundle }]) =>
      place.includes('node_modules/') && !link && !inBundle && existsSync(join(ROOT, place, 'package.json')),
  )
  return new Map(places.map(([place, entry]) => [idOf(place, entry), join(ROOT, place)]))
}

function isWithinAnother(path: string): boolean {
  return path.slice(ROOT.length).split('node_modules/').length > 2
}

function idOf(place: string, { version }: Entry): string {
  return `${place.split('node_modules/').at(-1)}@${version}`
}

function hasBundle({ packages }: Lock, place: string): boolean {
  return Object.entries(packages).some(([each, { inBundle }]) => inBundle && each.startsWith(`${place}/node_modules/`))
}

function readLock(folder: string): Lock {
  return JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as Lock
}

/** Folders under their own names: by hard links where the two are on one disk, else as copies. */
export function copyInto(folder: string, from: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('cp', ['-al', ...from, folder], { stdio: 'ignore' })
  } catch {
    for (const each of from) remove(join(folder, basename(each)))
    execFileSync('cp', ['-a', ...from, folder])
  }
}

function remove(path: string) {
  rmSync(path, { recursive: true, force: true })
}

/** As npm does: a command of a package in the `.bin` beside it. */
function linkCommands(folder: string, place: string, { bin = {} }: Entry) {
  const commands = join(folder, place.slice(0, place.lastIndexOf('node_modules/')), 'node_modules/.bin')
  for (const [name, path] of Object.entries(bin)) {
    mkdirSync(commands, { recursive: true })
    symlinkSync(relative(commands, join(folder, place, path)), join(commands, name))
  }
}
