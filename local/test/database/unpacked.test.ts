/** Unpacked servers, here scripts that only tell their version: which is chosen, and that a changed one is never run. */
import { appendFile, chmod, mkdir, mkdtemp, readdir, realpath, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasApt, openApt } from '../../src/database/apt.ts'
import { debianUnstable } from '../../src/database/package-source.ts'
import { cachedProgram } from '../../src/database/unpack.ts'
import { isIntact, seal } from '../../src/database/unpacked.ts'

const UNSTABLE = `debian-unstable-${process.arch}`
const withApt = (await hasApt()) ? it : it.skip

let directory: string
let cache: string
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'carryout-unpacked-')))
  cache = join(directory, 'cache', 'carryout')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** @returns its directory */
async function givenUnpacked(name: string, version: string): Promise<string> {
  const root = join(cache, name)
  const product = name.startsWith('mysql') ? 'mysqld' : 'mariadbd'
  for (const path of ['usr/sbin', 'usr/lib', 'usr/share/doc', 'etc']) await mkdir(join(root, path), { recursive: true })
  await chmod(root, 0o755)
  const binary = join(root, 'usr/sbin', product)
  const suffix = product === 'mariadbd' ? '-MariaDB' : ''
  await writeFile(binary, `#!/bin/sh\necho "${product}  Ver ${version}${suffix} for Linux"\n`)
  await chmod(binary, 0o755)
  await writeFile(join(root, 'usr/lib/libone.txt'), 'one')
  await symlink('libone.txt', join(root, 'usr/lib/link'))
  await writeFile(join(root, 'usr/share/doc/copyright'), 'text')
  await seal(root)
  return root
}

const find = (choice?: Parameters<typeof cachedProgram>[0]['choice'], onProgress?: (line: string) => void) =>
  cachedProgram({ stateDirectory: join(directory, 'state'), cacheHome: join(directory, 'cache'), choice, onProgress })

describe('an unpacked server', () => {
  it('keeps only what it needs to run', async () => {
    const root = await givenUnpacked(`mysql-${UNSTABLE}-9.7.4`, '9.7.4')
    const left = (await readdir(root, { recursive: true })).filter((path) => !path.startsWith('usr/lib')).sort()
    expect(left).toEqual(['carryout-manifest.json', 'usr', 'usr/sbin', 'usr/sbin/mysqld', 'usr/share'])
  })

  it.each<[string, (root: string) => Promise<unknown>]>([
    ['a file has another byte', (root) => appendFile(join(root, 'usr/lib/libone.txt'), '!')],
    ['a file is gone', (root) => unlink(join(root, 'usr/lib/libone.txt'))],
    ['a file is new', (root) => writeFile(join(root, 'usr/lib/libtwo.txt'), '')],
    [
      'a link leads elsewhere',
      async (root) => {
        await unlink(join(root, 'usr/lib/link'))
        await symlink('/etc/hostname', join(root, 'usr/lib/link'))
      },
    ],
    ['the manifest is gone', (root) => unlink(join(root, 'carryout-manifest.json'))],
    ['others may write into it', (root) => chmod(root, 0o777)],
  ])('is removed and not run if %s', async (_what, change) => {
    const name = `mysql-${UNSTABLE}-9.7.4`
    const root = await givenUnpacked(name, '9.7.4')
    expect(await isIntact(root)).toBe(true)
    expect((await find())?.version).toBe('9.7.4')
    await change(root)
    const progress: string[] = []
    expect(await find(undefined, (line) => progress.push(line))).toBeUndefined()
    expect(progress).toEqual([`The files in ${root} are no longer as they were unpacked: removing them`])
    expect(await readdir(cache)).not.toContain(name)
  })

  it('is found by product and version, the newest first', async () => {
    await givenUnpacked(`mysql-${UNSTABLE}-9.7.4`, '9.7.4')
    await givenUnpacked(`mysql-${UNSTABLE}-9.10.0`, '9.10.0')
    await givenUnpacked(`mariadb-${UNSTABLE}-11.8.9`, '11.8.9')
    expect((await find({ flavour: 'mysql' }))?.version).toBe('9.10.0')
    expect((await find({ flavour: 'mysql', version: '9.7' }))?.version).toBe('9.7.4')
    expect(await find({ flavour: 'mysql', version: '8' })).toBeUndefined()
    expect((await find({ flavour: 'mariadb', version: '11' }))?.version).toBe('11.8.9-MariaDB')
    // Without a version, only the version of the release would do, and it was not unpacked.
    expect(await find({ flavour: 'mariadb' })).toBeUndefined()
  })
})

describe('Debian’s unstable suite', () => {
  const lists = async (sources: string) => {
    await writeFile(join(directory, 'given.sources'), sources)
    const configuration = join(directory, 'apt.conf')
    const text = `Dir::Etc::sourcelist "${join(directory, 'given.sources')}";\nDir::Etc::sourceparts "/dev/null";\n`
    await writeFile(configuration, text)
    return configuration
  }

  withApt('is taken from the mirror that the machine has its release from', async () => {
    const before = process.env.APT_CONFIG
    process.env.APT_CONFIG = await lists(
      'Types: deb\nURIs: http://security.example/debian-security\nSuites: bookworm-security\nComponents: main\n\n' +
        'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n',
    )
    try {
      const found = await debianUnstable({ id: 'debian', codename: 'bookworm' })
      // The keyring is Debian's own; on Ubuntu it may be missing.
      if (found) expect(found).toMatchObject({ mirror: 'http://mirror.example/debian/', suite: 'unstable' })
      expect(await debianUnstable({ id: 'ubuntu', codename: 'noble' })).toBeUndefined()
    } finally {
      if (before === undefined) delete process.env.APT_CONFIG
      else process.env.APT_CONFIG = before
    }
  })

  withApt('is refused where its lists are not signed, whatever the machine’s configuration permits', async () => {
    const mirror = join(directory, 'mirror')
    await mkdir(join(mirror, 'dists/unstable/main/binary-amd64'), { recursive: true })
    await writeFile(join(mirror, 'dists/unstable/Release'), 'Suite: unstable\nComponents: main\nArchitectures: amd64\n')
    await writeFile(join(mirror, 'dists/unstable/main/binary-amd64/Packages'), '')
    const keyring = join(directory, 'keyring.gpg')
    await writeFile(keyring, '')
    const before = process.env.APT_CONFIG
    const configuration = join(directory, 'lax.conf')
    await writeFile(
      configuration,
      'Acquire::AllowInsecureRepositories "true";\nAPT::Get::AllowUnauthenticated "true";\n',
    )
    process.env.APT_CONFIG = configuration
    try {
      const source = { kind: 'suite', mirror: `file:${mirror}`, suite: 'unstable', keyring } as const
      await expect(openApt(join(directory, 'apt'), source)).rejects.toThrow(
        /^apt-get could not fetch the package lists: E: .*not signed/,
      )
    } finally {
      if (before === undefined) delete process.env.APT_CONFIG
      else process.env.APT_CONFIG = before
    }
  })
})
