/**
 * A database server for a Debian or Ubuntu machine that has none: the distribution's own package, verified by apt,
 * unpacked into a cache directory. Nothing is installed and no root is needed.
 */
import { access, constants, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Apt, hasApt, openApt } from './apt.ts'
import { codeOf, ServerFailed } from './errors.ts'
import { inspect, type ServerProgram, systemTableFiles } from './program.ts'
import { run } from './run.ts'

export interface UnpackOptions {
  stateDirectory: string
  /** The user's cache directory; from the environment by default. */
  cacheHome?: string | undefined
  onProgress?: ((line: string) => void) | undefined
  signal?: AbortSignal | undefined
}

/**
 * The unpacked server: of an earlier time, else unpacked now (a download of some 8 MB). Undefined where there is no apt.
 *
 * @throws ServerFailed when the packages cannot be had or do not run here.
 */
export async function unpackedProgram(options: UnpackOptions): Promise<ServerProgram | undefined> {
  const places = await cachePlaces(options)
  for (const place of places) {
    for (const program of await findUnpacked(place)) return program
  }
  if (!(await hasApt())) return undefined
  const place = places[0]!
  await mkdir(place, { recursive: true })
  const temporary = await mkdtemp(join(place, 'unpacking-'))
  try {
    options.onProgress?.(
      'No database server found: unpacking the distribution’s own, without root and without installing it',
    )
    const { root, version } = await unpack(temporary, options)
    const target = join(place, `server-${await distribution()}-${version.replace(/^\d+:/, '')}`)
    const quicker = await programIn(target) // Somebody else unpacked it meanwhile, which is as good.
    if (quicker) return quicker
    await rm(target, { recursive: true, force: true })
    await rename(root, target).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error
    })
    const program = await programIn(target)
    if (!program) throw new ServerFailed('The unpacked database server does not run on this machine')
    return program
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Where unpacked servers are kept: shared by every state directory of the user, else in the state directory. */
async function cachePlaces({ stateDirectory, cacheHome }: UnpackOptions): Promise<string[]> {
  const home = cacheHome ?? (process.env.XDG_CACHE_HOME || join(homedir(), '.cache'))
  const shared = join(home, 'carryout')
  const own = join(stateDirectory, 'server')
  try {
    await mkdir(shared, { recursive: true, mode: 0o700 })
    await access(shared, constants.W_OK)
    return [shared, own]
  } catch {
    return [own]
  }
}

/** Those of this distribution that run: the libraries of another may be missing, as when a home is shared. */
async function findUnpacked(place: string): Promise<ServerProgram[]> {
  const prefix = `server-${await distribution()}-`
  const names = await readdir(place).catch(() => [])
  const programs: ServerProgram[] = []
  for (const name of names.filter((name) => name.startsWith(prefix)).sort(newestFirst)) {
    const program = await programIn(join(place, name))
    if (program) programs.push(program)
  }
  return programs
}

async function unpack(temporary: string, options: UnpackOptions): Promise<{ root: string; version: string }> {
  const downloads = join(temporary, 'downloads')
  const root = join(temporary, 'root')
  let version: string
  let packages: string[]
  try {
    ;({ version, packages } = await download(temporary, downloads, false, options.signal))
  } catch (error) {
    if (!(error instanceof ServerFailed)) throw error
    options.onProgress?.('The machine’s package lists do not do: fetching new ones, which takes a moment')
    ;({ version, packages } = await download(temporary, downloads, true, options.signal))
  }
  await mkdir(root)
  for (const file of packages) {
    const { code, error } = await run('dpkg-deb', ['--extract', file, root], { signal: options.signal })
    if (code !== 0) throw new ServerFailed(`dpkg-deb could not unpack ${file}: ${error.trim()}`)
  }
  return { root, version }
}

async function download(temporary: string, target: string, freshLists: boolean, signal: AbortSignal | undefined) {
  await rm(target, { recursive: true, force: true })
  await mkdir(target)
  const apt: Apt = await openApt(join(temporary, 'apt'), { freshLists, signal })
  const candidate = await apt.candidate()
  if (!candidate) throw new ServerFailed('The distribution’s package lists have neither MariaDB nor MySQL')
  return { version: candidate.version, packages: await apt.download(candidate.package, target) }
}

async function programIn(root: string): Promise<ServerProgram | undefined> {
  const libraries = await libraryDirectories(root)
  const share = ['mysql', 'mariadb'].map((name) => join(root, 'usr', 'share', name))
  for (const name of ['mariadbd', 'mysqld']) {
    const program = await inspect({
      binary: join(root, 'usr', 'sbin', name),
      shareDirectory: share.find((directory) => systemTableFiles(directory).length > 0) ?? share[0]!,
      ...(libraries.length > 0 && { libraryPath: libraries.join(':') }),
    })
    if (program) return program
  }
  return undefined
}

/** `usr/lib`, `lib` and their directories for this kind of machine (`x86_64-linux-gnu`). */
async function libraryDirectories(root: string): Promise<string[]> {
  const directories: string[] = []
  for (const parent of [join(root, 'usr', 'lib'), join(root, 'lib')]) {
    const entries = await readdir(parent, { withFileTypes: true }).catch(() => [])
    const triplets = entries.filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
    for (const directory of [parent, ...triplets.map((entry) => join(parent, entry.name))]) {
      if ((await readdir(directory).catch(() => [])).some((name) => name.includes('.so'))) directories.push(directory)
    }
  }
  return directories
}

/** `debian-12-x64`, of os-release(5). */
async function distribution(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="?([A-Za-z0-9._-]+)`, 'm').exec(release)?.[1]
  return [field('ID') ?? process.platform, field('VERSION_ID') ?? 'rolling', process.arch].join('-')
}

function newestFirst(one: string, other: string): number {
  return other.localeCompare(one, 'en', { numeric: true })
}
