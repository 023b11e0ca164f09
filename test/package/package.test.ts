/** The published packages: packed, checked as npm and TypeScript see them, and installed into other apps. */
import { execFile, spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ESM, FILE, REQUIRED, TYPESCRIPT } from './library.ts'
import { installOthers, LOWEST_CDK, nodeIn, OTHER_NODES } from './others.ts'
import { pack } from './packed.ts'
import { type Registry, startRegistry } from './registry.ts'
import { localAws, Stranger, versionsOf } from './stranger.ts'
import { copyInto } from './third-parties.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Installing third parties is the longest of it. */
const SETUP_MILLIS = 600_000
const run = promisify(execFile)

let directory: string
let tarballs: string[]
let registry: Registry
let typescript: Stranger
let esm: Stranger
/** Reports of publint and attw, which run while third-party packages are installed. */
let linted: Promise<string[]>
/** Directory of the oldest supported CDK and of other Node versions. */
let others: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-stranger-'))
  tarballs = await pack(join(directory, 'tarballs'))
  linted = Promise.all(tarballs.map(lint))
  linted.catch(() => undefined)
  others = await installOthers()
  registry = await startRegistry(tarballs)
  typescript = new Stranger(join(directory, 'typescript/library'), registry.url)
  await typescript.cdkInit()
  typescript.write({ ...TYPESCRIPT, ...REQUIRED })
  await typescript.install('carryout', 'cdk-nag')
  esm = new Stranger(join(directory, 'esm/library'), registry.url)
  esm.write({ 'package.json': JSON.stringify({ name: 'library', type: 'module' }), ...ESM })
}, SETUP_MILLIS)
afterAll(async () => {
  await registry?.close()
  // Deleting a hundred thousand files takes minutes on some disks, so the test does not wait for it.
  spawn('rm', ['-rf', directory], { detached: true, stdio: 'ignore' }).unref()
})

