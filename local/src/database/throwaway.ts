/** The local cloud's own server in its state directory. Its data is kept until the directory is deleted. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Accounts, accountStatements, createSchema, grantReading, newAccounts } from './accounts.ts'
import type { Flavour } from './choice.ts'
import { claim } from './claim.ts'
import { DatabaseUnusable, messageOf, ServerFailed } from './errors.ts'
import { keepRunning } from './keeper.ts'
import { endServer, readPid, servesData } from './leftover.ts'
import { freePort, portAgain } from './port.ts'
import type { ServerProgram } from './program.ts'
import { initialise, logIn, type Places, placesIn, removeUnfinished, start } from './server.ts'

/** How long a restarting server waits for its port. */
const PATIENCE_SECONDS = 30

/** The content of `server.json`, for the next local cloud with this state directory. Only its user can read it. */
interface ServerRecord extends Accounts {
  flavour: Flavour
  port: number
}

export interface Throwaway extends Accounts {
  port: number
  /** The schema. */
  database: string
  version: string
  stop(): Promise<void>
}

export interface ThrowawayOptions {
  stateDirectory: string
  /** The schema to create; called when the server runs. */
  database: () => Promise<string>
  /** Additional arguments of the server program, such as `--ssl-cert=…`. */
  serverArguments?: readonly string[] | undefined
  onProgress?: ((line: string) => void) | undefined
  /** Called when the server's program runs. */
  onLaunch?: (() => void) | undefined
  signal?: AbortSignal | undefined
}

/** Returns which product created the data in the state directory; undefined if there is none. */
export async function flavourOf(stateDirectory: string): Promise<Flavour | undefined> {
  const places = placesIn(join(stateDirectory, 'database'))
  return existsSync(places.data) ? (await readRecord(places))?.flavour : undefined
}

/**
 * Starts the server, or takes over the one that a killed local cloud left.
 *
 * @throws DatabaseUnusable if the state directory's database is in use or of another product
 * @throws ServerFailed if this program does not run; another one may
 */
export async function openThrowaway(program: ServerProgram, options: ThrowawayOptions): Promise<Throwaway> {
  const places = placesIn(join(options.stateDirectory, 'database'))
  await mkdir(places.directory, { recursive: true, mode: 0o700 })
  const claimed = claim(places.directory)
  try {
    await refuseOthersData(program, places)
    const server = (await takeOver(program, places, options)) ?? (await startAnew(program, places, options))
    const prepared = await prepareSchema(server, options.database)
    const stop = async () => {
      await server.stop()
      claimed.release()
    }
    // Stopped only once: afterwards the directory may belong to another process.
    let stopped: Promise<void> | undefined
    return {
      ...server,
      ...prepared,
      stop: () => {
        stopped ??= stop()
        return stopped
      },
    }
  } catch (error) {
    claimed.release()
    throw error
  }
}

type Running = Omit<Throwaway, 'database' | 'version'>

async function refuseOthersData({ flavour }: ServerProgram, places: Places): Promise<void> {
  const made = existsSync(places.data) ? (await readRecord(places))?.flavour : undefined
  if (made === undefined || made === flavour) return
  throw new DatabaseUnusable(
    `The database in ${places.directory} was made by ${made}, and ${flavour} cannot read it. Set CARRYOUT_DATABASE=${made}, ` +
      'choose another state directory with --state <dir>, or delete that directory to start afresh.',
  )
}

async function takeOver(
  program: ServerProgram,
  places: Places,
  options: ThrowawayOptions,
): Promise<Running | undefined> {
  const pid = readPid(places.pidFile)
  if (pid === undefined || !servesData(pid, places.data)) return undefined
  const record = await readRecord(places)
  // The server may have been starting when its local cloud was killed, so it gets a moment to accept connections.
  for (let attempt = 0; record && attempt < 40 && servesData(pid, places.data); attempt++) {
    try {
      await (await logIn(record.port, record.admin)).end()
      options.onProgress?.('Taking over the database server that an earlier local cloud left behind')
      return running(program, { pid, ...record }, places, options)
    } catch {
      await sleep(50, undefined, { signal: options.signal })
    }
  }
  options.onProgress?.('Ending the database server that an earlier local cloud left behind')
  await endServer(pid, places.data)
  return undefined
}

