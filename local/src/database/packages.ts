/** Unpacks and verifies the distribution's programs and libraries other than servers, in the same way as a server. */
import { hash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { extract, hasApt, openApt } from './apt.ts'
import { type CacheOptions, cachePlaces, release } from './cache-place.ts'
import { messageOf, ServerFailed } from './errors.ts'
import { isIntact, seal } from './unpacked.ts'

export interface PackageOptions extends CacheOptions {
  /** Directories of the packages to keep, such as `usr/bin`. */
  keep: readonly string[]
  onProgress?: ((line: string) => void) | undefined
  signal?: AbortSignal | undefined
}

/**
 * Returns a directory with the packages and their missing dependencies, from the cache or downloaded from the machine's
 * own release; null without apt.
 *
 * @throws ServerFailed if the release has no such package, or it cannot be downloaded
 */
export async function unpackedPackages(names: readonly string[], options: PackageOptions): Promise<string | null> {
  const { keep, onProgress, signal } = options
  const { forMachine } = await release()
  const key = hash('sha256', JSON.stringify([names, keep])).slice(0, 8)
  const directory = `${names[0]}-${forMachine}-${key}`
  const places = await cachePlaces(options)
  for (const place of places) if (await isIntact(join(place, directory))) return join(place, directory)
  if (!(await hasApt())) return null
  onProgress?.(`Unpacking ${names.join(', ')} without installing anything`)
  const target = join(places[0]!, directory)
  await mkdir(places[0]!, { recursive: true })
  const temporary = await mkdtemp(join(places[0]!, 'unpacking-'))
  try {
    const root = await unpack(names, temporary, signal)
    await seal(root, keep)
    await rm(target, { recursive: true, force: true })
    await rename(root, target)
    return target
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Uses the machine's own package lists, or else new ones: those of a container image may be empty or old. */
async function unpack(names: readonly string[], temporary: string, signal?: AbortSignal): Promise<string> {
  const failures: string[] = []
  for (const freshLists of [false, true]) {
    const work = await mkdtemp(join(temporary, 'source-'))
    const [root, downloads] = [join(work, 'root'), join(work, 'downloads')]
    await mkdir(root, { mode: 0o755 })
    await mkdir(downloads)
    try {
      const apt = await openApt(join(work, 'apt'), { kind: 'machine', freshLists }, signal)
      await extract(await apt.download(names, downloads), root, signal)
      return root
    } catch (error) {
      if (!(error instanceof ServerFailed)) throw error
      failures.push(messageOf(error))
    }
  }
  throw new ServerFailed([...new Set(failures)].join('; '))
}
