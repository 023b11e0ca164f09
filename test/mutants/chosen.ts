/** Changes of general operators, chosen by a seed among all that could be made of some modules, with the suites closest to each. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomOf } from '../chaos/random.ts'
import { applyChange, changesOf } from './operators.ts'

const ROOT = join(import.meta.dirname, '../..')
export const MODULES = ['engine', 'functions', 'statemachine', 'cdk', 'client'] as const
/** More would be the whole run. */
const MOST_SUITES = 4

export interface Chosen {
  name: string
  file: string
  suites: string[]
  apply(source: string): string
}

/** @returns so many changes, or all where there are fewer; the same for the same seed and sources */
export function chooseChanges(
  count: number,
  { seed, folders }: { seed: string; folders: readonly string[] },
): Chosen[] {
  const random = randomOf(seed)
  const suites = suitesByModule()
  const all = folders.flatMap((folder) =>
    globSync(`${folder}/**/*.ts`, { cwd: ROOT, exclude: (name) => name.includes('node_modules') })
      .filter((file) => !file.endsWith('.d.ts') && suites(file).length > 0)
      .sort()
      .flatMap((file) =>
        changesOf(readFileSync(join(ROOT, file), 'utf8')).map((change) => ({
          name: `${file} ${change.what}`,
          ...{ file, suites: suites(file) },
          apply: (source: string) => applyChange(source, change),
        })),
      ),
  )
  const keyed = all.map((change) => ({ change, key: random.next() })).sort((one, other) => one.key - other.key)
  return keyed.slice(0, count).map(({ change }) => change)
}

/** The suite of the module's own name, else those that import it. */
function suitesByModule(): (file: string) => string[] {
  const texts = globSync('test/{engine,functions,statemachine,cdk,client}/**/*.test.ts', { cwd: ROOT }).map((path) => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  }))
  return (file) => {
    const own = `test/${file.replace(/\.ts$/, '.test.ts')}`
    const importing = texts.filter(({ text }) => text.includes(`/${file}'`)).map(({ path }) => path)
    const isOwn = (path: string) => path === own
    return [...texts.map(({ path }) => path).filter(isOwn), ...importing.filter((path) => !isOwn(path))].slice(
      0,
      MOST_SUITES,
    )
  }
}
