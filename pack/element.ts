/** The elements for browsers as one minified module that imports nothing: what is published, and what their size is taken of. */
import { buildSync } from 'esbuild'

const ROOT = `${import.meta.dirname}/..`

/** @param outfile beside which its source map is written */
export function bundleElement(outfile: string): void {
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: ['client/element/index.ts'],
    outfile,
    bundle: true,
    minify: true,
    sourcemap: true,
    format: 'esm',
    // Browsers that have light-dark() have all of it.
    target: 'es2022',
    charset: 'utf8',
    logLevel: 'warning',
  })
}