describe('the published packages', () => {
  test('are three', () => {
    const names = tarballs.map((path) => /([^/]+?)-\d[^/]*$/.exec(path)?.[1])
    expect(names).toEqual(['carryout-client', 'carryout-local', 'carryout'])
  })

  test('have a README, a licence, and compiled code with declarations and source maps, but no test or benchmark', async () => {
    for (const tarball of tarballs) {
      const files = (await run('tar', ['-tzf', tarball])).stdout.trim().split('\n')
      expect(files).toEqual(expect.arrayContaining(['package/README.md', 'package/LICENSE', 'package/package.json']))
      expect(files.filter((file) => /\.ts$/.test(file) && !/\.d\.ts$/.test(file))).toEqual([])
      expect(files.filter((file) => /\/(test|bench|pack|shop|exports|node_modules)\//.test(file))).toEqual([])
      const code = files.filter((file) => file.endsWith('.js'))
      expect(code.length).toBeGreaterThan(5)
      const lacking = code.filter(
        (file) => !files.includes(`${file}.map`) || !files.includes(file.replace(/js$/, 'd.ts')),
      )
      expect(lacking).toEqual([])
    }
  })

  test('contain nothing about work on the repository, and every entry point is compiled code', async () => {
    for (const tarball of tarballs) {
      const manifest = JSON.parse((await run('tar', ['-xzOf', tarball, 'package/package.json'])).stdout)
      for (const field of ['private', 'scripts', 'workspaces', 'devDependencies', 'allowScripts']) {
        expect(manifest).not.toHaveProperty(field)
      }
      expect(JSON.stringify([manifest.exports, manifest.bin])).not.toMatch(/[^d]\.ts"/)
      expect(manifest.engines.node).toBeDefined()
    }
  })

  test('pass publint and Are the types wrong?', async () => {
    expect(await linted).toEqual(tarballs.map(() => expect.stringContaining('All good!')))
  })
})

describe('an app of cdk init', () => {
  test('has Carryout from the registry, not by path', () => {
    const ours = registry.served.filter((file) => /carryout/.test(file)).sort()
    expect(ours).toEqual(['@carryout/client/0.1.0', '@carryout/local/0.1.0', 'carryout/0.1.0'])
    expect(typescript.read('package-lock.json')).not.toContain(ROOT)
  })

  test('synthesizes without a finding of cdk-nag or CloudFormation, and its export becomes a file on the laptop', async () => {
    await expectFile(typescript, { CDK_VALIDATION: 'true' })
  }, 300_000)
})

describe('an app of plain ES modules', () => {
  beforeAll(async () => {
    // The same packages as in the other app, except for the CDK, which is the oldest supported version.
    copyInto(esm.folder, [join(typescript.folder, 'node_modules')])
    const modules = join(esm.folder, 'node_modules')
    for (const name of Object.keys(LOWEST_CDK)) rmSync(join(modules, name), { recursive: true })
    copyInto(
      modules,
      Object.keys(LOWEST_CDK).map((name) => join(others, name)),
    )
  }, SETUP_MILLIS)

  test('does the same with the lowest CDK that is allowed', async () => {
    const { peerDependencies } = JSON.parse(esm.read('node_modules/carryout/package.json'))
    expect(peerDependencies).toEqual({
      'aws-cdk-lib': `^${LOWEST_CDK['aws-cdk-lib']}`,
      constructs: `^${LOWEST_CDK.constructs}`,
    })
    expect(JSON.parse(esm.read('node_modules/aws-cdk-lib/package.json')).version).toBe(LOWEST_CDK['aws-cdk-lib'])
    await expectFile(esm)
  }, 300_000)
})

describe('the quick start', () => {
  const guide = readFileSync(join(ROOT, 'docs/quick-start.md'), 'utf8')
  const blocks = [...guide.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!.trim().split('\n'))

  test('produces a first file with its own commands, uses an edited export immediately, and tries one without a cloud', async () => {
    const [first = [], second = [], own = []] = blocks
    const app = new Stranger(join(directory, 'empty/downloads'), registry.url)
    copyInto(app.folder, [join(typescript.folder, 'node_modules')])
    const [install, ...commands] = first
    expect(install).toBe('npm install carryout')
    await app.run('sh', ['-c', install!])
    const began = performance.now()
    for (const command of commands.slice(0, -1)) await app.run('sh', ['-c', command])
    const local = await app.startLocal(first.at(-1)!.replace('npx carryout local ', '').split(' '))
    try {
      await app.run('sh', ['-c', second[0]!])
      expect(second).toHaveLength(1)
      const seconds = (performance.now() - began) / 1000
      console.log(
        `After the installation, ${commands.length + 1} commands gave the first file in ${seconds.toFixed(1)} s.`,
      )
      // On a busy machine others have a share of the processors.
      expect(seconds / Math.max(1, loadavg()[0]! / availableParallelism())).toBeLessThan(60)
      expect(app.read('orders.csv')).toMatch(
        /^Order no\.,Ordered at,Customer,Amount\r\n1,2026-01-01 17:20:00,Customer 1,7\.50\r\n/,
      )
      app.write({ 'exports/orders.ts': app.read('exports/orders.ts').replace("'Order no.'", "'No.'") })
      await local.says('exports/index.ts has changed and will be used by the next request.')
      await app.run('sh', ['-c', second[0]!])
      expect(app.read('orders.csv')).toMatch(/^No\.,Ordered at,/)
      const { port, admin } = JSON.parse(app.read('.carryout/database/server.json'))
      const url = `mysql://${admin.username}:${encodeURIComponent(admin.password)}@127.0.0.1:${port}/shop`
      const other = new Stranger(join(directory, 'own/downloads'), registry.url)
      await run('ln', ['-s', join(app.folder, 'node_modules'), join(other.folder, 'node_modules')])
      expect(own[0]).toBe('export DATABASE_URL=mysql://user:password@127.0.0.1:3306/shop')
      for (const command of own.slice(1)) await other.run('sh', ['-c', command], { DATABASE_URL: url })
      expect(other.read('orders.csv').split('\r\n')).toHaveLength(1_002)
    } finally {
      await local.stop()
    }
  }, 300_000)

  test('shows the command’s help within 150 ms of processor time in addition to Node’s own start', async () => {
    const millis = async (...args: string[]) => {
      const script = `const { spawnSync } = require('node:child_process')
        const times = () => require('node:fs').readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')
        const spent = () => Number(times()[13]) + Number(times()[14])
        const runs = Array.from({ length: 5 }, () => { const before = spent(); spawnSync(process.execPath, ${JSON.stringify(args)}); return (spent() - before) * 10 })
        console.log(Math.min(...runs))`
      return Number((await typescript.run(process.execPath, ['-e', script])).stdout)
    }
    const [node, help] = [await millis('-e', '0'), await millis('node_modules/carryout/cli/carryout.js', '--help')]
    console.log(`carryout --help takes ${help} ms of processor time, of which Node itself has ${node}.`)
    expect(help - node).toBeLessThan(150)
  })

  test('has the same commands in Japanese', () => {
    const japanese = readFileSync(join(ROOT, 'docs/quick-start.ja.md'), 'utf8')
    expect([...japanese.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!.trim().split('\n'))).toEqual(blocks)
  })
})

describe.each([...OTHER_NODES, versionsOf(['node']).node!])('on Node %s', (version) => {
  const isThere = version === process.versions.node || (process.platform === 'linux' && process.arch === 'x64')
  const testThere = isThere ? test : test.skip
  testThere(
    'a CommonJS app can require and synthesize the construct',
    async () => {
      const binary = version === process.versions.node ? process.execPath : nodeIn(others, version)
      const { stdout } = await typescript.run(binary, ['required.cjs', `required-${version}.out`], {
        CDK_VALIDATION: 'false',
      })
      expect(stdout.trim()).toBe(`${version} function function function`)
      const assets = globSync('asset.*/index.mjs', { cwd: join(typescript.folder, `required-${version}.out`) })
      expect(assets.length).toBeGreaterThan(7)
    },
    300_000,
  )
})

/** @returns what publint says; rejects where attw finds something */
async function lint(tarball: string): Promise<string> {
  const bin = (name: string) => join(ROOT, 'node_modules/.bin', name)
  const { stdout } = await run(bin('publint'), ['--strict', tarball])
  await run(bin('attw'), [tarball, '--profile', 'esm-only', '--no-emoji', '--no-color'])
  return stdout
}

/** Boots the app, requests its export, and compares the file. */
async function expectFile(app: Stranger, environment: NodeJS.ProcessEnv = {}) {
  const local = await app.startLocal(['--seed', 'seed.sql'], environment)
  try {
    const report = JSON.parse(app.read('.carryout/assembly/validation-report.json')) as { pluginReports: unknown[] }
    expect(report.pluginReports).toEqual([])
    const aws = localAws(local)
    const request = ['books', '--id', 'first', '--params', '{"since":1930}', '--requested-by', 'reader@example.com']
    await app.carryout(['request', ...request, '--stack', 'Library', '--wait'], aws)
    await app.carryout(['download', 'first', '--stack', 'Library', '--output', 'books.csv'], aws)
    expect(app.read('books.csv')).toBe(FILE)
  } finally {
    await local.stop()
  }
}
