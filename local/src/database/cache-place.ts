/** Where unpacked programs are cached, and for which machine. */
import { access, constants, mkdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface CacheOptions {
  stateDirectory: string
  /** The user's cache directory; from the environment by default. */
  cacheHome?: string | undefined
}

/** Returns the cache directories: the user's, shared by all state directories, or else one in the state directory. */
export async function cachePlaces({ stateDirectory, cacheHome }: CacheOptions): Promise<string[]> {
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

/** Reads os-release(5). `forMachine` (`debian-12-x64`) and `unstable` distinguish unpacked servers. */
export async function release(): Promise<{ id: string; codename: string; forMachine: string; unstable: string }> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="?([A-Za-z0-9._-]+)`, 'm').exec(text)?.[1]
  const id = field('ID') ?? process.platform
  return {
    id,
    codename: field('VERSION_CODENAME') ?? '',
    forMachine: [id, field('VERSION_ID') ?? 'rolling', process.arch].join('-'),
    unstable: `debian-unstable-${process.arch}`,
  }
}
