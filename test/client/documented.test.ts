/** Everything that a web app can import from the client has a docstring for the editor. */
import { globSync, readFileSync } from 'node:fs'

const DOORS = ['index', 'operator', 'logs', 'web/index', 'element/index', 'element/button']
const FILES = globSync(['client/**/*.ts', 'statemachine/*.ts'], { exclude: ['**/node_modules/**'] })
const sources = new Map(FILES.map((file) => [file, readFileSync(file, 'utf8')]))
const DECLARATION = /^export (?:async )?(?:interface|type|class|function|const) (\w+)/gm

test.each(DOORS)('every export of client/%s.ts is documented', (door) => {
  const names = namesOf(`client/${door}.ts`)
  expect(names.size).toBeGreaterThan(1)
  const declared = new Set<string>()
  const undocumented: string[] = []
  for (const [file, source] of sources) {
    for (const { 1: name = '', index } of source.matchAll(DECLARATION)) {
      if (!names.has(name)) continue
      declared.add(name)
      if (!source.slice(0, index).endsWith('*/\n')) undocumented.push(`${name} of ${file}`)
    }
  }
  expect(undocumented).toEqual([])
  expect([...names].filter((name) => !declared.has(name))).toEqual([])
})

/** Declarations and re-exports of a module. */
function namesOf(file: string): Set<string> {
  const source = sources.get(file)!
  const names = new Set([...source.matchAll(DECLARATION)].map(([, name]) => name!))
  for (const [, list, path] of source.matchAll(/^export (?:type )?(\{[^}]*\}|\*) from '(\.[^']+)'/gm)) {
    const listed = list!.replaceAll(/[{}]|type /g, '').split(',')
    const others = list === '*' ? [...namesOf(new URL(path!, `file:///${file}`).pathname.slice(1))] : listed
    for (const name of others) if (name.trim() !== '') names.add(name.trim())
  }
  return names
}
