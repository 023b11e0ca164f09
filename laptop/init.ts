/** `carryout init`: writes a first export, and an app around it if there is none. It never changes an existing file. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { appRoot } from '../cdk/catalogue.ts'
import { counted } from '../terminal/format.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { type ExportSource, exportOf, sampleExport } from './init/export-source.ts'
import { appFiles, catalogueFiles, packageFile, seedFiles, stackLines } from './init/files.ts'
import { InitFailed } from './init/init-failed.ts'
import { namesOfExports, packageName } from './init/names.ts'
import { type Table, withTables } from './init/tables.ts'
import { isThere, writeFiles } from './init/write-files.ts'

export interface InitOptions {
  folder: string
  /** The database with the table to export; undefined exports a sample. */
  databaseUrl: string | undefined
  /** The first table with a primary key by default. */
  table: string | undefined
  version: string
}

interface Found {
  source: ExportSource
  schema: string
}

/** @throws DatabaseUnusable, InitFailed */
export async function runInit(options: InitOptions, terminal: Terminal): Promise<void> {
  const { folder, databaseUrl, table, version } = options
  if (table !== undefined && databaseUrl === undefined) {
    throw new InitFailed('--table needs DATABASE_URL, the database with the table. It is not set.')
  }
  const root = appRoot(folder)
  if (root !== folder) {
    throw new InitFailed(
      `This folder belongs to the app in ${root}, which has the cdk.json. Run init there; nothing was written.`,
    )
  }
  const { source, schema } =
    databaseUrl === undefined ? { source: sampleExport, schema: 'shop' } : await found(databaseUrl, table, terminal)
  const hasApp = existsSync(join(folder, 'cdk.json'))
  const files = {
    ...(existsSync(join(folder, 'package.json')) ? {} : packageFile(packageName(basename(folder)), version)),
    ...(hasApp ? {} : appFiles(schema)),
    ...catalogueFiles(source),
    ...(databaseUrl === undefined ? seedFiles : {}),
    ...(existsSync(join(folder, '.gitignore')) ? {} : { '.gitignore': 'node_modules/\ncdk.out/\n.carryout/\n' }),
  }
  const kept = Object.keys(files).filter((name) => isThere(join(folder, name)))
  const written = Object.entries(files).filter(([name]) => !kept.includes(name))
  writeFiles(folder, written)
  const names = written.map(([name]) => name)
  for (const line of report({ names, kept, hasApp, source, schema, folder, databaseUrl })) terminal.print(line)
}

async function found(databaseUrl: string, wanted: string | undefined, { note }: Terminal): Promise<Found> {
  return await withTables(databaseUrl, async (tables, open, schema) => {
    if (tables.length === 0) throw new InitFailed(`The database ${schema} has no table to export.`)
    note(`Tables of ${schema}:`)
    for (const { name, rows, primaryKey } of tables) {
      const key = primaryKey.length === 0 ? 'no primary key' : `key ${primaryKey.join(', ')}`
      note(`  ${name} (about ${counted(rows, 'row')}, ${key})`)
    }
    const table = await open(chosen(tables, wanted, schema))
    const names = namesOfExports(tables.map(({ name }) => name))
    return { source: exportOf(table, names.get(table.name)!), schema }
  })
}

function chosen(tables: readonly Table[], wanted: string | undefined, schema: string): Table {
  if (wanted === undefined) {
    const byOneColumn = tables.find(({ primaryKey }) => primaryKey.length === 1)
    return byOneColumn ?? tables.find(({ primaryKey }) => primaryKey.length > 0) ?? tables[0]!
  }
  const table = tables.find(({ name }) => name === wanted)
  if (table) return table
  const names = tables.map(({ name }) => name).join(', ')
  throw new InitFailed(`The database ${schema} has no table ${wanted}. It has ${names}.`)
}

interface Report extends Found {
  names: string[]
  kept: string[]
  hasApp: boolean
  folder: string
  databaseUrl: string | undefined
}

function report({ names, kept, hasApp, source, schema, folder, databaseUrl }: Report): string[] {
  const lines = names.length > 0 ? ['Wrote:', ...names.map((name) => `  ${name}`)] : ['There was nothing to write.']
  if (kept.length > 0) lines.push('', 'Already there and left unchanged:', ...kept.map((name) => `  ${name}`))
  if (kept.includes('exports/index.ts') && !isListed(source.constant, join(folder, 'exports/index.ts')))
    lines.push('', `Add ${source.constant} of exports/${source.name}.ts to the catalogue in exports/index.ts.`)
  const local = databaseUrl === undefined ? 'npx carryout local --seed seed.sql' : 'npx carryout local'
  const script = `npm pkg set scripts.local="${local.replace('npx ', '')}"`
  const next: string[][] = []
  if (names.includes('package.json')) next.push(['npm install'])
  if (hasApp && !isOurs(folder)) {
    const intro = 'Paste into your stack, with your own VPC and database for “vpc” and “db”:'
    next.push([intro, '', ...stackLines(schema).map((line) => `  ${line}`.trimEnd()), ''])
  }
  next.push([`${local}    (the app on this machine, until Ctrl-C; ${script} makes it npm run local)`])
  next.push([
    'In another terminal, the first file:',
    `  npx carryout request ${source.name} --local --params '${source.params}' --requested-by you@example.com --output .`,
  ])
  if (databaseUrl !== undefined) {
    next.push([`npx carryout try ${source.name} --limit 5    (the export alone, without a cloud)`])
  }
  return [...lines, '', 'Next:', ...next.flatMap((step) => step.map((line) => (line === '' ? '' : `  ${line}`)))]
}

/** Whether the module has the name in its code, outside comments and texts. */
function isListed(constant: string, module: string): boolean {
  const code = readFileSync(module, 'utf8').replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g,
    ' ',
  )
  return new RegExp(`(?<![\\w$])${constant}(?![\\w$])`).test(code)
}

/** Whether an earlier run of init wrote the app. */
function isOurs(folder: string): boolean {
  const app = join(folder, 'app.mts')
  return existsSync(app) && readFileSync(app, 'utf8').includes("from 'carryout/cdk'")
}
