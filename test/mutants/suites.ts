/** Finds the suites that are closest to a module, by the imports between them. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
/** The most suites that run first for a change, to keep the run short. */
const MOST_SUITES = 4
const SUITES = 'test/{engine,functions,statemachine,cdk,client}/**/*.test.ts'
const MODULES = '{engine,functions,statemachine,cdk,client,test}/**/*.ts'
const IMPORT = /(?:from|import\()\s*'(\.\.?\/[^']+)'/g

/**
 * @returns a function that lists the suites that import a module, directly or through others: first the one with the module's
 *   name, then those with the fewest imports between, and of these the ones in the folder of the module's own tests. Empty if only
 *   a bundle has the module.
 */
export function suitesByModule(): (file: string) => string[] {
  const importers = importersByModule()
  const all = new Set(globSync(SUITES, { cwd: ROOT }))
  return (file) => {
    const found: string[] = []
    const seen = new Set([file])
    for (let ring = [file]; ring.length > 0 && found.length < MOST_SUITES; ) {
      ring = ring
        .flatMap((module) => importers.get(module) ?? [])
        .filter((module) => !seen.has(module) && seen.add(module))
      found.push(...ring.filter((module) => all.has(module)).sort(byDistance(file)))
    }
    const own = [...all].filter((suite) => nameOf(suite) === nameOf(file) && suite.split('/')[1] === file.split('/')[0])
    return [...new Set([...own.sort(byDistance(file)), ...found])].slice(0, MOST_SUITES)
  }
}

function importersByModule(): Map<string, string[]> {
  const importers = new Map<string, string[]>()
  for (const file of globSync(MODULES, { cwd: ROOT, exclude: (name) => name.includes('node_modules') })) {
    for (const [, specifier] of readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)) {
      const imported = normalize(join(dirname(file), specifier!))
      importers.set(imported, [...(importers.get(imported) ?? []), file])
    }
  }
  return importers
}

/** Compares paths by the number of folders that they share with a module's, most first. */
function byDistance(file: string) {
  const folders = dirname(file).split('/')
  const shared = (suite: string) => {
    const others = dirname(suite).split('/').slice(1)
    const at = folders.findIndex((folder, index) => folder !== others[index])
    return at === -1 ? folders.length : at
  }
  return (one: string, other: string) => shared(other) - shared(one) || one.localeCompare(other)
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, '').replace(/(\.test)?\.ts$/, '')
}
