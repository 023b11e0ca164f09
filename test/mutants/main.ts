/** `npm run mutants`: makes one small wrong after the other in a copy of the repository, and sees whether a test notices. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readFlagsOrExit } from '../../terminal/script.ts'
import { randomOf } from '../chaos/random.ts'
import { type Chosen, chooseChanges, MODULES } from './chosen.ts'
import { mutants } from './mutants.ts'

const HELP = `Usage: npm run mutants -- [--minutes n] [--seed s] [name …]

Changes the sources as test/mutants/ says, one change at a time and in a copy, and runs the suites that must fail
then. Prints how many did, and each that nobody noticed. With --random the changes are those of general operators instead.

  --minutes n   stop after so long; what was not tried is said (default: all of them)
  --seed s      the order (default: the list's own); of --random which (default: 1)
  --random n    so many turned comparisons, decided conditions, other numbers and calls left out
  --in a,b      of --random: the folders (default: ${MODULES.join(',')})
`
const ROOT = join(import.meta.dirname, '../..')
/** A wrong that makes a test wait for ever is noticed, too. */
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

/** Beside the repository, so that its packages are hard-linked instead of copied. */
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
      // A workspace may have none of its own.
    }
  }
  return copy
}

/** @returns jest's exit code; null where it did not end */
async function runSuites(copy: string, suites: readonly string[]): Promise<number | null> {
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js']
  const patterns = suites.map((suite) => suite.replaceAll('.', '\\.')).join('|')
  const args = [...jest, '-w', '1', '--bail', '--forceExit', '--silent', `--testPathPatterns=${patterns}`]
  // One product will do.
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
  // A suite that fails anyway would notice anything.
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

/** @returns those of the list, each of which fits its file in one place only */
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
    console.error(`There is no mutant ${unknown}.`)
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
  if (broken.length > 0) console.log(`Not tried, since their suites fail without them: ${broken.join(', ')}`)
  const left = chosen.length - tried - broken.length
  if (left > 0) console.log(`Not tried for want of time: ${left}`)
  return survived.length + broken.length > 0 ? 1 : 0
}

process.exitCode = await main()
