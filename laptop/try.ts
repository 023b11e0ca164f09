/** `carryout try`: runs one export from DATABASE_URL to a file, without a cloud. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseDatabaseUrl, reachExternal, type Target } from '@carryout/local'
import { EXTENSION, ROOT } from '../cdk/bundles.ts'
import { appRoot, catalogueFile, readAndBundle } from '../cdk/catalogue.ts'
import { size } from '../statemachine/size.ts'
import { count, counted, duration, table } from '../terminal/format.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { Interrupted } from './interrupted.ts'
import type { explainExport, Tried, TryOptions, tryExport } from './try-export.ts'

export interface TryCommand {
  request: TryOptions['request']
  /** The module that exports the catalogue, relative to the app's root. */
  catalogue: string
  databaseUrl: string
  /** A file or a folder; by default the file's own name in the current folder. */
  output: string | undefined
  limit: number | undefined
  explain: boolean
  json: boolean
}

/** The export cannot be tried; the message says why. */
export class TryFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TryFailed'
  }
}

interface Bundle {
  run(options: TryOptions): ReturnType<typeof tryExport>
  explain(options: TryOptions): ReturnType<typeof explainExport>
}

/** @throws the functions' errors, DatabaseUnusable, Interrupted, TryFailed */
export async function runTry(command: TryCommand, terminal: Terminal): Promise<void> {
  const { request, catalogue, databaseUrl, output, limit } = command
  const database = databaseOf(databaseUrl)
  const target = resolve(output ?? '.')
  const isFolder = statSync(target, { throwIfNoEntry: false })?.isDirectory() ?? false
  const beside = isFolder ? target : dirname(target)
  const folder = makeFolder(beside)
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort(new Interrupted())
  process.once('SIGINT', interrupt)
  try {
    // Before the database, which may take long to be found unreachable.
    const { run, explain } = await load(catalogue, folder)
    const address = await addressOf(database)
    const startedAt = Date.now()
    const options: TryOptions = {
      request,
      address,
      folder,
      limit,
      signal: interrupted.signal,
      onRows: (rows) => terminal.progress(`${counted(rows, 'row')} · ${count(perSecond(rows, startedAt))} rows/s`),
      onWarning: terminal.note,
    }
    if (command.explain) return showPlan(await explain(options), command, terminal)
    const tried = await run(options)
    terminal.progress(undefined)
    if (limit !== undefined) return showRows(tried, command, terminal)
    const path = isFolder ? join(target, tried.name.replaceAll(/[/\\]/g, '_')) : target
    renameSync(tried.path, path)
    showFile({ ...tried, path }, Date.now() - startedAt, command, terminal)
  } finally {
    process.off('SIGINT', interrupt)
    rmSync(folder, { recursive: true, force: true })
  }
}

function databaseOf(databaseUrl: string): Target & { database: string } {
  const target = parseDatabaseUrl(databaseUrl)
  const { database } = target
  if (database !== undefined) return { ...target, database }
  throw new TryFailed('DATABASE_URL has no database. It must look like mysql://user:password@127.0.0.1:3306/shop')
}

async function addressOf(target: ReturnType<typeof databaseOf>): Promise<TryOptions['address']> {
  const { host, port, username: user, password, database, tls } = target
  const { serverName } = await reachExternal(target, database, { mayCreate: false })
  const { ca, cert, key, verifyIdentity } = tls?.ssl ?? {}
  return {
    host,
    port,
    user,
    password,
    database,
    tls: tls
      ? {
          ...(tls.caFile !== undefined && { ca: String(ca) }),
          serverName: verifyIdentity ? undefined : serverName,
          certificate: cert,
          key,
        }
      : 'off',
  }
}

function makeFolder(beside: string): string {
  try {
    mkdirSync(beside, { recursive: true })
    return mkdtempSync(join(beside, '.carryout-try-'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new TryFailed(`${beside} cannot be written (${code}). Choose another path with --output.`, { cause: error })
  }
}

/**
 * Loads the catalogue with the engine, bundled like the functions. It is first read in a process of its own as at
 * synthesis, so that a module which throws, ends its process or never ends is refused with the same sentence.
 */
async function load(catalogue: string, folder: string): Promise<Bundle> {
  const root = appRoot()
  const outdir = join(folder, 'bundle')
  try {
    const file = catalogueFile(catalogue, root)
    const code = [
      `import { explainExport, tryExport } from ${JSON.stringify(join(ROOT, 'laptop', `try-export${EXTENSION}`))}`,
      `import * as app from ${JSON.stringify(file)}`,
      'export const run = (options) => tryExport(app.catalogue, options)',
      'export const explain = (options) => explainExport(app.catalogue, options)',
    ]
    readAndBundle(file, { root, outdir: folder }, [{ code, outdir }])
  } catch (error) {
    throw new TryFailed((error as Error).message, { cause: error })
  }
  return (await import(pathToFileURL(join(outdir, 'index.mjs')).href)) as Bundle
}

function showPlan(plan: Record<string, unknown>[], { json }: TryCommand, { print }: Terminal) {
  if (json) return print(JSON.stringify(plan, null, 2))
  const names = Object.keys(plan[0] ?? {}).filter((name) => plan.some((step) => step[name] !== null))
  for (const line of table([names, ...plan.map((step) => names.map((name) => String(step[name] ?? '')))])) print(line)
}

function showRows({ path }: Tried, { json }: TryCommand, { print }: Terminal) {
  const rows = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split('\t'))
  if (!json) return table(rows).forEach((line) => void print(line))
  const [headings = [], ...others] = rows
  print(
    JSON.stringify(
      others.map((row) => Object.fromEntries(headings.map((name, at) => [name, row[at]]))),
      null,
      2,
    ),
  )
}

function showFile(tried: Tried, millis: number, { json }: TryCommand, { print }: Terminal) {
  const { path, rows, bytes, crc32 } = tried
  if (json) return print(JSON.stringify({ path, rows, bytes, crc32 }, null, 2))
  print(`${path} (${counted(rows, 'row')}, ${size(bytes)}, ${duration(millis)}, CRC-32 ${crc32})`)
}

function perSecond(rows: number, since: number): number {
  return Math.round((rows * 1000) / Math.max(Date.now() - since, 1))
}
