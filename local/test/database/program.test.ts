import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { hasApt } from '../../src/database/apt.ts'
import { openDatabase } from '../../src/database/database.ts'
import { howToGetOne } from '../../src/database/hint.ts'
import { environmentOf, installedPrograms, type ServerProgram } from '../../src/database/program.ts'
import { unpackedProgram } from '../../src/database/unpack.ts'

/** A server is unpacked only if apt exists and no server is installed. */
const whereUnpacked = (await hasApt()) && (await installedPrograms()).length === 0 ? it : it.skip

let directory: string
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'carryout-program-')))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function script(path: string, body: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
  return path
}

/** A server that runs on this machine: installed, else unpacked. */
async function anyProgram(): Promise<ServerProgram> {
  const [installed] = await installedPrograms()
  return installed ?? (await unpackedProgram({ stateDirectory: directory, choice: { flavour: 'mariadb' } }))!
}

describe('the server program', () => {
  it('is found once on the PATH however many names it has, MySQL before MariaDB', async () => {
    const bin = join(directory, 'bin')
    await script(join(bin, 'mysqld'), 'echo "mysqld  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)"')
    await script(join(bin, 'mariadbd'), 'echo "mariadbd  Ver 11.4.2-MariaDB for Linux on x86_64"')
    await symlink(join(bin, 'mariadbd'), join(directory, 'mysqld'))
    const found = (await installedPrograms([bin, directory, ''].join(delimiter))).filter(({ binary }) =>
      binary.startsWith(directory),
    )
    expect(found).toEqual([
      { binary: join(bin, 'mysqld'), version: '8.0.36', flavour: 'mysql' },
      { binary: join(bin, 'mariadbd'), version: '11.4.2-MariaDB', flavour: 'mariadb' },
    ])
  })

  it('is skipped if it does not run here', async () => {
    await script(join(directory, 'mariadbd'), 'echo "error while loading shared libraries" >&2; exit 127')
    await writeFile(join(directory, 'mysqld'), 'no program at all')
    const found = await installedPrograms(directory)
    expect(found.filter(({ binary }) => binary.startsWith(directory))).toEqual([])
  })

  it('is used from the PATH, and the next one is tried when it fails', async () => {
    const real = await anyProgram()
    const broken = await script(
      join(directory, 'a', 'mariadbd'),
      'case "$*" in *--version*) echo "mariadbd  Ver 1.2.3-MariaDB";; *) echo "[ERROR] Permission denied by AppArmor" >&2; exit 1;; esac',
    )
    await mkdir(join(directory, 'a', 'share'))
    const works = await script(
      join(directory, 'b', 'bin', real.flavour === 'mariadb' ? 'mariadbd' : 'mysqld'),
      `exec env LD_LIBRARY_PATH='${environmentOf(real).LD_LIBRARY_PATH ?? ''}' '${real.binary}' "$@"`,
    )
    await symlink(dirname(real.shareDirectory ?? '/usr/share/mysql'), join(directory, 'b', 'share'))
    const progress: string[] = []
    const database = await openDatabase({
      stateDirectory: join(directory, 'state'),
      database: 'shop',
      product: real.flavour,
      path: [dirname(broken), dirname(works)].join(delimiter),
      onProgress: (line) => progress.push(line),
    })
    await database.stop()
    expect(progress[0]).toBe('Making a database with 1.2.3-MariaDB')
    expect(progress[1]).toMatch(/^\S+\/a\/mariadbd (could not make its data directory: .*AppArmor|lacks the SQL files)/)
    expect(progress[2]).toMatch(/^Making a database with (MySQL )?\d/)
    expect(progress).toHaveLength(3)
  })
})

describe('the server of the distribution’s packages', () => {
  whereUnpacked('is unpacked without the machine’s package lists too, once for all state directories', async () => {
    const empty = join(directory, 'no-lists')
    await mkdir(join(empty, 'partial'), { recursive: true })
    const configuration = join(directory, 'apt.conf')
    await writeFile(configuration, `Dir::State::lists "${empty}";\n`)
    const before = process.env.APT_CONFIG
    process.env.APT_CONFIG = configuration // As in a fresh container: apt-get download knows no package.
    const progress: string[] = []
    const options = { cacheHome: join(directory, 'cache'), onProgress: (line: string) => progress.push(line) }
    try {
      const both = await Promise.all([
        unpackedProgram({ ...options, stateDirectory: join(directory, 'one') }),
        unpackedProgram({ ...options, stateDirectory: join(directory, 'two') }),
      ])
      expect(both[0]).toEqual(both[1])
      expect(both[0]?.binary.startsWith(join(directory, 'cache', 'carryout', 'mariadb-'))).toBe(true)
    } finally {
      if (before === undefined) delete process.env.APT_CONFIG
      else process.env.APT_CONFIG = before
    }
    expect(progress).toContain('The machine’s package lists do not suffice: fetching new ones, which takes a moment')
    const told = progress.length
    expect(await unpackedProgram({ ...options, stateDirectory: join(directory, 'three') })).toBeDefined()
    expect(progress).toHaveLength(told)
  })

  whereUnpacked('is unpacked into the state directory when there is no cache directory to write to', async () => {
    const file = join(directory, 'a-file')
    await writeFile(file, '')
    const stateDirectory = join(directory, 'state')
    const program = await unpackedProgram({ stateDirectory, cacheHome: file })
    expect(program?.binary.startsWith(join(stateDirectory, 'server', 'mariadb-'))).toBe(true)
  })
})

describe('without any server', () => {
  it.each([
    ['darwin', '', 'brew install mariadb'],
    ['linux', 'ID=ubuntu\nID_LIKE=debian', 'apt-get install mariadb-server-core'],
    ['linux', 'ID="rocky"\nID_LIKE="rhel centos fedora"', 'dnf install mariadb-server'],
    ['linux', 'ID=alpine', 'apk add mariadb'],
    ['win32', '', 'use WSL'],
    ['linux', '', 'of your distribution'],
  ] as const)('the message says what to install on %s %j', (platform, osRelease, command) => {
    const hint = howToGetOne('mariadb', platform, osRelease)
    expect(hint).toContain(command)
    expect(hint).toContain('docker run')
    expect(hint).toContain('DATABASE_URL=mysql://')
  })
})
