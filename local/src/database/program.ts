/** A server program that can be run on this machine. */
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { childEnvironment } from '../child-environment.ts'
import type { Flavour } from './choice.ts'
import { type RunOptions, run } from './run.ts'

export interface ServerProgram {
  binary: string
  flavour: Flavour
  /** As it prints it, without the rest of the line: `10.11.19-MariaDB-0+deb12u1`. */
  version: string
  /** Where the shared libraries lie that the machine does not have, separated by colons. */
  libraryPath?: string
  /** The dynamic loader to start it with, where the program came with a C library of its own, newer than the machine's. */
  loader?: string
  /** Messages and character sets, where the program cannot find them itself because it was moved. */
  shareDirectory?: string
}

/** Beside the PATH: where distributions and Homebrew put a server that ordinary users are not meant to start. */
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

/** The server programs on the PATH and in the usual directories, MySQL first: it is what people deploy on. */
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
  // Not by name: MariaDB’s may be called `mysqld` too.
  return [...found.values()].sort((one, other) => rank(one) - rank(other))
}

const rank = ({ flavour }: ServerProgram) => (flavour === 'mysql' ? 0 : 1)

/** Asks a program for its version; undefined when it does not run here, as when a shared library is missing. */
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

/** What to run, and the arguments that come before the server's own. */
export function commandOf({ binary, libraryPath, loader }: Launchable): [string, ...string[]] {
  return loader === undefined ? [binary] : [loader, '--library-path', libraryPath ?? '', binary]
}

/** With a loader of its own nothing is set: the shell that starts the server must not find a newer C library. */
export function environmentOf(program: Launchable): NodeJS.ProcessEnv {
  if (program.libraryPath === undefined || program.loader !== undefined) return childEnvironment()
  const libraries = [program.libraryPath, process.env.LD_LIBRARY_PATH].filter((part) => part)
  return childEnvironment({ LD_LIBRARY_PATH: libraries.join(':') })
}

/** Where the SQL files lie that make MariaDB's system tables; undefined when the package left them out. */
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
 * The SQL files of a bootstrap, in the order in which mariadb-install-db feeds them. What it feeds besides is not
 * needed here: accounts without a password, help texts, the sys schema.
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
