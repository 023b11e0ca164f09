import type { BuildOptions } from 'esbuild'
import { slim } from './slim.ts'
import { shakeZod } from './zod.ts'

/** Bundled ESM has no `require`, which mysql2 and other CommonJS packages call for Node's built-in modules. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

/**
 * esbuild's options for every function: one `index.mjs` in the folder `outdir`, with chunks beside it for dynamic
 * imports.
 */
export const BUNDLE = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  mainFields: ['module', 'main'],
  // Half the bytes take half the time to read in a cold start.
  minify: true,
  // Retry and Catch match errors by the names of their classes.
  keepNames: true,
  charset: 'utf8',
  splitting: true,
  entryNames: 'index',
  chunkNames: '[name]-[hash]',
  outExtension: { '.js': '.mjs' },
  banner: { js: REQUIRE },
  logLevel: 'silent',
  plugins: [slim, shakeZod],
} as const satisfies BuildOptions
