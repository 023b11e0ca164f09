import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { BUNDLE } from '../cdk/bundling/options.ts'

/** Bundles a script as a function is deployed, since modules that are never used would count as memory. @returns its path */
export async function bundle(script: string): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), 'carryout-bench-bundle-'))
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))
  await build({ ...BUNDLE, entryPoints: [script], outdir })
  return join(outdir, 'index.mjs')
}
