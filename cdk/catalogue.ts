/** The app's catalogue: found, bundled with the functions that need it, and read while the stack is synthesized. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { ScheduleDescription } from '../statemachine/description.ts'
import { CATALOGUE_HANDLERS, EXTENSION, ROOT, temporaryFolder } from './bundles.ts'
import { type Bundling, BundlingFailed, bundleAll, ENTRY } from './bundling/bundle.ts'

/** What is known of an export while the stack is synthesized. */
export interface ExportFacts {
  readonly name: string
  readonly parallelism: number
  /** Sentences about what can never succeed. */
  readonly problems: readonly string[]
  readonly schedules: readonly ScheduleDescription[]
}

export interface Catalogue {
  /** From the app's root. */
  readonly path: string
  readonly exports: readonly ExportFacts[]
  /** The folder of `prepare/index.mjs` and `export-chunk/index.mjs`, which are bundled when it is first asked for. */
  bundles(): string
}

/** A module that loops would never end the synthesis. */
const READ_MILLIS = 60_000
const SHOWN_ERRORS = 3

const read = new Map<string, Catalogue>()

/**
 * @param path from the app's root, the folder with its `cdk.json`
 * @throws Error in one sentence where there is no such file, it does not compile, exports no catalogue, or refuses
 */
export function readCatalogue(path: string): Catalogue {
  const root = appRoot()
  const file = catalogueFile(path, root)
  const known = read.get(file)
  if (known) return known
  const { exports } = described(file, { root, outdir: temporaryFolder() })
  let folder: string | undefined
  const bundles = () => {
    folder ??= bundledHandlers(file, { root, outdir: temporaryFolder() }).outdir
    return folder
  }
  const catalogue = { path: relative(root, file), exports, bundles }
  read.set(file, catalogue)
  return catalogue
}

/** @throws Error where there is no such file */
export function catalogueFile(path: string, root: string): string {
  const file = resolve(root, path)
  if (existsSync(file) && statSync(file).isFile()) return file
  throw new Error(
    `There is no catalogue ${path} in ${root}. Give its path from the app's root, such as exports/index.ts.`,
  )
}

/**
 * Bundles the functions that need the catalogue, each as `<handler>/index.mjs`, and reads the catalogue.
 *
 * @returns what is known of the exports, and the app's files that they are made of
 *
 * @param file an absolute path
 * @throws Error as `readCatalogue`
 */
export function bundleCatalogue(file: string, place: Place) {
  const { exports, inputs } = described(file, place)
  return { exports, inputs: [...new Set([...inputs, ...bundledHandlers(file, place).inputs])] }
}

/** Where the app is, and where bundles are put. */
interface Place {
  root: string
  outdir: string
}

/** Without the handlers, so that what is refused is refused in half the time. */
function described(file: string, { root, outdir }: Place) {
  const description = describing(file, join(outdir, 'describe'))
  const inputs = bundle([description], { file, root })
  return { exports: describe(description.outdir, { file, root }), inputs }
}

function bundledHandlers(file: string, { root, outdir }: Place) {
  const handlers = Object.entries(CATALOGUE_HANDLERS).map(([handler, create]) => ({
    code: [
      `import { ${create} } from ${JSON.stringify(join(ROOT, 'functions', `${handler}${EXTENSION}`))}`,
      // Of a module without a catalogue its description tells.
      `import * as app from ${JSON.stringify(file)}`,
      `export const handler = ${create}(app.catalogue)`,
    ],
    outdir: join(outdir, handler),
  }))
  return { outdir, inputs: bundle(handlers, { file, root }) }
}

/** The folder with `cdk.json`, from which the CDK runs the app. */
export function appRoot(from = process.cwd()): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'cdk.json'))) return folder
    if (folder === dirname(folder)) return from
  }
}

/** A script that writes what the catalogue is to the file that it is given. */
function describing(file: string, outdir: string): Bundling {
  const code = [
    `import { writeFileSync } from 'node:fs'`,
    `import { describeCatalogue } from ${JSON.stringify(join(ROOT, 'engine', `describe${EXTENSION}`))}`,
    `const answer = await import(${JSON.stringify(file)}).then(`,
    `  ({ catalogue }) => ({ exports: describeCatalogue(catalogue) }),`,
    `  (error) => ({ error: error instanceof Error ? error.name + ': ' + error.message : String(error) }))`,
    `writeFileSync(process.argv[2], JSON.stringify(answer))`,
    `process.exit()`,
  ]
  return { code, outdir }
}

/** In a process of its own: a constructor cannot wait for a module, and what the module does must not stay behind. */
function describe(folder: string, { file, root }: { file: string; root: string }): ExportFacts[] {
  const script = join(folder, 'index.mjs')
  const answer = join(folder, 'catalogue.json')
  writeFileSync(answer, '')
  const { error, stderr, status } = spawnSync(process.execPath, [script, answer], {
    cwd: root,
    timeout: READ_MILLIS,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  const shown = relative(root, file)
  const json = readFileSync(answer, 'utf8')
  if (json === '') {
    const reason = error ? `it did not end within ${READ_MILLIS / 1000} s` : stderr.trim() || `it ended with ${status}`
    throw new Error(`The catalogue ${shown} cannot be read: ${reason}`)
  }
  const { exports, error: refusal } = JSON.parse(json) as { exports?: ExportFacts[]; error?: string }
  if (refusal !== undefined)
    throw new Error(`The catalogue ${shown} cannot be read: ${refusal.replace(/^TypeError: /, '')}`)
  if (!exports) {
    throw new Error(
      `${shown} does not export a catalogue. Add: export const catalogue = defineCatalogue([…]), from the package carryout.`,
    )
  }
  return exports
}

/**
 * Bundles modules that import the catalogue's file.
 *
 * @returns the app's own files in them, as absolute paths
 * @throws Error in one sentence where it does not compile
 */
export function bundle(bundlings: readonly Bundling[], { file, root }: { file: string; root: string }): string[] {
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
    return location ? `  ${location.file}:${location.line}:${location.column + 1}: ${text}` : `  ${text}`
  })
  const more = errors.length - SHOWN_ERRORS
  return [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n')
}