async function startAnew(program: ServerProgram, places: Places, options: ThrowawayOptions): Promise<Running> {
  const { onProgress, onLaunch, signal } = options
  const record = await readRecord(places)
  const isNew = !existsSync(places.data)
  if (isNew) {
    await removeUnfinished(places)
    // MariaDB's version contains its name.
    onProgress?.(`Making a database with ${program.flavour === 'mysql' ? 'MySQL ' : ''}${program.version}`)
    await initialise(program, places, { serverArguments: options.serverArguments, onLaunch, signal })
  }
  // Passwords are valid for one run of the server, so a leaked one is useless after the next start.
  const accounts = newAccounts()
  const choosePort = (attempt: number) => freePort(attempt === 1 ? record?.port : undefined)
  const served = await serve(program, { ...accounts, choosePort }, places, { ...options, signal }).catch(
    async (error: unknown) => {
      // Data that its own program never served would only prevent the next program from creating its own.
      if (isNew) await rm(places.data, { recursive: true, force: true })
      if (isNew || !(error instanceof ServerFailed)) throw error
      const advice = `If its data is damaged, delete ${places.directory}; its content is then lost.`
      throw new ServerFailed(`${error.message}\n${advice}`, { cause: error })
    },
  )
  return running(program, { ...accounts, ...served }, places, options)
}

async function serve(
  program: ServerProgram,
  { admin, exporter, choosePort }: Accounts & { choosePort(attempt: number): Promise<number> },
  places: Places,
  { serverArguments = [], onLaunch, signal }: Pick<ThrowawayOptions, 'serverArguments' | 'onLaunch' | 'signal'>,
): Promise<{ pid: number; port: number }> {
  const { child, port } = await start(program, places, {
    account: admin,
    initSql: accountStatements({ admin, exporter }),
    choosePort,
    serverArguments,
    onPort: (chosen) => writeRecord(places, { admin, exporter, flavour: program.flavour, port: chosen }),
    onLaunch,
    signal,
  })
  return { pid: child.pid!, port }
}

function running(
  program: ServerProgram,
  { pid, admin, exporter, port }: Accounts & { pid: number; port: number },
  places: Places,
  options: ThrowawayOptions,
): Running {
  const { onProgress = () => undefined } = options
  let current = pid
  const endedLog = `${places.log}.ended`
  // A process that ends without stopping its server stops it here, unless it is killed.
  const onExit = () => {
    if (servesData(current, places.data)) process.kill(current, 'SIGTERM')
  }
  process.once('exit', onExit)
  const keeper = keepRunning({
    isRunning: () => servesData(current, places.data),
    async restart(signal) {
      await rename(places.log, endedLog).catch(() => undefined)
      const onTaken = () =>
        onProgress(`Another program is using the database’s port ${port}. Trying again for ${PATIENCE_SECONDS} s …`)
      const choosePort = () => portAgain(port, { patienceSeconds: PATIENCE_SECONDS, onTaken, signal })
      const again = await serve(program, { admin, exporter, choosePort }, places, { ...options, signal })
      current = again.pid
    },
    onProgress,
    log: endedLog,
  })
  return {
    admin,
    exporter,
    port,
    async stop() {
      process.off('exit', onExit)
      await keeper.stop()
      await endServer(current, places.data)
      await rm(places.pidFile, { force: true })
    },
  }
}

async function prepareSchema(
  server: Running,
  schemaOf: () => Promise<string>,
): Promise<{ database: string; version: string }> {
  const schema = await schemaOf().catch(async (error: unknown) => {
    await server.stop()
    throw error
  })
  try {
    const connection = await logIn(server.port, server.admin)
    try {
      await createSchema(connection, schema)
      await grantReading(connection, schema, server.exporter)
      const [rows] = await connection.query('SELECT VERSION() AS version')
      return { database: schema, version: (rows as [{ version: string }])[0].version }
    } finally {
      await connection.end()
    }
  } catch (error) {
    await server.stop()
    throw new DatabaseUnusable(`The schema ${schema} could not be made: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * An unreadable record counts as missing: the server is then ended instead of taken over, and its accounts are created
 * again.
 */
async function readRecord(places: Places): Promise<ServerRecord | undefined> {
  try {
    return JSON.parse(await readFile(join(places.directory, 'server.json'), 'utf8')) as ServerRecord
  } catch {
    return undefined
  }
}

async function writeRecord(places: Places, record: ServerRecord): Promise<void> {
  const file = join(places.directory, 'server.json')
  await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
  await rename(`${file}.new`, file)
}
