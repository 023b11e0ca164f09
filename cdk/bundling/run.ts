/** The process that bundles. It reads `Bundlings` from standard input and writes an `Outcome` to standard output. */
import { readFileSync } from 'node:fs'
import { type BuildFailure, build } from 'esbuild'
import { type Bundlings, ENTRY, type Outcome } from './bundle.ts'
import { BUNDLE } from './options.ts'

const { root, bundlings } = JSON.parse(readFileSync(0, 'utf8')) as Bundlings
process.stdout.write(JSON.stringify(await bundle()))

async function bundle(): Promise<Outcome> {
  const inputs = new Set<string>()
  const made = await Promise.allSettled(
    bundlings.map(async ({ code, outdir, sourceMaps = false }) => {
      const { metafile } = await build({
        ...BUNDLE,
        // Paths appear in the bundles and so in their hashes; this makes them independent of the current directory.
        absWorkingDir: root,
        stdin: { contents: code.join('\n'), resolveDir: root, sourcefile: ENTRY },
        outdir,
        metafile: true,
        ...(sourceMaps && { sourcemap: true, sourcesContent: false }),
      })
      for (const input of Object.keys(metafile.inputs)) inputs.add(input)
    }),
  )
  const failed = made.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined
  if (!failed) return { inputs: [...inputs] }
  const { errors = [] } = failed.reason as Partial<BuildFailure>
  if (errors.length === 0) throw failed.reason
  return { errors }
}
