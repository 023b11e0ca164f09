/**
 * A database server for a Debian or Ubuntu machine without one: the distribution's own package, verified by apt and
 * unpacked into a cache directory; on Debian, whose releases have no MySQL, the package of its unstable suite with the
 * libraries it needs. Nothing is installed, and root is not needed.
 */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { extract, hasApt, openApt } from './apt.ts'
import { type CacheOptions, cachePlaces, release } from './cache-place.ts'
import { choiceName, type DatabaseChoice, type Flavour } from './choice.ts'
import { codeOf, ServerFailed } from './errors.ts'
import { debianUnstable, type PackageSource } from './package-source.ts'
import type { ServerProgram } from './program.ts'
import { directoryName, isIntact, listUnpacked, programIn, seal } from './unpacked.ts'

export interface UnpackOptions extends CacheOptions {
  /** Undefined accepts any that the machine's packages have. */
  choice?: DatabaseChoice | undefined
  onProgress?: ((line: string) => void) | undefined
  signal?: AbortSignal | undefined
}

/** Returns the server unpacked earlier; undefined if there is none, or its files have changed. */
export async function cachedProgram(options: UnpackOptions): Promise<ServerProgram | undefined> {
  for (const root of await unpackedRoots(options)) {
    if (await isIntact(root)) {
      const program = await programIn(root)
      if (program) return program
    } else {
      options.onProgress?.(`The files in ${root} are no longer as they were unpacked: removing them`)
      await rm(root, { recursive: true, force: true })
    }
  }
  return undefined
}

/** Returns the directories that may contain it, without checking them. */
export async function unpackedRoots(options: UnpackOptions): Promise<string[]> {
  const { forMachine, unstable } = await release()
  const { choice } = options
  // MariaDB without a version means the release's own, which the machine's packages always have.
  const madeFor = choice?.flavour === 'mariadb' && !choice.version ? [forMachine] : [forMachine, unstable]
  const places = await cachePlaces(options)
  return (await Promise.all(places.map((place) => listUnpacked(place, madeFor, choice)))).flat()
}

/**
 * Returns the cached server, or unpacks one now (a download of 10 MB for the release's own, up to 50 MB for one with
 * all its libraries). Undefined without apt.
 *
 * @throws ServerFailed if the packages cannot be downloaded or do not run here
 */
export async function unpackedProgram(options: UnpackOptions): Promise<ServerProgram | undefined> {
  const cached = await cachedProgram(options)
  if (cached) return cached
  if (!(await hasApt())) return undefined
  const place = (await cachePlaces(options))[0]!
  await mkdir(place, { recursive: true })
  const temporary = await mkdtemp(join(place, 'unpacking-'))
  try {
    const { root, name } = await unpack(temporary, options)
    await seal(root)
    const target = join(place, name)
    await rename(root, target).catch(async (error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error
      // Another process unpacked it in the meantime, which is just as good if it runs.
      if ((await isIntact(target)) && (await programIn(target))) return
      await rm(target, { recursive: true, force: true })
      await rename(root, target)
    })
    const program = await programIn(target)
    if (!program) throw new ServerFailed('The unpacked database server does not run on this machine')
    return program
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Unpacks from the first source that has the wanted server. */
async function unpack(temporary: string, options: UnpackOptions): Promise<{ root: string; name: string }> {
  const { choice, onProgress, signal } = options
  const wanted = choice === undefined ? 'MySQL or MariaDB' : choiceName(choice)
  const failures: string[] = []
  let listsAreGood = false
  for await (const { source, madeFor, notice } of sources()) {
    if (listsAreGood && source.kind === 'machine') continue
    onProgress?.(notice)
    const work = await mkdtemp(join(temporary, 'source-'))
    try {
      const { flavour, version, packages } = await download(work, source, choice, signal)
      const root = join(work, 'root')
      await mkdir(root, { mode: 0o755 })
      await extract(packages, root, signal)
      return { root, name: directoryName(flavour, madeFor, version) }
    } catch (error) {
      if (!(error instanceof ServerFailed)) throw error
      failures.push(error.message)
      listsAreGood ||= error instanceof NotOffered
    }
  }
  throw new ServerFailed(`No package of ${wanted} is available: ${[...new Set(failures)].join('; ')}`)
}

/**
 * Yields the machine's own release with its current lists, then with new lists, then (on Debian) the unstable suite.
 */
async function* sources(): AsyncGenerator<{ source: PackageSource; madeFor: string; notice: string }> {
  const { id, codename, forMachine, unstable } = await release()
  yield {
    source: { kind: 'machine', freshLists: false },
    madeFor: forMachine,
    notice: 'No database server found: unpacking the distribution’s own, without root and without installing it',
  }
  yield {
    source: { kind: 'machine', freshLists: true },
    madeFor: forMachine,
    notice: 'The machine’s package lists do not suffice: fetching new ones, which takes a moment',
  }
  const source = await debianUnstable({ id, codename })
  if (source === undefined) return
  yield { source, madeFor: unstable, notice: 'Unpacking a server of Debian unstable with its libraries (up to 50 MB)' }
}

/** The package lists are valid but offer another product or version. */
class NotOffered extends ServerFailed {}

async function download(
  work: string,
  source: PackageSource,
  choice: DatabaseChoice | undefined,
  signal: AbortSignal | undefined,
): Promise<{ flavour: Flavour; version: string; packages: string[] }> {
  const downloads = join(work, 'downloads')
  await mkdir(downloads)
  const apt = await openApt(join(work, 'apt'), source, signal)
  const candidate = await apt.candidate(choice)
  if (!candidate) {
    const where = source.kind === 'suite' ? `Debian’s suite ${source.suite}` : 'the distribution'
    const offered = await apt.candidate(undefined)
    if (offered) throw new NotOffered(`${where} has ${offered.package} ${offered.version}`)
    throw new ServerFailed(`the package lists of ${where} have neither MySQL nor MariaDB`)
  }
  const { flavour, version } = candidate
  return { flavour, version, packages: await apt.download([candidate.package], downloads) }
}
