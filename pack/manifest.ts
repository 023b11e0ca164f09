/**
 * The published package.json: the repository's own, with compiled entry points and command, and without fields for
 * development.
 */
import type { Package } from './packages.ts'

export interface Manifest {
  name: string
  version: string
  exports?: Record<string, string>
  bin?: Record<string, string>
  /** Modules that a bundler must keep although nothing is imported from them. */
  sideEffects?: boolean | string[]
  [field: string]: unknown
}

/** Fields about work on the repository. */
const OWN = ['private', 'scripts', 'workspaces', 'devDependencies', 'allowScripts']

/** @param files the top level of the published package */
export function publishedManifest(manifest: Manifest, { folder }: Package, files: readonly string[]) {
  const kept = Object.fromEntries(Object.entries(manifest).filter(([field]) => !OWN.includes(field)))
  // Paths of a workspace are relative to its folder; the root package keeps the repository's layout.
  const place = (path: string, ending: string) => {
    const from = folder === '.' ? path.slice(2) : `${folder}/${path.slice(2)}`
    return `./${from.replace(/\.ts$/, ending)}`
  }
  const doors = Object.entries(manifest.exports ?? {}).map(([door, path]) => [
    door,
    path.endsWith('.ts') ? { types: place(path, '.d.ts'), default: place(path, '.js') } : path,
  ])
  const commands = Object.entries(manifest.bin ?? {}).map(([name, path]) => [name, place(`./${path}`, '.js').slice(2)])
  return {
    ...kept,
    files,
    exports: Object.fromEntries(doors),
    ...(Array.isArray(manifest.sideEffects) && {
      sideEffects: manifest.sideEffects.map((path) => place(path, '.js')),
    }),
    ...(manifest.bin && { bin: Object.fromEntries(commands) }),
  }
}
