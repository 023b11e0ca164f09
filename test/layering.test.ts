/** Checks which folder may import which. Benchmarks and tests may import anything. */
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

/** Folders that each folder may import in addition to itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  statemachine: [],
  engine: ['statemachine'],
  functions: ['engine', 'statemachine'],
  exports: ['engine'],
  client: ['statemachine'],
  // The developers' commands load the laptop only when they run: by import(), through its door.
  cli: ['client', 'console', 'statemachine', 'laptop', 'terminal'],
  console: ['client', 'statemachine'],
  cdk: ['functions', 'statemachine'],
  local: [],
  laptop: [
    'local',
    'console',
    'client',
    'cdk',
    'functions',
    'engine',
    'examples',
    'exports',
    'statemachine',
    'terminal',
  ],
  examples: ['client', 'console'],
  terminal: [],
  pack: ['cdk', 'terminal'],
}
const CLIENT = ['client/index.ts', 'client/logs.ts', 'client/operator.ts', 'client/web/index.ts']
/** The only files of a folder that other folders may import. */
const DOORS: Record<string, Record<string, readonly string[]>> = {
  cdk: { functions: ['functions/common/environment.ts'] },
  cli: {
    client: CLIENT,
    console: ['console/console.ts', 'console/serve.ts'],
    laptop: ['laptop/local.ts', 'laptop/try.ts', 'laptop/init.ts'],
  },
  exports: { engine: ['engine/index.ts'] },
  console: { client: CLIENT },
  examples: { client: [...CLIENT, 'client/element/index.ts'] },
  laptop: { client: CLIENT, examples: ['examples/shop/serve.ts'], local: ['local/src/index.ts'] },
}
/** Files in which the engine may import an AWS service. */
const AWS_IN_THE_ENGINE = /^engine\/(sources|stores)\//

/** `import … from`, `export … from`, `import '…'` and `import('…')`. */
const IMPORT =
  /(?:^|\n)\s*(?:(?:import|export)\b[^'"]*?from|import)\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g
/** Every folder of the repository, so that an import of one that the table does not name is refused as well. */
const FOLDERS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const PACKAGES: Record<string, string> = {
  carryout: 'engine/index.ts',
  'carryout/cdk': 'cdk/index.ts',
  'carryout/console': 'console/console.ts',
  '@carryout/client': 'client/index.ts',
  '@carryout/client/element': 'client/element/index.ts',
  '@carryout/client/logs': 'client/logs.ts',
  '@carryout/client/operator': 'client/operator.ts',
  '@carryout/client/web': 'client/web/index.ts',
  '@carryout/local': 'local/src/index.ts',
}

interface Import {
  from: string
  to: string
}

const imports = Object.keys(MAY_IMPORT)
  .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT, exclude: ['**/node_modules/**', 'local/test/**'] }))
  .flatMap((from): Import[] =>
    specifiersIn(readFileSync(join(ROOT, from), 'utf8')).map((specifier) => ({ from, to: targetOf(from, specifier) })),
  )

test('every folder of the product is checked', () => {
  for (const folder of Object.keys(MAY_IMPORT)) {
    expect(imports.some(({ from }) => from.startsWith(`${folder}/`)) || folder === 'statemachine').toBe(true)
  }
})

test('imports only point down', () => {
  expect(imports.filter(isUpward).map(sentence)).toEqual([])
})

test.each(['pack/stage.ts', 'bench/memory.ts', 'test/support/cloud.ts', 'laptop/local.ts'])(
  'the product must not import %s',
  (to) => {
    expect(isUpward({ from: 'engine/prepare.ts', to })).toBe(true)
  },
)

test.each([
  ["import { a } from './a.ts'", ['./a.ts']],
  ["import type { A } from './a.ts'\nimport './b.ts'", ['./a.ts', './b.ts']],
  ["export * from './a.ts'", ['./a.ts']],
  ["const { a } = await import('./a.ts')", ['./a.ts']],
  ["import {\n  a,\n  b,\n} from './a.ts'", ['./a.ts']],
])('%j is read as an import', (source, expected) => {
  expect(specifiersIn(source)).toEqual(expected)
})

test('no folder imports in a circle', () => {
  const left = new Set(Object.keys(MAY_IMPORT))
  const isFree = (folder: string) => ![...left].some((other) => MAY_IMPORT[other]?.includes(folder))
  // Takes away what nothing imports any more; a circle remains.
  while ([...left].some(isFree)) for (const folder of left) if (isFree(folder)) left.delete(folder)
  expect([...left]).toEqual([])
})

test('a folder with an entry point is imported only through it', () => {
  const around = imports.filter(({ from, to }) => {
    const doors = DOORS[folderOf(from)]?.[folderOf(to)]
    return doors !== undefined && !doors.includes(to)
  })
  expect(around.map(sentence)).toEqual([])
})

test('the engine uses AWS only in its sources and stores', () => {
  const elsewhere = imports.filter(
    ({ from, to }) => from.startsWith('engine/') && to.startsWith('@aws-sdk/') && !AWS_IN_THE_ENGINE.test(from),
  )
  expect(elsewhere.map(sentence)).toEqual([])
})

function specifiersIn(source: string): string[] {
  return [...source.matchAll(IMPORT)].map(([, specifier, dynamic]) => (specifier ?? dynamic) as string)
}

function isUpward({ from, to }: Import): boolean {
  const own = folderOf(from)
  const other = folderOf(to)
  return FOLDERS.includes(other) && other !== own && !MAY_IMPORT[own]?.includes(other)
}

function targetOf(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return PACKAGES[specifier] ?? specifier
  return relative(ROOT, join(ROOT, dirname(from), specifier))
}

function folderOf(path: string): string {
  return path.split('/')[0] as string
}

function sentence({ from, to }: Import): string {
  return `${from} must not import ${to}`
}
