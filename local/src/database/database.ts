/** Provides the local cloud's MySQL or MariaDB: the one in DATABASE_URL, or a throwaway server. */
import { mkdir, realpath } from 'node:fs/promises'
import type { Accounts } from './accounts.ts'
import { choiceName, type DatabaseChoice, fits, parseChoice } from './choice.ts'
import { DatabaseUnusable, messageOf, ServerFailed } from './errors.ts'
import { parseDatabaseUrl, reachExternal } from './external.ts'
import type { ExternalTls } from './external-tls.ts'
import { howToGetOne } from './hint.ts'
import { HOST } from './port.ts'
import { installedPrograms, type ServerProgram } from './program.ts'
import { flavourOf, openThrowaway } from './throwaway.ts'
import { cachedProgram, unpackedProgram } from './unpack.ts'

/** With an external server both accounts are the URL's user. */
export interface Database extends Accounts {
  host: string
  port: number
  /** The schema. */
  database: string
  /** As the server reports it: `8.0.36`, `10.11.19-MariaDB-0+deb12u1`. */
  version: string
  kind: 'external' | 'throwaway'
  /** How connections are encrypted; undefined for plain text. */
  tls?: DatabaseTls | undefined
  /** Stops a throwaway server, keeping its data; does nothing to an external one. */
  stop(): Promise<void>
}

export interface DatabaseTls extends ExternalTls {
  /** The name in its certificate, which may differ from the host. */
  serverName: string | undefined
}

export interface DatabaseOptions {
  /** A throwaway server keeps its data in `<stateDirectory>/database`. */
  stateDirectory: string
  /** The schema to create, unless `databaseUrl` names one. It is not needed before the server runs. */
  database: string | (() => Promise<string>)
  /** `mysql://user:password@host:port/database`, usually from the environment's DATABASE_URL. */
  databaseUrl?: string | undefined
  /** A throwaway server's product, optionally with the beginning of its version: `mysql`, `mariadb-11.8`. */
  product?: string | undefined
  /** Additional arguments of a throwaway server, such as `--ssl-cert=…`. */
  serverArguments?: readonly string[] | undefined
  /** Where programs are searched; the environment's PATH by default. */
  path?: string | undefined
  /** Called with a sentence whenever something takes time. */
  onProgress?: ((line: string) => void) | undefined
  /** Called when a throwaway server's program runs; until it accepts connections, this process has little to do. */
  onLaunch?: (() => void) | undefined
  signal?: AbortSignal | undefined
}

/**
 * Provides a database with the schema: that of `databaseUrl`; else on a server on the PATH; else on the distribution's
 * own server, unpacked into the user's cache directory.
 *
 * @throws DatabaseUnusable with a message that says what to do and contains no password
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.databaseUrl ? openExternal(options, options.databaseUrl) : openOwn(options)
}

async function openExternal(options: DatabaseOptions, databaseUrl: string): Promise<Database> {
  const { host, port, username, password, database: named, tls, ignored } = parseDatabaseUrl(databaseUrl)
  if (ignored.length > 0)
    options.onProgress?.(`DATABASE_URL: ${ignored.join(', ')} is not supported here and was ignored`)
  const database = named ?? (await schemaOf(options))
  const { version, serverName } = await reachExternal({ host, port, username, password, tls }, database)
  const account = { username, password }
  return {
    host,
    port,
    database,
    version,
    kind: 'external',
    tls: tls && { ...tls, serverName },
    admin: account,
    exporter: account,
    stop: async () => undefined,
  }
}

async function openOwn({ path, ...options }: DatabaseOptions): Promise<Database> {
  const choice = options.product ? parseChoice(options.product) : undefined
  await mkdir(options.stateDirectory, { recursive: true })
  const stateDirectory = await realpath(options.stateDirectory) // A leftover server is recognized by its directory.
  const failures: string[] = []
  for await (const program of programs({ ...options, stateDirectory, choice, path }, failures)) {
    try {
      const schema = () => schemaOf(options)
      const throwaway = await openThrowaway(program, { ...options, database: schema, stateDirectory })
      return { ...throwaway, host: HOST, kind: 'throwaway' }
    } catch (error) {
      // For example, AppArmor confines the server to its own directories. The next program may run.
      if (!(error instanceof ServerFailed)) throw error
      failures.push(messageOf(error))
      options.onProgress?.(messageOf(error))
    }
  }
  const what =
    failures.length > 0
      ? 'No database server runs here.'
      : `There is no ${choice ? choiceName(choice) : 'MySQL or MariaDB'} server to export from.`
  throw new DatabaseUnusable([what, ...failures, howToGetOne(choice?.flavour ?? 'mariadb')].join('\n'))
}

async function schemaOf({ database }: Pick<DatabaseOptions, 'database'>): Promise<string> {
  return typeof database === 'string' ? database : database()
}

interface Search extends Pick<DatabaseOptions, 'stateDirectory' | 'path' | 'onProgress' | 'signal'> {
  choice: DatabaseChoice | undefined
}

/**
 * Yields programs one by one, so that nothing is unpacked while an installed one works: the chosen product, else MySQL
 * if it needs no download, else MariaDB likewise, else what the machine's packages have.
 */
async function* programs(search: Search, failures: string[]): AsyncGenerator<ServerProgram> {
  const { path, onProgress, signal } = search
  // Only the product that created the data can read it. If it is not available, another one reports that.
  const made = await flavourOf(search.stateDirectory)
  const choice = search.choice ?? (made === undefined ? undefined : { flavour: made })
  const installed = await installedPrograms(path, { signal })
  const suitable = installed.filter((program) => fits(choice, program))
  const unpacking = { stateDirectory: search.stateDirectory, choice, onProgress, signal }
  if (choice === undefined) {
    yield* suitable.filter(({ flavour }) => flavour === 'mysql')
    const cached = await cachedProgram({ ...unpacking, choice: { flavour: 'mysql' } })
    if (cached) yield cached
    yield* suitable.filter(({ flavour }) => flavour !== 'mysql')
  } else yield* suitable
  try {
    const unpacked = await unpackedProgram(unpacking)
    if (unpacked) yield unpacked
  } catch (error) {
    if (!(error instanceof ServerFailed)) throw error
    failures.push(messageOf(error))
  }
  // Opening the data with this program reports which product created it, and what to do.
  if (made !== undefined && search.choice === undefined && suitable.length === 0) yield* installed.slice(0, 1)
}
