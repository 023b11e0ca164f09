/** Bundling as the functions are deployed. In a process of its own: a constructor cannot wait, and esbuild's plugins are asynchronous. */
import { spawnSync } from 'node:child_process'
import { extname, join } from 'node:path'
import type { Message } from 'esbuild'

/** One module with all it imports. */
export interface Bundling {
  /** The module's lines, with imports by absolute path. */
  readonly code: readonly string[]
  /** Gets `index.mjs`, and beside it what is loaded only when it is asked for. */
  readonly outdir: string
}

/** Written to the process. */
export interface Bundlings {
  /** Packages are looked for from here, and paths in the bundles are relative to it. */
  readonly root: string
  readonly bundlings: readonly Bundling[]
}

/** Read from the process: the paths of what was bundled, from the root; or what is wrong with it. */
export type Outcome = { readonly inputs: readonly string[] } | { readonly errors: readonly Message[] }

/** How the entry is called in a bundle. */
export const ENTRY = 'carryout.js'

/** What was to be bundled does not compile. */
export class BundlingFailed extends Error {
  /** Empty where esbuild itself could not run. */
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
 * @returns the paths of all files that went into the bundles, from the root
 * @throws BundlingFailed
 */
export function bundleAll(bundlings: Bundlings): readonly string[] {
  const { error, status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], {
    input: JSON.stringify(bundlings),
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES,
  })
  if (error) throw new BundlingFailed(error.message)
  if (status !== 0) throw new BundlingFailed(stderr.trim() || `esbuild ended with ${status}`)
  const outcome = JSON.parse(stdout) as Outcome
  if ('errors' in outcome) throw new BundlingFailed(outcome.errors[0]?.text ?? 'unknown', outcome.errors)
  return outcome.inputs
}
