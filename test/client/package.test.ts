/** Packages that are installed with `@carryout/client`, according to the lock file. */
import { globSync, lstatSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const MEGABYTE = 1_000_000

interface Locked {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}
const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>
}

const tree = treeOf('client')

test('the tree has no database driver, no CDK, no schema library, and only the AWS clients that everybody needs', () => {
  const names = tree.map((path) => path.split('node_modules/').at(-1)!)
  expect(names.filter((name) => name.startsWith('@aws-sdk/client-')).sort()).toEqual([
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-sfn',
    '@aws-sdk/client-sqs',
  ])
  expect(
    names
      .filter((name) => !/^@(aws|aws-sdk|smithy)\//.test(name))
      .filter((name) => !['bowser', 'mnemonist', 'obliterator', 'tslib'].includes(name)),
  ).toEqual([])
})

test('the tree takes less than 35 MB on the disk', () => {
  const megabytes = tree.reduce((sum, path) => sum + diskUsage(join(ROOT, path)), 0) / MEGABYTE
  expect(megabytes).toBeGreaterThan(5)
  expect(megabytes).toBeLessThan(35)
})

test('every import of the client is among its dependencies', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'client/package.json'), 'utf8')) as {
    dependencies: Record<string, string>
    peerDependencies: Record<string, string>
  }
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  const { packages: used, files } = reachable(['client/index.ts', 'client/logs.ts', 'client/web/index.ts'])
  expect(used.filter((name) => !declared.includes(name))).toEqual([])
  expect(declared.filter((name) => !used.includes(name))).toEqual([])
  expect(files.filter((file) => !/^(client|statemachine)\//.test(file))).toEqual([])
})

test('the main entry point loads no optional peer', () => {
  const { packages: used } = reachable(['client/index.ts', 'client/web/index.ts'], { dynamic: false })
  expect(used.sort()).toEqual([
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-sfn',
    '@aws-sdk/client-sqs',
    '@aws-sdk/s3-request-presigner',
  ])
})

/** The folders of all packages that a package needs at run time, its own left out. */
function treeOf(root: string): string[] {
  const found = new Set<string>()
  const visit = (path: string) => {
    const { dependencies = {}, optionalDependencies = {} } = packages[path]!
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const place = placeOf(path, name)
      if (place === undefined || found.has(place)) continue
      found.add(place)
      visit(place)
    }
  }
  visit(root)
  return [...found]
}

/** Resolves a package like Node, from the folder of another one. */
function placeOf(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name)
    if (path in packages) return path
    if (folder === '.' || folder === '') return undefined
  }
}

/** In the blocks of the file system, as `du` counts. */
function diskUsage(folder: string): number {
  const files = globSync('**/*', { cwd: folder, exclude: ['node_modules/**'] })
  return files.reduce((sum, file) => sum + lstatSync(join(folder, file)).blocks * 512, 0)
}

function reachable(entries: string[], { dynamic = true } = {}) {
  const IMPORT = /(?:^|\n)\s*(?:import|export)\b(?!\s+type\b)[^'"]*?from\s*['"]([^'"]+)['"]/g
  const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g
  const files = new Set<string>()
  const used = new Set<string>()
  const visit = (file: string) => {
    if (files.has(file)) return
    files.add(file)
    const source = readFileSync(join(ROOT, file), 'utf8')
    for (const [, specifier] of [...source.matchAll(IMPORT), ...(dynamic ? source.matchAll(DYNAMIC) : [])]) {
      if (specifier!.startsWith('.')) visit(relative(ROOT, join(ROOT, dirname(file), specifier!)))
      else if (!specifier!.startsWith('node:')) used.add(specifier!)
    }
  }
  for (const entry of entries) visit(entry)
  return { files: [...files], packages: [...used] }
}
