/**
 * Bundles the elements for browsers, minified: `index.js` has everything and imports nothing; `button.js` imports
 * `ja.js` on a Japanese page. These files are published, and their sizes are checked.
 */
import { type BuildOptions, buildSync } from 'esbuild'

const COMMON: BuildOptions = {
  absWorkingDir: `${import.meta.dirname}/..`,
  bundle: true,
  minify: true,
  sourcemap: true,
  format: 'esm',
  // Browsers with light-dark() support all of it.
  target: 'es2022',
  charset: 'utf8',
  logLevel: 'warning',
}

/** @param outdir the folder for each file and its source map */
export function bundleElement(outdir: string): void {
  const place = 'client/element'
  buildSync({ ...COMMON, entryPoints: [`${place}/index.ts`], outdir })
  buildSync({ ...COMMON, entryPoints: [`${place}/button.ts`, `${place}/ja.ts`], splitting: true, outdir })
}
