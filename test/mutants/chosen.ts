/** Chooses changes of general operators by a seed, from all possible changes of some modules, with the closest suites. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomOf } from '../chaos/random.ts'
import { judgements } from './judged/judged.ts'
import { applyChange, type Change, changesOf } from './operators.ts'

const ROOT = join(import.meta.dirname, '../..')
export const MODULES = ['engine', 'functions', 'statemachine', 'cdk', 'client'] as const
/** The most suites that run first for a change, to keep the run short. */
const MOST_SUITES = 4
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
  suites: string[]
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
  const suites = suitesByModule()
  const all = folders.flatMap((folder) =>
    globSync(folder.endsWith('.ts') ? folder : `${folder}/**/*.ts`, {
      cwd: ROOT,
      exclude: (name) => name.includes('node_modules'),
    })
      .filter((file) => !file.endsWith('.d.ts') && suites(file).length > 0)
      .sort()
      .flatMap((file) =>
        changesOf(readFileSync(join(ROOT, file), 'utf8')).map((change) => ({
          name: `${file} line ${change.lineNumber}: ${change.what}`,
          judged: judgementOf(file, change),
          ...{ file, suites: suites(file), wider: WIDER[file.split('/')[0] as keyof typeof WIDER] ?? [] },
          apply: (source: string) => applyChange(source, change),
        })),
      ),
  )
  const keyed = all.map((change) => ({ change, key: random.next() })).sort((one, other) => one.key - other.key)
  return keyed.slice(0, count).map(({ change }) => change)
}

function judgementOf(file: string, { line, what }: Change): string | undefined {
  return judgements.find((one) => one.file === file && one.line === line && one.change === what)?.because
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
