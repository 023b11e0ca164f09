/** The output of `carryout init` compiles and runs with any names of tables, columns and database. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundleAll } from '../../../cdk/bundling/bundle.ts'
import { exportOf } from '../../../laptop/init/export-source.ts'
import { appFiles, catalogueFiles, stackLines } from '../../../laptop/init/files.ts'
import { namesOfExports, packageName } from '../../../laptop/init/names.ts'

const ROOT = join(import.meta.dirname, '../../..')

const TABLES = [
  'orders',
  'index',
  'index-export',
  'catalogue',
  'sql',
  'sql-export',
  'z',
  'define-export',
  'define_catalogue',
  'Define Export',
  'class',
  'await',
  'eval',
  'arguments',
  'undefined',
  'exports',
  'require',
  'module',
  'string',
  'constructor',
  '__proto__',
  'con',
  'Order Items',
  'order_items',
  'order items 2',
  '受注',
  '顧客',
  '2024',
  "o'brien",
  '"quoted"',
  'back`tick',
  '$' + '{process.exit(1)}',
  'back\\slash',
  'line\r\nbreak',
  '*/ comment',
  '1'.repeat(64),
  `${'x'.repeat(63)}a`,
  `${'x'.repeat(63)}á`,
]
/** The names as columns of a table; the first one is its key. */
const COLUMNS = [
  '2024',
  'column_2024',
  '0',
  '__proto__',
  'toString',
  ...TABLES.filter((name) => !/^(2024|__proto__)$/.test(name)),
]

const titleOf = (name: string) => {
  const words = name.replaceAll(/[_\s]+/g, ' ').trim()
  return words[0]!.toUpperCase() + words.slice(1)
}

interface Read {
  name: string
  key: string
  columns: Record<string, { heading: string }>
  query: string
}

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'carryout-generated-'))
  mkdirSync(join(home, 'node_modules'))
  symlinkSync(ROOT, join(home, 'node_modules/carryout'))
  symlinkSync(join(ROOT, 'node_modules/@types'), join(home, 'node_modules/@types'))
})
afterAll(() => rmSync(home, { recursive: true }))

/** Writes an app for each table. @returns the catalogues' files, in the order of the tables */
function givenApps(): string[] {
  const names = namesOfExports(TABLES)
  return TABLES.map((table, at) => {
    const chosen = { name: table, rows: 1, primaryKey: [COLUMNS[0]!], columns: COLUMNS, reserved: undefined }
    const folder = join(home, `app-${at}`)
    const files = Object.entries(catalogueFiles(exportOf(chosen, names.get(table)!)))
    expect(files.map(([path]) => path.toLowerCase())).toEqual([
      expect.stringMatching(/^exports\/(?!index\.ts)[a-z][a-z0-9-]{0,63}\.ts$/),
      'exports/index.ts',
    ])
    for (const [path, text] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return join(folder, 'exports/index.ts')
  })
}

test('the exports of hostile tables compile, and read all columns under usable names', () => {
  const catalogues = givenApps()
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2024',
    skipLibCheck: true,
    types: ['node'],
    allowImportingTsExtensions: true,
  }
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['app-*/**/*'] }))
  const tsc = () => execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', home], { cwd: home, encoding: 'utf8' })
  expect(errorsOf(tsc)).toBe('')

  const read: Read[] = evaluate(catalogues)
  expect(new Set(read.map(({ name }) => name)).size).toBe(TABLES.length)
  const [year, ...others] = COLUMNS
  expect(read[0]!.key).toBe('column_2024_')
  expect(read[0]!.query).toContain(`SELECT \`${year}\` AS \`column_2024_\`, \`column_2024\`, \`0\` AS \`column_0\`, `)
  for (const [at, { columns, query }] of read.entries()) {
    expect(Object.values(columns).map(({ heading }) => heading)).toEqual(
      [year, ...others].map((name) => titleOf(name!)),
    )
    expect(query.endsWith(`FROM \`${TABLES[at]!.replaceAll('`', '``')}\``)).toBe(true)
    for (const column of COLUMNS) expect(query).toContain(`\`${column.replaceAll('`', '``')}\``)
  }
})

test('no two tables give the same file or the same constant, and each keeps its name whichever others there are', () => {
  const names = namesOfExports(TABLES)
  const unique = (values: string[]) => new Set(values.map((value) => value.toLowerCase())).size
  expect(unique([...names.values()].map(({ name }) => name))).toBe(TABLES.length)
  expect(unique([...names.values()].map(({ constant }) => constant))).toBe(TABLES.length)
  expect(namesOfExports(['Orders', 'orders', 'orders_2']).get('orders')).toEqual({
    name: 'orders-3',
    constant: 'orders3',
  })
  expect(names.get('orders')).toEqual({ name: 'orders', constant: 'orders' })
  expect(names.get('sql')).toEqual({ name: 'sql', constant: 'sqlExport' })
})

test.each(["o'brien", '$' + '{name}', 'back\\slash', 'line\nbreak', '"'])(
  'the database %j has its name in the app and in the lines to paste',
  (schema) => {
    const app = appFiles(schema)['app.mts']!
    expect(databaseOf(app)).toBe(schema)
    expect(databaseOf(stackLines(schema).join('\n'))).toBe(schema)
  },
)

test.each([
  ['carryout', 'carryout-app'],
  ['aws-cdk-lib', 'aws-cdk-lib-app'],
  ['My App!', 'my-app'],
  ['受注', 'downloads'],
])('the package of the folder %j is called %s', (folder, name) => {
  expect(packageName(folder)).toBe(name)
})

/** Runs the code. @returns the name that the construct is given */
function databaseOf(code: string): string {
  const lines = code.replaceAll(/^import .*$/gm, '').replaceAll('secret!', 'secret')
  let name = ''
  class Carryout {
    constructor(_scope: unknown, _id: string, props: { database: { name: string } }) {
      name = props.database.name
    }
  }
  // For everything else in the code: can be called, constructed and read.
  const anything: unknown = new Proxy(class {}, {
    get: () => anything,
    apply: () => anything,
    construct: () => anything as object,
  })
  const names = ['App', 'Stack', 'Vpc', 'Secret', 'db', ...(code.includes('const vpc') ? [] : ['vpc'])]
  new Function('Carryout', ...names, lines)(Carryout, ...names.map(() => anything))
  return name
}

function errorsOf(run: () => unknown): string {
  try {
    run()
    return ''
  } catch (error) {
    const { stdout, message } = error as Error & { stdout?: string }
    return stdout || message
  }
}

/** Evaluates the catalogues in a process of their own. */
function evaluate(catalogues: string[]): Read[] {
  const outdir = join(home, 'bundle')
  const code = [
    ...catalogues.map((file, at) => `import { catalogue as c${at} } from ${JSON.stringify(file)}`),
    `const all = [${catalogues.map((_, at) => `c${at}`).join(', ')}]`,
    'console.log(JSON.stringify(all.map(({ names: [name], get }) => {',
    '  const { key, columns, query } = get(name)',
    '  return { name, key, columns, query: query({}).sql }',
    '})))',
  ]
  bundleAll({ root: home, bundlings: [{ code, outdir }] })
  return JSON.parse(execFileSync(process.execPath, [join(outdir, 'index.mjs')], { encoding: 'utf8' })) as Read[]
}
