/** What a staged package imports must be in it, or of a package that it names. */
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
 * Looks at all code, and at the declarations that can be reached through the package's doors.
 *
 * @param target the staged folder
 * @throws Error naming every import that leads nowhere
 */
export function checkImports(target: string): void {
  const published = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as Published
  const named = [published.name, ...Object.keys({ ...published.dependencies, ...published.peerDependencies })]
  const doors = Object.values(published.exports).flatMap((door) => (typeof door === 'string' ? [] : [door.types]))
  const files = new Set([...globSync('**/*.js', { cwd: target, exclude: ['bundles/**'] }), ...doors])
  const lost: string[] = []
  // Grows while it is walked through.
  for (const file of files) {
    for (const specifier of specifiersIn(readFileSync(join(target, file), 'utf8'))) {
      const found = specifier.startsWith('.') ? fileOf(specifier, file, target) : isNamed(specifier, named)
      if (!found) lost.push(`${file} imports ${specifier}`)
      if (typeof found === 'string') files.add(found)
    }
  }
  if (lost.length === 0) return
  throw new Error(`${published.name} would be published with imports that lead nowhere:\n${lost.join('\n')}`)
}

function specifiersIn(code: string): string[] {
  const bare = code.replaceAll(/\/\*[\s\S]*?\*\//g, '')
  const all = [...bare.matchAll(IMPORT)].map(([, from, effect, dynamic]) => (from ?? effect ?? dynamic)!)
  // Of code that is written into an app.
  return all.filter((specifier) => !specifier.includes('${'))
}

/** Of a declaration the one that it means: TypeScript leaves the endings of sources in those. */
function fileOf(specifier: string, from: string, target: string): string | undefined {
  const path = join(from, '..', specifier)
  const candidates = from.endsWith('.d.ts') ? [path.replace(/\.[jt]s$/, '.d.ts')] : [path]
  return candidates.find((each) => existsSync(join(target, each)))
}

function isNamed(specifier: string, named: readonly string[]): boolean {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  return specifier.startsWith('node:') || builtinModules.includes(name) || named.includes(name)
}
