/**
 * Shrinks zod in bundles. `import { z } from 'carryout'` takes in all of zod, because no bundler looks into a namespace
 * that another module re-exports. With `import * as z from 'zod'` only the used half remains.
 */
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { Loader, Plugin } from 'esbuild'

const IMPORT = /^([ \t]*import\s*)\{([^{}]*)\}(\s*from\s*)(['"])(carryout|zod)\4/gm
/** Carryout's own copy of zod, which an app may be unable to resolve. */
const OWN_ZOD = 'carryout:zod'
const LOADERS: Readonly<Record<string, Loader>> = {
  '.tsx': 'tsx',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
}

export const shakeZod: Plugin = {
  name: 'carryout-zod',
  setup(build) {
    build.onResolve({ filter: /^carryout:zod$/ }, ({ kind }) =>
      build.resolve('zod', { kind, resolveDir: import.meta.dirname }),
    )
    build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, ({ path }) => {
      if (/[\\/]node_modules[\\/]/.test(path)) return undefined
      const source = readFileSync(path, 'utf8')
      const contents = importNamespace(source)
      return contents === source ? undefined : { contents, loader: LOADERS[extname(path)] ?? 'js' }
    })
  },
}

/** @returns the module with each imported `z` replaced by a namespace import, on the same lines */
export function importNamespace(source: string): string {
  return source.replaceAll(IMPORT, (whole, start: string, list: string, from: string, quote: string, name: string) => {
    const names = list.split(',')
    const at = names.findIndex((imported) => /^\s*z(\s+as\s+\w+)?\s*$/.test(imported))
    if (at < 0) return whole
    const local = /\sas\s+(\w+)/.exec(names[at]!)?.[1] ?? 'z'
    const zod = name === 'zod' ? name : OWN_ZOD
    const others = `${start}{${names.toSpliced(at, 1).join(',')}}${from}${quote}${name}${quote}`
    return `import * as ${local} from ${quote}${zod}${quote};${others}`
  })
}
