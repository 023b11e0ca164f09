/**
 * Bundles the functions that need the catalogue in a separate process, because it takes a second or two, during which
 * the local cloud must keep responding.
 *
 *     node rebundle.js <catalogue> <app's root> <output folder>
 */
import { bundleCatalogue } from '../cdk/catalogue.ts'

const [file = '', root = '', outdir = ''] = process.argv.slice(2)
try {
  const { inputs } = bundleCatalogue(file, { root, outdir })
  process.stdout.write(JSON.stringify(inputs))
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
