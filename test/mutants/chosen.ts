/** Chooses changes of general operators by a seed, from all possible changes of some modules, with the closest suites. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomOf } from '../chaos/random.ts'
import { applyChange, changesOf } from './operators.ts'

const ROOT = join(import.meta.dirname, '../..')
export const MODULES = ['engine', 'functions', 'statemachine', 'cdk', 'client'] as const
/** The most suites that run for a change, to keep the run short. */
const MOST_SUITES = 4

export interface Chosen {
  name: string
  file: string
  suites: string[]
  apply(source: string): string
}

/** @returns `count` changes, or all if there are fewer; the same seed and sources give the same changes */
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

/** @returns a function that lists a module's suites: the one with the module's name first, then those that import the module */
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
