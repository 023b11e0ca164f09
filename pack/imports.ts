/** Checks that a staged package contains, or depends on, everything that it imports. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'

const IMPORT =
  /^\s*(?:import|export)\b[^'"`]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm

interface Published {
  name: string
  exports: Record<string, string | { types: string }>
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/**
 * Checks all code, and the declarations that are reachable through the package's entry points.
 *
 * @param target the staged folder
 * @throws Error naming every unresolved import
 */
export function checkImports(target: string): void {
  const published = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as Published
  const named = [published.name, ...Object.keys({ ...published.dependencies, ...published.peerDependencies })]
  const doors = Object.values(published.exports).flatMap((door) => (typeof door === 'string' ? [] : [door.types]))
  const files = new Set([...globSync('**/*.js', { cwd: target, exclude: ['bundles/**'] }), ...doors])
  const lost: string[] = []
  // The set grows while it is iterated.
  for (const file of files) {
    for (const specifier of specifiersIn(readFileSync(join(target, file), 'utf8'))) {
      const found = specifier.startsWith('.') ? fileOf(specifier, file, target) : isNamed(specifier, named)
      if (!found) lost.push(`${file} imports ${specifier}`)
      if (typeof found === 'string') files.add(found)
    }
  }
  if (lost.length === 0) return
  throw new Error(`${published.name} would be published with unresolved imports:\n${lost.join('\n')}`)
}

function specifiersIn(code: string): string[] {
  const bare = code.replaceAll(/\/\*[\s\S]*?\*\//g, '')
  const all = [...bare.matchAll(IMPORT)].map(([, from, effect, dynamic]) => (from ?? effect ?? dynamic)!)
  // Imports in code that is written into an app are ignored.
  return all.filter((specifier) => !specifier.includes('${'))
}

/** Returns the file of a declaration's import, in which TypeScript keeps the sources' extensions. */
function fileOf(specifier: string, from: string, target: string): string | undefined {
  const path = join(from, '..', specifier)
  const candidates = from.endsWith('.d.ts') ? [path.replace(/\.[jt]s$/, '.d.ts')] : [path]
  return candidates.find((each) => existsSync(join(target, each)))
}

function isNamed(specifier: string, named: readonly string[]): boolean {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  return specifier.startsWith('node:') || builtinModules.includes(name) || named.includes(name)
}
