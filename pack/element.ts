/**
 * The elements for browsers, minified: `index.js` with all of it, which imports nothing; and `button.js` with `ja.js`, which it
 * imports where a page is Japanese. They are what is published, and what their size is taken of.
 */
import { type BuildOptions, buildSync } from 'esbuild'

const COMMON: BuildOptions = {
  absWorkingDir: `${import.meta.dirname}/..`,
  bundle: true,
  minify: true,
  sourcemap: true,
  format: 'esm',
  // Browsers that have light-dark() have all of it.
  target: 'es2022',
  charset: 'utf8',
  logLevel: 'warning',
}

/** @param outdir where each is written, with a source map beside it */
export function bundleElement(outdir: string): void {
  const place = 'client/element'
  buildSync({ ...COMMON, entryPoints: [`${place}/index.ts`], outdir })
  buildSync({ ...COMMON, entryPoints: [`${place}/button.ts`, `${place}/ja.ts`], splitting: true, outdir })
}
