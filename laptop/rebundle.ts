/**
 * Bundles the functions that need the catalogue, in a process of its own: it takes a second or two, in which the local
 * cloud must go on answering.
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
