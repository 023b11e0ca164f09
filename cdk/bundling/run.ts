/** The process that bundles. It reads `Bundlings` from standard input and writes an `Outcome` to standard output. */
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type BuildFailure, build, type Metafile, type Plugin } from 'esbuild'
import { type Bundling, type Bundlings, ENTRY, type Outcome } from './bundle.ts'
import { BUNDLE } from './options.ts'

const ENTRIES = 'carryout-entry'

const { root, bundlings } = JSON.parse(readFileSync(0, 'utf8')) as Bundlings
process.stdout.write(JSON.stringify(await bundle()))

async function bundle(): Promise<Outcome> {
  const whole = bundlings.filter(({ isWhole }) => isWhole)
  const split = bundlings.filter(({ isWhole }) => !isWhole)
  const made = await Promise.allSettled([...split.map(bundleSplit), ...(whole.length > 0 ? [bundleWhole(whole)] : [])])
  const failed = made.find((outcome) => outcome.status === 'rejected')
  if (!failed) {
    const metafiles = made.map((outcome) => (outcome as PromiseFulfilledResult<Metafile>).value)
    return { inputs: [...new Set(metafiles.flatMap(({ inputs }) => Object.keys(inputs)))] }
  }
  const { errors = [] } = failed.reason as Partial<BuildFailure>
  if (errors.length === 0) throw failed.reason
  return { errors }
}

async function bundleSplit({ code, outdir, sourceMaps = false }: Bundling): Promise<Metafile> {
  const { metafile } = await build({
    ...BUNDLE,
    // Paths appear in the bundles and so in their hashes; this makes them independent of the current directory.
    absWorkingDir: root,
    stdin: { contents: code.join('\n'), resolveDir: root, sourcefile: ENTRY },
    outdir,
    metafile: true,
    ...(sourceMaps && { sourcemap: true, sourcesContent: false }),
  })
  return metafile
}

/** esbuild reads and parses a module once for all entries of one build. */
async function bundleWhole(whole: readonly Bundling[]): Promise<Metafile> {
  const parent = dirname(whole[0]!.outdir)
  const { metafile } = await build({
    ...BUNDLE,
    absWorkingDir: root,
    entryPoints: whole.map(({ outdir }, at) => ({
      in: `${ENTRIES}:${at}`,
      out: join(relative(parent, outdir), 'index'),
    })),
    entryNames: '[dir]/[name]',
    outdir: parent,
    splitting: false,
    metafile: true,
    plugins: [entriesOf(whole), ...BUNDLE.plugins],
  })
  return metafile
}

/** Only one module of a build can come from `stdin`. */
function entriesOf(whole: readonly Bundling[]): Plugin {
  return {
    name: ENTRIES,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${ENTRIES}:`) }, ({ path }) => ({
        path: path.split(':')[1]!,
        namespace: ENTRIES,
      }))
      onLoad({ filter: /.*/, namespace: ENTRIES }, ({ path }) => ({
        contents: whole[Number(path)]!.code.join('\n'),
        resolveDir: root,
      }))
    },
  }
}
