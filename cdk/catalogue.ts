/** The app's catalogue: found, bundled with the functions that need it, and read while the stack is synthesized. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { type BuildFailure, buildSync } from 'esbuild'
import { BUNDLE, CATALOGUE_HANDLERS, EXTENSION, ROOT, temporaryFolder } from './bundles.ts'

/** What is known of an export while the stack is synthesized. */
export interface ExportFacts {
  readonly name: string
  readonly parallelism: number
  /** Sentences about what can never succeed. */
  readonly problems: readonly string[]
}

export interface Catalogue {
  /** From the app's root. */
  readonly path: string
  /** Holds `prepare/index.mjs` and `export-chunk/index.mjs`. */
  readonly bundles: string
  readonly exports: readonly ExportFacts[]
}

/** A module that loops would never end the synthesis. */
const READ_MILLIS = 60_000
const SHOWN_ERRORS = 3
/** How the entry is called in a bundle. */
const STDIN = 'carryout.js'

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
  const bundles = temporaryFolder()
  const { exports } = bundleCatalogue(file, { root, outdir: bundles })
  const catalogue = { path: relative(root, file), bundles, exports }
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
 * Bundles the functions that need the catalogue, each as `<handler>/index.mjs`, once the catalogue has been read.
 *
 * @returns what is known of the exports, and the app's files that they are made of
 *
 * @param file an absolute path
 * @throws Error as `readCatalogue`
 */
export function bundleCatalogue(file: string, { root, outdir }: { root: string; outdir: string }) {
  const exports = describe(file, root, outdir)
  const inputs = new Set<string>()
  for (const [handler, create] of Object.entries(CATALOGUE_HANDLERS)) {
    const code = [
      `import { ${create} } from ${JSON.stringify(join(ROOT, 'functions', `${handler}${EXTENSION}`))}`,
      `import { catalogue } from ${JSON.stringify(file)}`,
      `export const handler = ${create}(catalogue)`,
    ]
    for (const input of bundle(code, { file, root, outfile: join(outdir, handler, 'index.mjs') })) inputs.add(input)
  }
  return { exports, inputs: [...inputs] }
}

/** The folder with `cdk.json`, from which the CDK runs the app. */
export function appRoot(from = process.cwd()): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'cdk.json'))) return folder
    if (folder === dirname(folder)) return from
  }
}

/** In a process of its own: a constructor cannot wait for a module, and what the module does must not stay behind. */
function describe(file: string, root: string, outdir: string): ExportFacts[] {
  const script = join(outdir, 'describe.mjs')
  const answer = join(outdir, 'catalogue.json')
  const code = [
    `import { writeFileSync } from 'node:fs'`,
    `import { describeCatalogue } from ${JSON.stringify(join(ROOT, 'engine', `describe${EXTENSION}`))}`,
    `const answer = await import(${JSON.stringify(file)}).then(`,
    `  ({ catalogue }) => ({ exports: describeCatalogue(catalogue) }),`,
    `  (error) => ({ error: error instanceof Error ? error.name + ': ' + error.message : String(error) }))`,
    `writeFileSync(process.argv[2], JSON.stringify(answer))`,
    `process.exit()`,
  ]
  bundle(code, { file, root, outfile: script })
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
 * Bundles a module that imports the catalogue's file.
 *
 * @param code its lines, with imports by absolute path
 * @returns the app's own files in it, as absolute paths
 * @throws Error in one sentence where it does not compile
 */
export function bundle(
  code: string[],
  { file, root, outfile }: { file: string; root: string; outfile: string },
): string[] {
  try {
    const { metafile } = buildSync({
      ...BUNDLE,
      // Paths stand in the bundles, and so in their hashes: the same from wherever it runs.
      absWorkingDir: root,
      stdin: { contents: code.join('\n'), resolveDir: root, sourcefile: STDIN },
      outfile,
      metafile: true,
    })
    const inputs = Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules/') && path !== STDIN)
    return inputs.map((path) => resolve(root, path))
  } catch (error) {
    throw new Error(`The catalogue ${relative(root, file)} does not compile:\n${messagesOf(error)}`, { cause: error })
  }
}

function messagesOf(error: unknown): string {
  const { errors = [], message } = error as Partial<BuildFailure> & { message: string }
  if (errors.length === 0) return `  ${message}`
  const lines = errors.slice(0, SHOWN_ERRORS).map(({ text, location }) => {
    return location ? `  ${location.file}:${location.line}:${location.column + 1}: ${text}` : `  ${text}`
  })
  const more = errors.length - SHOWN_ERRORS
  return [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n')
}
