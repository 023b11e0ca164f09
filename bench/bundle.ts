import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { BUNDLE } from '../cdk/bundling/options.ts'

/** Bundles a script like a deployed function, because unused modules would count as memory. @returns the bundle's path */
export async function bundle(script: string): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), 'carryout-bench-bundle-'))
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))
  await build({ ...BUNDLE, entryPoints: [script], outdir })
  return join(outdir, 'index.mjs')
}
