/** A server program that can run on this machine. */
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { childEnvironment } from '../child-environment.ts'
import type { Flavour } from './choice.ts'
import { type RunOptions, run } from './run.ts'

export interface ServerProgram {
  binary: string
  flavour: Flavour
  /** The version that it prints, without the rest of the line: `10.11.19-MariaDB-0+deb12u1`. */
  version: string
  /** Directories with shared libraries that the machine lacks, separated by colons. */
  libraryPath?: string
  /** The dynamic loader to start it with, if the program came with its own C library, newer than the machine's. */
  loader?: string
  /** Directory of messages and character sets, if the program was moved and cannot find them itself. */
  shareDirectory?: string
}

/**
 * Directories outside the PATH where distributions and Homebrew install servers that ordinary users are not meant to
 * start.
 */
const USUAL_DIRECTORIES = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/libexec',
  '/usr/local/mysql/bin',
  '/opt/homebrew/opt/mariadb/bin',
  '/opt/homebrew/opt/mysql/bin',
  '/usr/local/opt/mariadb/bin',
  '/usr/local/opt/mysql/bin',
]

/**
 * Returns the server programs on the PATH and in the usual directories, MySQL first because that is what people deploy
 * on.
 */
export async function installedPrograms(
  path = process.env.PATH ?? '',
  options: RunOptions = {},
): Promise<ServerProgram[]> {
  const directories = [...path.split(delimiter).filter((part) => part !== ''), ...USUAL_DIRECTORIES]
  const found = new Map<string, ServerProgram>()
  for (const name of ['mariadbd', 'mysqld']) {
    for (const directory of directories) {
      const binary = join(directory, name)
      if (!existsSync(binary) || found.has(realpathSync(binary))) continue
      const program = await inspect({ binary }, options)
      if (program) found.set(realpathSync(binary), program)
    }
  }
  // Not sorted by name, because MariaDB's binary may be called `mysqld` too.
  return [...found.values()].sort((one, other) => rank(one) - rank(other))
}

const rank = ({ flavour }: ServerProgram) => (flavour === 'mysql' ? 0 : 1)

/**
 * Runs a program to get its version; undefined if it does not run here, for example because a shared library is
 * missing.
 */
export async function inspect(
  program: Pick<ServerProgram, 'binary' | 'libraryPath' | 'loader' | 'shareDirectory'>,
  options: RunOptions = {},
): Promise<ServerProgram | undefined> {
  const [command, ...first] = commandOf(program)
  const { code, output } = await run(command, [...first, '--no-defaults', '--version'], {
    ...options,
    env: environmentOf(program),
  })
  const version = /\bVer ([^\s,]+)/.exec(output)?.[1]
  if (code !== 0 || version === undefined) return undefined
  return { ...program, version, flavour: /mariadb/i.test(output) ? 'mariadb' : 'mysql' }
}

type Launchable = Pick<ServerProgram, 'binary' | 'libraryPath' | 'loader'>

/** Returns the command, and the arguments that precede the server's own. */
export function commandOf({ binary, libraryPath, loader }: Launchable): [string, ...string[]] {
  return loader === undefined ? [binary] : [loader, '--library-path', libraryPath ?? '', binary]
}

/**
 * Sets nothing if there is a separate loader, because the shell that starts the server must not find a newer C library.
 */
export function environmentOf(program: Launchable): NodeJS.ProcessEnv {
  if (program.libraryPath === undefined || program.loader !== undefined) return childEnvironment()
  const libraries = [program.libraryPath, process.env.LD_LIBRARY_PATH].filter((part) => part)
  return childEnvironment({ LD_LIBRARY_PATH: libraries.join(':') })
}

/** Returns the directory of the SQL files that create MariaDB's system tables; undefined if the package lacks them. */
export function systemTablesDirectory(program: ServerProgram): string | undefined {
  const prefix = dirname(dirname(realpathSync(program.binary)))
  const candidates = [
    program.shareDirectory,
    ...['share/mysql', 'share/mariadb', 'share'].map((part) => join(prefix, part)),
    '/usr/share/mysql',
    '/usr/share/mariadb',
  ]
  return candidates.find((directory) => directory !== undefined && systemTableFiles(directory).length > 0)
}

/**
 * Returns the SQL files of a bootstrap in the order of mariadb-install-db. Its other files are not needed here:
 * accounts without a password, help texts, the sys schema.
 */
export function systemTableFiles(directory: string): string[] {
  for (const prefix of ['mariadb', 'mysql']) {
    const files = [`${prefix}_system_tables.sql`, `${prefix}_performance_tables.sql`].map((file) =>
      join(directory, file),
    )
    if (files.every((file) => existsSync(file))) {
      return [...files, join(directory, 'maria_add_gis_sp_bootstrap.sql')].filter((file) => existsSync(file))
    }
  }
  return []
}
