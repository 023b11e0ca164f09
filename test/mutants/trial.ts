/** Tries changes in copies of the repository: does the compiler or a suite notice? */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Chosen } from './chosen.ts'

const ROOT = join(import.meta.dirname, '../..')
/** The time of the suites without a change is multiplied by this, because other changes are tried at the same time. */
const PATIENCE = 3
const MORE_PATIENCE_MILLIS = 60_000
/** Longest time of suites that have not run without a change. */
const LONGEST_MILLIS = 20 * 60_000
const NODE = [process.execPath, '--disable-warning=ExperimentalWarning'] as const

/**
 * What became of a change: the closest suites noticed it, or the compiler, or the wider suites, or nobody. A `judged` change need
 * not be noticed. A `broken` one could not be tried: it does not apply, or its suites fail without it.
 */
export type Outcome = 'killed' | 'compiler' | 'wider' | 'survived' | 'judged' | 'broken'

export interface Trial {
  attempt(change: Chosen): Promise<Outcome>
  /** Removes the copy. */
  close(): void
}

/** Outcomes of suites without a change, shared by the trials: how long they took, or that they failed. */
export type Healthy = Map<string, Promise<number | undefined>>

/** @param signal ends the running suites; what `attempt` returns then means nothing */
export function openTrial(healthy: Healthy, signal: AbortSignal): Trial {
  const copy = copyRepository()
  const run = (program: readonly string[], millis: number) => runProgram(program, { copy, millis, signal })

  /** @returns milliseconds that the suites took without a change, or undefined if they failed */
  function health(suites: readonly string[]): Promise<number | undefined> {
    const key = suites.join(' ')
    const known = healthy.get(key) ?? measure(suites)
    healthy.set(key, known)
    return known
  }

  async function measure(suites: readonly string[]) {
    const begun = performance.now()
    const code = await run(jest(suites), LONGEST_MILLIS)
    return code === 0 ? performance.now() - begun : undefined
  }

  /** @returns whether a suite failed or did not end; undefined if that would have happened without the change */
  async function notices(suites: readonly string[], change: () => () => void): Promise<boolean | undefined> {
    const millis = await health(suites)
    if (millis === undefined) return undefined
    const undo = change()
    try {
      return (await run(jest(suites), millis * PATIENCE + MORE_PATIENCE_MILLIS)) !== 0
    } finally {
      undo()
    }
  }

  async function refuses(file: string, change: () => () => void): Promise<boolean> {
    const project = file.startsWith('client/element/') ? 'test/client/element' : '.'
    const options = ['--noEmit', '--incremental', '--tsBuildInfoFile', join('.mutants', project, 'info'), '-p', project]
    const compiler = ['node_modules/typescript/bin/tsc', ...options]
    const undo = change()
    try {
      return (await run([...NODE, ...compiler], LONGEST_MILLIS)) !== 0
    } finally {
      undo()
    }
  }

  return {
    async attempt({ file, suites, wider, judged, apply }) {
      if (judged !== undefined) return 'judged'
      const path = join(copy, file)
      const right = readFileSync(path, 'utf8')
      const wrong = apply(right)
      if (wrong === right) return 'broken'
      const change = () => {
        writeFileSync(path, wrong)
        return () => writeFileSync(path, right)
      }
      const noticed = await notices(suites, change)
      if (noticed !== false) return noticed ? 'killed' : 'broken'
      if (await refuses(file, change)) return 'compiler'
      return wider.length > 0 && (await notices(wider, change)) ? 'wider' : 'survived'
    },
    close() {
      rmSync(copy, { recursive: true, force: true })
    },
  }
}

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

function jest(suites: readonly string[]): string[] {
  const patterns = suites.map((suite) => suite.replaceAll('.', '\\.')).join('|')
  const options = [
    '-w',
    '1',
    '--bail',
    '--forceExit',
    '--silent',
    '--testSequencer',
    './test/mutants/shortest-first.mjs',
  ]
  return [...NODE, 'node_modules/jest/bin/jest.js', ...options, `--testPathPatterns=${patterns}`]
}

/** @returns the exit code; null if the program did not end in time */
async function runProgram(
  [program, ...args]: readonly string[],
  { copy, millis, signal }: { copy: string; millis: number; signal: AbortSignal },
): Promise<number | null> {
  // One database product is enough.
  const env = { CARRYOUT_TEST_DATABASES: 'mariadb', ...process.env }
  const child = spawn(program!, args, { cwd: copy, env, stdio: 'ignore', detached: true })
  const kill = () => process.kill(-child.pid!, 'SIGKILL')
  const timer = setTimeout(kill, millis)
  signal.addEventListener('abort', kill)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearTimeout(timer)
  signal.removeEventListener('abort', kill)
  return code
}
