/** The published package.json: the repository's own, with doors and command compiled, and without what is for development. */
import type { Package } from './packages.ts'

export interface Manifest {
  name: string
  version: string
  exports?: Record<string, string>
  bin?: Record<string, string>
  /** Modules that a bundler must not leave out although nothing is taken from them. */
  sideEffects?: boolean | string[]
  [field: string]: unknown
}

/** Fields that say how the repository is worked on. */
const OWN = ['private', 'scripts', 'workspaces', 'devDependencies', 'allowScripts']

/** @param files the top level of what is published */
export function publishedManifest(manifest: Manifest, { folder }: Package, files: readonly string[]) {
  const kept = Object.fromEntries(Object.entries(manifest).filter(([field]) => !OWN.includes(field)))
  // A workspace's paths begin in its folder, those of a package in the repository's root, whose layout it keeps.
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
