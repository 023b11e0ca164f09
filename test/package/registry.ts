/**
 * An npm registry on loopback that has nothing but what this checkout has: its own packages as they were packed, and what
 * the lock file names. Tarballs come from npm's cache, which `npm ci` has filled, or else are made of `node_modules`.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

interface Manifest {
  name: string
  version: string
  bundleDependencies?: unknown
  bundledDependencies?: unknown
  [field: string]: unknown
}
interface Source {
  manifest: Manifest
  /** A tarball, or a folder to make one of. */
  path: string
  isTarball: boolean
  integrity?: string | undefined
}

export interface Registry {
  url: string
  /** Names and versions whose tarballs were fetched. */
  served: string[]
  close(): Promise<void>
}

export async function startRegistry(tarballs: readonly string[]): Promise<Registry> {
  const sources = new Map<string, Source[]>()
  for (const source of [...installed(), ...tarballs.map(packed)]) {
    const { name } = source.manifest
    sources.set(name, [...(sources.get(name) ?? []), source])
  }
  const served: string[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://registry').pathname.slice(1))
    const [name = '', version] = path.split('/-/')
    const versions = sources.get(name)
    if (!versions) {
      // An optional package of another platform.
      response.writeHead(404).end('{}')
      return
    }
    if (version === undefined) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(packument(name, versions, `http://${request.headers.host}`)))
      return
    }
    const source = versions.find(({ manifest }) => `${manifest.version}.tgz` === version)
    if (source) served.push(`${name}/${source.manifest.version}`)
    if (!source) response.writeHead(404).end()
    else if (source.isTarball) createReadStream(source.path).pipe(response)
    else tarballOf(source).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    served,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function packument(name: string, versions: readonly Source[], origin: string) {
  return {
    name,
    'dist-tags': { latest: versions[0]!.manifest.version },
    versions: Object.fromEntries(
      versions.map(({ manifest, integrity }) => {
        // An installed package's scripts and devDependencies matter to nobody who installs it from here.
        const { devDependencies: _, ...published } = manifest
        const tarball = `${origin}/${name}/-/${manifest.version}.tgz`
        return [manifest.version, { ...published, dist: { tarball, ...(integrity && { integrity }) } }]
      }),
    ),
  }
}

/** Every package of the lock file that is there, whether hoisted or not; a version once. */
function installed(): Source[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { link?: boolean; inBundle?: boolean; integrity?: string }>
  }
  const seen = new Set<string>()
  return Object.entries(packages).flatMap(([place, { link, inBundle, integrity }]): Source[] => {
    const path = join(ROOT, place)
    if (!place.includes('node_modules/') || link || inBundle || !existsSync(join(path, 'package.json'))) return []
    const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest
    const id = `${manifest.name}@${manifest.version}`
    if (seen.has(id)) return []
    seen.add(id)
    const cached = integrity && inCache(integrity)
    return [cached ? { manifest, path: cached, isTarball: true, integrity } : { manifest, path, isTarball: false }]
  })
}

/** npm keeps what it downloads by its hash: https://github.com/npm/cacache */
function inCache(integrity: string): string | undefined {
  const [algorithm = '', base64 = ''] = integrity.split('-')
  const hash = Buffer.from(base64, 'base64').toString('hex')
  const cache = process.env.npm_config_cache ?? join(homedir(), '.npm')
  const path = join(cache, '_cacache', 'content-v2', algorithm, hash.slice(0, 2), hash.slice(2, 4), hash.slice(4))
  return existsSync(path) ? path : undefined
}

function packed(path: string): Source {
  const json = execFileSync('tar', ['-xzOf', path, 'package/package.json'], { encoding: 'utf8' })
  return { manifest: JSON.parse(json) as Manifest, path, isTarball: true }
}

function tarballOf({ manifest, path }: Source) {
  const bundles = manifest.bundleDependencies ?? manifest.bundledDependencies
  const without = bundles ? [] : ['--exclude=./node_modules']
  const tar = spawn('tar', ['-czf', '-', ...without, '--transform', 's,^\\.,package,', '-C', path, '.'], {
    env: { PATH: process.env.PATH, GZIP: '-1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return tar.stdout
}
