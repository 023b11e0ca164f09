import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Stack } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { buildSync } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

/** The files in `functions/` that export a handler. */
export const HANDLERS = [
  'start',
  'prepare',
  'export-chunk',
  'finish',
  'notify',
  'halt',
  'discard',
  'open-link',
  'record',
] as const
export type Handler = (typeof HANDLERS)[number]

/** Bundled ESM has no `require`, which mysql2 and other CommonJS packages call for Node's own modules. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

let bundles: string | undefined

/**
 * A handler with all it imports, the SDK included: what runs on a laptop is what is deployed, whichever SDK Lambda
 * has that day.
 */
export function bundled(scope: Construct, handler: Handler): Code {
  if (!Stack.of(scope).bundlingRequired) return Code.fromAsset(join(ROOT, 'functions'))
  bundles ??= bundleAll()
  return Code.fromAsset(join(bundles, handler))
}

/** One run of esbuild for all; NodejsFunction would start it through npx for each, which takes five times as long. */
function bundleAll(): string {
  const outdir = mkdtempSync(join(tmpdir(), 'carryout-bundles-'))
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))
  buildSync({
    // Paths stand in the bundles, and so in their hashes: the same from wherever it runs.
    absWorkingDir: ROOT,
    entryPoints: HANDLERS.map((handler) => `functions/${handler}.ts`),
    outdir,
    entryNames: '[name]/index',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    // Retry and Catch match errors by the names of their classes.
    keepNames: true,
    banner: { js: REQUIRE },
    logLevel: 'error',
  })
  return outdir
}
