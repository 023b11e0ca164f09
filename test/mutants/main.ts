/** `npm run mutants`: makes one faulty change at a time in a copy of the repository, and checks whether a test fails. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readFlagsOrExit } from '../../terminal/script.ts'
import { randomOf } from '../chaos/random.ts'
import { type Chosen, chooseChanges, MODULES } from './chosen.ts'
import { mutants } from './mutants.ts'

const HELP = `Usage: npm run mutants -- [--minutes n] [--seed s] [name …]

Makes the changes that test/mutants/ lists, one at a time and in a copy of the repository, and runs the suites that must
fail. Prints how many changes were noticed, and lists the others. With --random, general operators make the changes instead.

  --minutes n   stop after this time, and print how many changes were not tried (default: no limit)
  --seed s      shuffles the list (default: its own order); with --random, chooses the changes (default: 1)
  --random n    this many inverted comparisons, constant conditions, changed numbers and omitted calls
  --in a,b      with --random, only these folders (default: ${MODULES.join(',')})
`
const ROOT = join(import.meta.dirname, '../..')
/** Time limit of a change's suites. A change that makes a test hang counts as noticed. */
const PATIENCE_MILLIS = 5 * 60_000

const FLAGS = {
  minutes: { type: 'string' },
  seed: { type: 'string' },
  random: { type: 'string' },
  in: { type: 'string' },
  help: { type: 'boolean' },
} as const
const { values, rest: names } = readFlagsOrExit(HELP, FLAGS, { takesRest: true })

type Outcome = 'killed' | 'survived' | 'broken'

/** Copies the repository next to itself, on the same file system, so that packages can be hard-linked. */
function copyRepository(): string {
  const copy = mkdtempSync(join(ROOT, '..', 'carryout-mutants-'))
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT })
  for (const file of files.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(ROOT, file), join(copy, file))
  }
  for (const modules of ['node_modules', 'client/node_modules', 'local/node_modules']) {
    try {
      execFileSync('cp', ['-al', join(ROOT, modules), join(copy, modules)], { stdio: 'ignore' })
    } catch {
      // A workspace may have no node_modules.
    }
  }
  return copy
}

/** @returns jest's exit code; null if it did not end in time */
async function runSuites(copy: string, suites: readonly string[]): Promise<number | null> {
  const jest = ['--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js']
  const patterns = suites.map((suite) => suite.replaceAll('.', '\\.')).join('|')
  const args = [...jest, '-w', '1', '--bail', '--forceExit', '--silent', `--testPathPatterns=${patterns}`]
  // One database product is enough.
  const env = { CARRYOUT_TEST_DATABASES: 'mariadb', ...process.env }
  const child = spawn(process.execPath, args, { cwd: copy, env, stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  child.stderr.resume()
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), PATIENCE_MILLIS)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearTimeout(timer)
  return code
}

async function attempt(copy: string, { file, suites, apply }: Chosen, healthy: Map<string, boolean>): Promise<Outcome> {
  const key = suites.join(' ')
  // A suite that fails without the change cannot notice it.
  if (!healthy.has(key)) healthy.set(key, (await runSuites(copy, suites)) === 0)
  if (!healthy.get(key)) return 'broken'
  const path = join(copy, file)
  const right = readFileSync(path, 'utf8')
  const wrong = apply(right)
  if (wrong === right) return 'broken'
  writeFileSync(path, wrong)
  try {
    return (await runSuites(copy, suites)) === 0 ? 'survived' : 'killed'
  } finally {
    writeFileSync(path, right)
  }
}

/** @returns the named mutants of the list, or all of them. A mutant applies only if its `from` occurs exactly once in its file. */
function listed(names: readonly string[]): Chosen[] {
  return mutants
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map(({ name, file, from, to, suites }) => ({
      ...{ name, file, suites },
      apply: (source) => (source.split(from).length === 2 ? source.replace(from, () => to) : source),
    }))
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const unknown = names.find((name) => !mutants.some((mutant) => mutant.name === name))
  if (unknown !== undefined) {
    console.error(`Unknown mutant ${unknown}.`)
    return 2
  }
  const { seed, random: count } = values
  const chosen =
    count === undefined
      ? listed(names)
      : chooseChanges(Number(count), { seed: seed ?? '1', folders: values.in?.split(',') ?? MODULES })
  if (count === undefined && seed !== undefined) {
    const random = randomOf(seed)
    const keys = new Map(chosen.map((mutant) => [mutant, random.next()]))
    chosen.sort((one, other) => keys.get(one)! - keys.get(other)!)
  }
  const until = values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000
  const copy = copyRepository()
  const counts: Record<Outcome, string[]> = { killed: [], survived: [], broken: [] }
  const healthy = new Map<string, boolean>()
  try {
    for (const mutant of chosen) {
      if (Date.now() > until) break
      const outcome = await attempt(copy, mutant, healthy)
      counts[outcome].push(mutant.name)
      console.log(`${outcome.padEnd(8)} ${mutant.name} (${mutant.file})`)
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
  const { killed, survived, broken } = counts
  const tried = killed.length + survived.length
  console.log(`\n${killed.length} of ${tried} noticed (${tried ? Math.round((killed.length / tried) * 100) : 0} %)`)
  if (survived.length > 0) console.log(`Not noticed: ${survived.join(', ')}`)
  if (broken.length > 0)
    console.log(`Not tried, because they do not apply or their suites fail without them: ${broken.join(', ')}`)
  const left = chosen.length - tried - broken.length
  if (left > 0) console.log(`Not tried for lack of time: ${left}`)
  return survived.length + broken.length > 0 ? 1 : 0
}

process.exitCode = await main()
