/**
 * Unpacked servers in the cache directory. Each has a manifest with a hash of every file, and runs only if all files
 * are unchanged.
 */
import { hash } from 'node:crypto'
import { lstat, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DatabaseChoice, type Flavour, fits } from './choice.ts'
import { inspect, type ServerProgram, systemTableFiles } from './program.ts'

const MANIFEST = 'carryout-manifest.json'

/** Path → SHA-256 of the file's content in hexadecimal, or `-> target` for a link. */
type Hashes = Record<string, string>

/** Everything that a server needs to run; the rest of its packages is documentation and helper programs. */
const NEEDED = ['usr/sbin', 'usr/lib', 'usr/lib64', 'usr/share/mysql', 'usr/share/mariadb', 'lib', 'lib64']

/** Removes what is not needed to run, and records what remains. @param needed the directories to keep */
export async function seal(root: string, needed: readonly string[] = NEEDED): Promise<void> {
  await keepOnly(root, '', needed)
  await writeFile(join(root, MANIFEST), JSON.stringify(await hashesOf(root)))
}

async function keepOnly(root: string, directory: string, wanted: readonly string[]): Promise<void> {
  for (const name of await readdir(join(root, directory))) {
    const path = directory === '' ? name : `${directory}/${name}`
    if (wanted.includes(path)) continue
    if (wanted.some((other) => other.startsWith(`${path}/`))) await keepOnly(root, path, wanted)
    else await rm(join(root, path), { recursive: true })
  }
}

/** Whether all files are unchanged since they were unpacked, and nobody else could have changed them. */
export async function isIntact(root: string): Promise<boolean> {
  try {
    const { uid, mode } = await lstat(root)
    if ((process.getuid && uid !== process.getuid()) || (mode & 0o022) !== 0) return false
    const noted = JSON.parse(await readFile(join(root, MANIFEST), 'utf8')) as Hashes
    const found = await hashesOf(root)
    const paths = Object.keys(found)
    return paths.length === Object.keys(noted).length && paths.every((path) => found[path] === noted[path])
  } catch {
    return false
  }
}

async function hashesOf(root: string): Promise<Hashes> {
  const hashes: Hashes = {}
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory() || path === join(root, MANIFEST)) continue
    hashes[path.slice(root.length + 1)] = entry.isSymbolicLink()
      ? `-> ${await readlink(path)}`
      : hash('sha256', await readFile(path))
  }
  return hashes
}

/**
 * `mysql-debian-unstable-x64-9.7.4-2`: the product, the target machine, and the package's version without its epoch.
 */
export function directoryName(flavour: Flavour, madeFor: string, version: string): string {
  return `${flavour}-${madeFor}-${version.replace(/^\d+:/, '')}`
}

/**
 * Lists the unpacked servers in a directory that fit and were made for this machine: by the order of `madeFor`, then
 * the newest first.
 */
export async function listUnpacked(
  place: string,
  madeFor: readonly string[],
  choice: DatabaseChoice | undefined,
): Promise<string[]> {
  const names = await readdir(place).catch(() => [])
  const found: string[] = []
  for (const flavour of ['mysql', 'mariadb'] as const) {
    for (const kind of madeFor) {
      const prefix = directoryName(flavour, kind, '')
      const ofKind = names.filter((name) => name.startsWith(prefix))
      ofKind.sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
      found.push(...ofKind.filter((name) => fits(choice, { flavour, version: name.slice(prefix.length) })))
    }
  }
  return found.map((name) => join(place, name))
}

/** Returns the program in an unpacked directory; undefined if it does not run here. */
export async function programIn(root: string): Promise<ServerProgram | undefined> {
  const { directories, loader } = await libraries(root)
  const share = ['mysql', 'mariadb'].map((name) => join(root, 'usr', 'share', name))
  for (const name of ['mariadbd', 'mysqld']) {
    const program = await inspect({
      binary: join(root, 'usr', 'sbin', name),
      shareDirectory: share.find((directory) => systemTableFiles(directory).length > 0) ?? share[0]!,
      ...(directories.length > 0 && { libraryPath: directories.join(':') }),
      ...(loader !== undefined && { loader }),
    })
    if (program) return program
  }
  return undefined
}

/**
 * Returns `usr/lib`, `lib` and their subdirectories for this architecture (`x86_64-linux-gnu`), and the loader among
 * them.
 */
export async function libraries(root: string): Promise<{ directories: string[]; loader: string | undefined }> {
  const directories: string[] = []
  let loader: string | undefined
  for (const parent of [join(root, 'usr', 'lib'), join(root, 'lib')]) {
    const entries = await readdir(parent, { withFileTypes: true }).catch(() => [])
    const triplets = entries.filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
    for (const directory of [...triplets.map((entry) => join(parent, entry.name)), parent]) {
      const names = await readdir(directory).catch(() => [])
      if (names.some((name) => name.includes('.so'))) directories.push(directory)
      const found = names.find((name) => /^ld-linux.*\.so\.\d+$/.test(name))
      if (found !== undefined) loader ??= join(directory, found)
    }
  }
  return { directories, loader }
}
