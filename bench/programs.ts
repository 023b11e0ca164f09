/** Finds the peers' programs: on the PATH, or else in the distribution's packages, which are unpacked like the server's. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ServerFailed } from '../local/src/database/errors.ts'
import { unpackedPackages } from '../local/src/database/packages.ts'
import { libraries } from '../local/src/database/unpacked.ts'
import { interruption } from './command.ts'
import { outputOf } from './program.ts'

export interface Program {
  command: string
  /** Variables that the program needs in addition to the benchmark's environment. */
  env: NodeJS.ProcessEnv
}

/** Package names in Debian and Ubuntu. */
const PACKAGES = {
  client: ['mariadb-client-core'],
  mydumper: ['mydumper'],
  python: ['python3-sqlalchemy', 'python3-pymysql', 'python3-xlsxwriter'],
  library: ['libmariadb-dev'],
  gzip: ['gzip'],
  zstd: ['zstd'],
}
export type PackageName = keyof typeof PACKAGES

const KEEP = ['bin', 'usr/bin', 'usr/lib', 'usr/lib64', 'usr/include', 'lib', 'lib64']

export interface Programs {
  /** @returns the first command that runs, or a sentence that says why none does */
  find(name: PackageName, commands: readonly Candidate[]): Promise<Program | string>
  /** The directory of unpacked packages, or a sentence that says why there is none. */
  root(name: PackageName): Promise<{ root: string } | string>
}

export interface Candidate {
  command: string
  /** Arguments for a trial run, which succeeds if the program works here. */
  test: readonly string[]
  says?: RegExp
}

/** @param mayDownload whether missing packages may be downloaded and unpacked; otherwise only the PATH counts */
export function findPrograms(say: (line: string) => void, mayDownload: boolean): Programs {
  const roots = new Map<PackageName, Promise<{ root: string } | string>>()
  const root = (name: PackageName) => {
    const found = roots.get(name) ?? unpack(name)
    roots.set(name, found)
    return found
  }
  async function unpack(name: PackageName): Promise<{ root: string } | string> {
    // Debian's modules only work with Debian's Python.
    const python = name === 'python' && !existsSync('/usr/bin/python3') ? ['python3'] : []
    const packages = [...PACKAGES[name], ...python]
    const advice = `(Debian: apt install ${PACKAGES[name].join(' ')})`
    if (!mayDownload) return `it is not on the PATH, and nothing may be downloaded ${advice}`
    try {
      const options = { keep: KEEP, stateDirectory: '.carryout/bench', onProgress: say, signal: interruption }
      const directory = await unpackedPackages(packages, options)
      return directory === null
        ? `it is not on the PATH, and apt is not available to download it ${advice}`
        : { root: directory }
    } catch (error) {
      if (!(error instanceof ServerFailed)) throw error
      return `${error.message} ${advice}`
    }
  }
  return {
    root,
    async find(name, candidates) {
      for (const candidate of candidates) if (await runs(candidate)) return { command: candidate.command, env: {} }
      const found = await root(name)
      if (typeof found === 'string') return found
      const env = await environmentIn(found.root)
      for (const { command, ...candidate } of candidates) {
        const unpacked = ['usr/bin', 'bin']
          .map((bin) => join(found.root, bin, command))
          .find((path) => existsSync(path))
        const program = unpacked ?? (name === 'python' ? command : undefined)
        if (program && (await runs({ ...candidate, command: program }, env))) return { command: program, env }
      }
      return `what ${PACKAGES[name].join(', ')} unpacked does not run here`
    },
  }
}

async function runs({ command, test, says }: Candidate, env?: NodeJS.ProcessEnv): Promise<boolean> {
  const output = await outputOf(command, test, env)
  return output !== null && (says === undefined || says.test(output))
}

/** Environment of a program that is unpacked in a separate directory. */
export async function environmentIn(root: string): Promise<NodeJS.ProcessEnv> {
  const { directories } = await libraries(root)
  const plugins = directories
    .map((directory) => join(directory, 'libmariadb3', 'plugin'))
    .find((path) => existsSync(path))
  const modules = join(root, 'usr', 'lib', 'python3', 'dist-packages')
  const path = [...directories, process.env.LD_LIBRARY_PATH].filter((part) => part)
  return {
    LD_LIBRARY_PATH: path.join(':'),
    ...(plugins && { MARIADB_PLUGIN_DIR: plugins }),
    ...(existsSync(modules) && { PYTHONPATH: modules }),
  }
}
