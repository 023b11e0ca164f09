/** Chooses changes of general operators by a seed, from all possible changes of some modules, with the closest suites. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomOf } from '../chaos/random.ts'
import { judgements } from './judged/judged.ts'
import { applyChange, type Change, changesOf } from './operators.ts'
import { suitesByModule } from './suites.ts'

const ROOT = join(import.meta.dirname, '../..')
export const MODULES = ['engine', 'functions', 'statemachine', 'cdk', 'client'] as const
/** Suites of the whole pipeline. */
const PIPELINE = ['download', 'failures', 'notice', 'stop', 'ranges', 'bad-requests'].map(
  (name) => `test/pipeline/${name}.test.ts`,
)
/** Suites that run if the closest ones do not notice the change, by its folder. */
const WIDER: Record<(typeof MODULES)[number], readonly string[]> = {
  engine: ['test/engine/', 'test/exports/', ...PIPELINE],
  functions: ['test/functions/', ...PIPELINE],
  statemachine: ['test/statemachine/', 'test/functions/', 'test/console/', ...PIPELINE],
  cdk: ['test/cdk/', 'test/package/', ...PIPELINE],
  client: ['test/client/', 'test/cli/', 'test/examples/', 'test/pipeline/own-app.test.ts'],
}

export interface Chosen {
  name: string
  file: string
  /** The closest suites. */
  suites: readonly string[]
  /** Those that run if the closest ones do not notice the change; may be empty. */
  wider: readonly string[]
  /** Why no test has to notice the change. Such a change is not tried. */
  judged?: string | undefined
  apply(source: string): string
}

/**
 * @param folders folders or files, such as `engine/formats` or `functions/halt.ts`
 * @returns `count` changes, or all if there are fewer; the same seed and sources give the same changes
 */
export function chooseChanges(
  count: number,
  { seed, folders }: { seed: string; folders: readonly string[] },
): Chosen[] {
  const random = randomOf(seed)
  const suitesOf = suitesByModule()
  const all = folders.flatMap(modulesIn).flatMap((file) => {
    const wider = WIDER[file.split('/')[0] as keyof typeof WIDER] ?? []
    const closest = suitesOf(file)
    const suites = closest.length > 0 ? { suites: closest, wider } : { suites: PIPELINE, wider: [] }
    return changesOf(readFileSync(join(ROOT, file), 'utf8')).map((change) => ({
      name: `${file} line ${change.lineNumber}: ${change.what}`,
      judged: judgementOf(file, change),
      ...{ file, ...suites },
      apply: (source: string) => applyChange(source, change),
    }))
  })
  const keyed = all.map((change) => ({ change, key: random.next() })).sort((one, other) => one.key - other.key)
  return keyed.slice(0, count).map(({ change }) => change)
}

/** @returns the TypeScript files in a folder, or the file itself, in the order of their paths */
function modulesIn(folder: string): string[] {
  if (folder.endsWith('.ts')) return [folder]
  return globSync(`${folder}/**/*.ts`, { cwd: ROOT, exclude: (name) => name.includes('node_modules') })
    .filter((file) => !file.endsWith('.d.ts'))
    .sort()
}

function judgementOf(file: string, { line, what }: Change): string | undefined {
  return judgements.find((one) => one.file === file && one.line === line && one.change === what)?.because
}
