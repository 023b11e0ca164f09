/** Finds the app's catalogue, bundles it with the functions that need it, and reads it at synthesis. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { ScheduleDescription } from '../statemachine/description.ts'
import { CATALOGUE_HANDLERS, EXTENSION, ROOT } from './bundles.ts'
import { type Bundling, BundlingFailed, bundleAll, ENTRY } from './bundling/bundle.ts'
import { NEVER_ENDS, type Reading } from './reading.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** What is known of an export at synthesis. */
export interface ExportFacts {
  readonly name: string
  readonly parallelism: number
  /** Sentences about configurations that can never succeed. */
  readonly problems: readonly string[]
  readonly schedules: readonly ScheduleDescription[]
}

export interface Catalogue {
  /** The catalogue's path relative to the app's root. */
  readonly path: string
  readonly exports: readonly ExportFacts[]
  /** Returns the folder of `prepare/index.mjs` and `export-chunk/index.mjs`, which are bundled on the first call. */
  bundles(): string
}

/** A module with an endless loop would otherwise never end the synthesis. */
const READ_MILLIS = 60_000
const OUTPUT_BYTES = 64 * 1024 * 1024
const SHOWN_ERRORS = 3

const read = new Map<string, Catalogue>()

/**
 * @param path relative to the app's root, the folder with its `cdk.json`
 * @throws Error with one sentence if the file does not exist, does not compile, exports no catalogue, or throws
 */
export function readCatalogue(path: string): Catalogue {
  const root = appRoot()
  const file = catalogueFile(path, root)
  const known = read.get(file)
  if (known) return known
  const { exports } = readAndBundle(file, { root, outdir: temporaryFolder() })
  let folder: string | undefined
  const bundles = () => {
    folder ??= bundledHandlers(file, { root, outdir: temporaryFolder() }).outdir
    return folder
  }
  const catalogue = { path: relative(root, file), exports, bundles }
  read.set(file, catalogue)
  return catalogue
}

/** @throws Error if the file does not exist */
export function catalogueFile(path: string, root: string): string {
  const file = resolve(root, path)
  if (existsSync(file) && statSync(file).isFile()) return file
  throw new Error(
    `There is no catalogue ${path} in ${root}. Give its path from the app's root, such as exports/index.ts.`,
  )
}

/**
 * Bundles the functions that need the catalogue, each to `<handler>/index.mjs`, and reads the catalogue.
 *
 * @param file an absolute path
 * @returns the exports, and the app's files that the bundles contain
 * @throws Error as `readCatalogue` does
 */
export function bundleCatalogue(file: string, place: Place) {
  catalogueFile(relative(place.root, file), place.root)
  const { exports, inputs } = readAndBundle(file, place)
  return { exports, inputs: [...new Set([...inputs, ...bundledHandlers(file, place).inputs])] }
}

/** The app's root, and the folder for bundles. */
interface Place {
  root: string
  outdir: string
}

/**
 * Reads the catalogue, and bundles other modules that import its file.
 *
 * @param others none if a refusal should take as little time as possible
 * @throws Error as `readCatalogue` does
 */
export function readAndBundle(file: string, { root, outdir }: Place, others: readonly Bundling[] = []) {
  const description = describing(file, { root, outdir: join(outdir, 'describe') })
  const inputs = bundle([description, ...others], { file, root })
  return { exports: describe(description.outdir, { file, root }), inputs }
}

function bundledHandlers(file: string, { root, outdir }: Place) {
  const handlers = Object.entries(CATALOGUE_HANDLERS).map(([handler, create]) => ({
    code: [
      `import { ${create} } from ${JSON.stringify(join(ROOT, 'functions', `${handler}${EXTENSION}`))}`,
      // If the module has no catalogue, its description is missing, which is reported later.
      `import * as app from ${JSON.stringify(file)}`,
      `export const handler = ${create}(app.catalogue)`,
    ],
    outdir: join(outdir, handler),
  }))
  return { outdir, inputs: bundle(handlers, { file, root }) }
}

/** Returns the folder with `cdk.json`, from which the CDK runs the app. */
export function appRoot(from = process.cwd()): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'cdk.json'))) return folder
    if (folder === dirname(folder)) return from
  }
}

