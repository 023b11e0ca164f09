/**
 * Bundles functions for deployment in a separate process, because a constructor cannot wait and esbuild's plugins are
 * asynchronous.
 */
import { spawnSync } from 'node:child_process'
import { extname, join } from 'node:path'
import type { Message } from 'esbuild'

/** One module to bundle with everything it imports. */
export interface Bundling {
  /** The module's lines, with imports by absolute path. */
  readonly code: readonly string[]
  /** Receives `index.mjs`, and beside it the chunks that are loaded on demand. Those of whole modules have one parent. */
  readonly outdir: string
  /**
   * Whether it becomes a single file, which contains what is loaded on demand too. Such modules are bundled together in a
   * fraction of the time; not by default.
   */
  readonly isWhole?: boolean
  /** Whether the bundle's stack traces can be traced to its sources; not by default. */
  readonly sourceMaps?: boolean
}

/** The input of the bundling process. */
export interface Bundlings {
  /** Packages are resolved from here, and paths in the bundles are relative to it. */
  readonly root: string
  readonly bundlings: readonly Bundling[]
}

/** The output of the bundling process: the paths of the bundled files relative to the root, or the errors. */
export type Outcome = { readonly inputs: readonly string[] } | { readonly errors: readonly Message[] }

/** The name of the entry in a bundle. */
export const ENTRY = 'carryout.js'

/** Thrown when the code to bundle does not compile. */
export class BundlingFailed extends Error {
  /** Empty if esbuild itself could not run. */
  readonly errors: readonly Message[]

  constructor(message: string, errors: readonly Message[] = []) {
    super(message)
    this.name = 'BundlingFailed'
    this.errors = errors
  }
}

const SCRIPT = join(import.meta.dirname, `run${extname(import.meta.filename)}`)
const OUTPUT_BYTES = 64 * 1024 * 1024

/**
 * @returns the paths of all files that went into the bundles, relative to the root
 * @throws BundlingFailed
 */
export function bundleAll(bundlings: Bundlings): readonly string[] {
  const { error, status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], {
    input: JSON.stringify(bundlings),
    // By default, esbuild spends a third of its time on collecting garbage.
    env: { GOGC: '400', ...process.env },
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES,
  })
  if (error) throw new BundlingFailed(error.message)
  if (status !== 0) throw new BundlingFailed(stderr.trim() || `esbuild ended with ${status}`)
  const outcome = JSON.parse(stdout) as Outcome
  if ('errors' in outcome) throw new BundlingFailed(outcome.errors[0]?.text ?? 'unknown', outcome.errors)
  return outcome.inputs
}
