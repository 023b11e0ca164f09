/** What a staged package imports must be in it, or among the packages that it names. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'

const IMPORT =
  /^\s*(?:import|export)\b[^'"]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm

interface Names {
  name: string
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** @param target the staged folder. @throws Error naming every import that leads nowhere */
export function checkImports(target: string): void {
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as Names
  const named = [manifest.name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })]
  const files = globSync('**/*.{js,d.ts}', { cwd: target, exclude: ['bundles/**'] })
  const lost = files.flatMap((file) =>
    specifiersIn(readFileSync(join(target, file), 'utf8'))
      .filter((specifier) => !leads(specifier, join(target, dirname(file)), named))
      .map((specifier) => `${file} imports ${specifier}`),
  )
  if (lost.length > 0)
    throw new Error(`${manifest.name} would be published with imports that lead nowhere:\n${lost.join('\n')}`)
}

function specifiersIn(code: string): string[] {
  const bare = code.replaceAll(/\/\*[\s\S]*?\*\//g, '')
  return [...bare.matchAll(IMPORT)].map(([, from, effect, dynamic]) => (from ?? effect ?? dynamic)!)
}

function leads(specifier: string, folder: string, named: readonly string[]): boolean {
  if (specifier.startsWith('.')) {
    const path = join(folder, specifier)
    return existsSync(path) || existsSync(path.replace(/\.(js|ts)$/, '.d.ts'))
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  return specifier.startsWith('node:') || builtinModules.includes(name) || named.includes(name)
}