/** Returns a script that writes a description of the catalogue to the given file. */
function describing(file: string, { root, outdir }: Place): Bundling {
  const own = ['cdk', 'engine', 'statemachine'].map((folder) => join(ROOT, folder))
  const code = [
    `import { readInto } from ${JSON.stringify(join(ROOT, 'cdk', `reading${EXTENSION}`))}`,
    `import { describeCatalogue } from ${JSON.stringify(join(ROOT, 'engine', `describe${EXTENSION}`))}`,
    `const where = { answer: process.argv[2], ...${JSON.stringify({ root, own })} }`,
    `await readInto(where, async () => describeCatalogue((await import(${JSON.stringify(file)})).catalogue))`,
  ]
  return { code, outdir, sourceMaps: true }
}

/**
 * Evaluates the catalogue in a separate process, because a constructor cannot wait for a module and the module's side
 * effects must not remain.
 */
function describe(folder: string, { file, root }: { file: string; root: string }): ExportFacts[] {
  const script = join(folder, 'index.mjs')
  const answer = join(folder, 'catalogue.json')
  writeFileSync(answer, '')
  const ended = spawnSync(process.execPath, ['--enable-source-maps', script, answer], {
    cwd: root,
    timeout: READ_MILLIS,
    stdio: ['ignore', 'ignore', 'pipe'],
    maxBuffer: OUTPUT_BYTES,
    encoding: 'utf8',
  })
  const shown = relative(root, file)
  const json = readFileSync(answer, 'utf8')
  const reading: Reading | undefined = json === '' ? undefined : JSON.parse(json)
  const problem = reading === undefined ? withoutAnswer(ended) : problemOf(reading)
  if (problem !== undefined) throw new Error(`The catalogue ${shown} cannot be read: ${problem}`)
  if (!reading?.exports) {
    throw new Error(
      `${shown} does not export a catalogue. Add: export const catalogue = defineCatalogue([…]), from the package carryout.`,
    )
  }
  return reading.exports as ExportFacts[]
}

function problemOf({ error, exitCode, place }: Reading): string | undefined {
  const at = place === undefined ? '' : ` (${place})`
  if (error !== undefined) return `${error}${at}`
  if (exitCode === undefined) return undefined
  if (exitCode === NEVER_ENDS && place === undefined) return 'it has a top-level await that never ends.'
  return `it ended the process itself, with the exit code ${exitCode}${at}. Remove that: a catalogue only defines exports.`
}

function withoutAnswer({ error, signal, status, stderr }: SpawnSyncReturns<string>): string {
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') {
    return `it did not end within ${READ_MILLIS / 1000} s`
  }
  const how = error?.message ?? `its process ended with ${signal ?? status}`
  const reason = /^.*\berror: .*$/im.exec(stderr ?? '')?.[0]
  return reason === undefined ? how : `${how}: ${reason}`
}

/**
 * Bundles modules that import the catalogue's file.
 *
 * @returns the app's own files in them, as absolute paths
 * @throws Error with one sentence if the code does not compile
 */
function bundle(bundlings: readonly Bundling[], { file, root }: { file: string; root: string }): string[] {
  try {
    return bundleAll({ root, bundlings })
      .filter((path) => !path.includes('node_modules/') && !path.includes(':') && path !== ENTRY)
      .map((path) => resolve(root, path))
  } catch (error) {
    if (!(error instanceof BundlingFailed)) throw error
    throw new Error(`The catalogue ${relative(root, file)} does not compile:\n${messagesOf(error)}`, { cause: error })
  }
}

function messagesOf({ errors, message }: BundlingFailed): string {
  if (errors.length === 0) return `  ${message}`
  const lines = errors.slice(0, SHOWN_ERRORS).map(({ text, location }) => {
    const place = location ? `${location.file}:${location.line}:${location.column + 1}: ` : ''
    return `  ${place}${text}${adviceOn(text)}`
  })
  const more = errors.length - SHOWN_ERRORS
  return [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n')
}

/** What to do about an import that esbuild cannot follow. */
function adviceOn(text: string): string {
  const specifier = /^Could not resolve "(.+)"$/.exec(text)?.[1]
  if (specifier === undefined) return ''
  if (/^[./]/.test(specifier)) return '. Correct the path.'
  return `. Install the package with npm install ${packageOf(specifier)}, or correct the import.`
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
