/** Runs a server program on one data directory: settings, initialization, start. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, createConnection } from 'mysql2/promise'
import type { Account } from './accounts.ts'
import { messageOf, ServerFailed } from './errors.ts'
import { endServer, readPid } from './leftover.ts'
import { HOST } from './port.ts'
import { commandOf, environmentOf, type ServerProgram, systemTableFiles, systemTablesDirectory } from './program.ts'
import { run } from './run.ts'

const START_SECONDS = 60

/** The files of a throwaway server. */
export interface Places {
  directory: string
  data: string
  /** For temporary tables. If several servers shared one, each would delete the others' tables at its start. */
  temporary: string
  log: string
  pidFile: string
}

export function placesIn(directory: string): Places {
  return {
    directory,
    data: join(directory, 'data'),
    temporary: join(directory, 'tmp'),
    log: join(directory, 'server.log'),
    pidFile: join(directory, 'server.pid'),
  }
}

/** A half-made data directory is discarded, so initialization need not wait for the disk. */
const UNSAFE_AND_QUICK = [
  '--innodb-flush-method=nosync',
  '--innodb-doublewrite=OFF',
  '--innodb-flush-log-at-trx-commit=0',
  '--skip-log-bin',
]

/**
 * Creates the data directory. It gets its name only when it is complete, so a local cloud that is killed in the
 * meantime leaves nothing that looks valid.
 *
 * @param options.serverArguments with which the server will run
 */
export async function initialise(
  program: ServerProgram,
  places: Places,
  {
    serverArguments = [],
    onLaunch,
    signal,
  }: {
    serverArguments?: readonly string[] | undefined
    onLaunch?: (() => void) | undefined
    signal?: AbortSignal | undefined
  },
): Promise<void> {
  const unfinished = placesIn(await mkdtemp(join(places.directory, 'initialising-')))
  try {
    for (const directory of [unfinished.data, unfinished.temporary]) await mkdir(directory, { mode: 0o700 })
    const onSpawn = (pid: number) => {
      writeFileSync(unfinished.pidFile, String(pid))
      onLaunch?.()
    }
    const [command, ...loading] = commandOf(program)
    const first = [...loading, ...programArguments(program, unfinished), ...UNSAFE_AND_QUICK]
    const options = { env: environmentOf(program), signal, onSpawn }
    let outcome: { code: number | null; error: string }
    if (program.flavour === 'mysql') {
      // Some settings, such as lower_case_table_names, apply only if the data directory was created with them.
      outcome = await run(command, [...first, '--initialize-insecure', ...serverArguments], options)
    } else {
      const directory = systemTablesDirectory(program)
      if (!directory) throw new ServerFailed(`${program.binary} lacks the SQL files of its system tables`)
      const files = await Promise.all(systemTableFiles(directory).map((file) => readFile(file, 'utf8')))
      const input = ['CREATE DATABASE mysql;', 'USE mysql;', ...files].join('\n')
      outcome = await run(command, [...first, '--bootstrap'], { ...options, input })
    }
    if (outcome.code !== 0) {
      throw new ServerFailed(`${program.binary} could not make its data directory: ${lastErrors(outcome.error)}`)
    }
    await rename(unfinished.data, places.data)
  } finally {
    await rm(unfinished.directory, { recursive: true, force: true })
  }
}

/**
 * Removes what an interrupted initialization left, after ending its program: MySQL's would run forever once its
 * directory disappears.
 */
export async function removeUnfinished(places: Places): Promise<void> {
  for (const name of await readdir(places.directory)) {
    if (!name.startsWith('initialising-')) continue
    const { directory, data, pidFile } = placesIn(join(places.directory, name))
    const pid = readPid(pidFile)
    if (pid !== undefined) await endServer(pid, data, ['SIGKILL'])
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/**
 * Starts the server on 127.0.0.1 and waits until the account can log in. The process leads its own process group, so
 * that Ctrl-C in a terminal reaches only the local cloud, which then stops the server when nothing needs it any more.
 *
 * @param options.choosePort called again, with the number of the attempt from 1, if another program took the port
 * @param options.onPort called with the port before the server runs, so that it can be found later
 */
export async function start(
  program: ServerProgram,
  places: Places,
  options: {
    account: Account
    initSql: string
    choosePort: (attempt: number) => Promise<number>
    onPort: (port: number) => Promise<void>
    serverArguments: readonly string[]
    onLaunch: (() => void) | undefined
    signal: AbortSignal | undefined
  },
): Promise<{ child: ChildProcess; port: number }> {
  await mkdir(places.temporary, { recursive: true, mode: 0o700 })
  const initFile = join(places.directory, 'init.sql')
  writeFileSync(initFile, options.initSql, { mode: 0o600 })
  try {
    for (let attempt = 1; ; attempt++) {
      const port = await options.choosePort(attempt)
      await options.onPort(port)
      const child = launch(program, places, [`--port=${port}`, `--init-file=${initFile}`, ...options.serverArguments])
      options.onLaunch?.()
      try {
        await ready(child, port, options.account, options.signal)
        return { child, port }
      } catch (error) {
        await kill(child)
        const log = await readFile(places.log, 'utf8').catch(() => '')
        options.signal?.throwIfAborted()
        // Another program took the port between the check and the start.
        if (attempt < 3 && /address already in use/i.test(log)) continue
        throw new ServerFailed(
          `${program.binary} did not start: ${lastErrors(log) || messageOf(error)} (log: ${places.log})`,
        )
      }
    }
  } finally {
    await rm(initFile, { force: true })
  }
}

/**
 * The process writes its own id before it becomes the server. If this process wrote it and were killed in between, it
 * would leave a server that nobody finds and that keeps its data locked.
 */
const WITH_PID_FILE = 'echo $$ > "$0" && exec "$@"'

function launch(program: ServerProgram, places: Places, more: string[]): ChildProcess {
  const log = openSync(places.log, 'w', 0o600)
  try {
    const command = [...commandOf(program), ...serverArguments(program, places), ...more]
    const child = spawn('sh', ['-c', WITH_PID_FILE, places.pidFile, ...command], {
      detached: true,
      env: environmentOf(program),
      stdio: ['ignore', log, log],
    })
    child.on('error', () => undefined) // Then it has no pid, which `ready` detects.
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function ready(
  child: ChildProcess,
  port: number,
  account: Account,
  signal: AbortSignal | undefined,
): Promise<void> {
  const until = performance.now() + START_SECONDS * 1000
  for (;;) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      throw new Error('it ended immediately')
    try {
      const connection = await logIn(port, account)
      return await connection.end()
    } catch (error) {
      if (performance.now() > until) throw error
      await sleep(50, undefined, { signal })
    }
  }
}

export function logIn(port: number, { username, password }: Account, database?: string): Promise<Connection> {
  return createConnection({
    host: HOST,
    port,
    user: username,
    password,
    connectTimeout: 5000,
    ...(database && { database }),
  })
}

function programArguments(program: ServerProgram, { data, temporary }: Places): string[] {
  const share = program.shareDirectory
  return [
    '--no-defaults',
    `--datadir=${data}`,
    `--tmpdir=${temporary}`,
    ...(share ? [`--lc-messages-dir=${share}`, `--character-sets-dir=${join(share, 'charsets')}`] : []),
    // As root, in a container, it refuses to run unless told explicitly.
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    program.flavour === 'mariadb' ? '--innodb-log-file-size=96M' : '--loose-innodb-redo-log-capacity=96M',
  ]
}

/**
 * Settings for a laptop. Committed rows survive the death of the process but not of the machine, which suffices here.
 */
function serverArguments(program: ServerProgram, places: Places): string[] {
  return [
    ...programArguments(program, places),
    `--pid-file=${join(places.data, 'server.pid')}`,
    `--bind-address=${HOST}`,
    '--socket=', // No socket.
    ...(program.flavour === 'mysql' ? ['--mysqlx=OFF', '--secure-file-priv=NULL'] : []),
    '--skip-name-resolve',
    '--skip-log-bin',
    '--local-infile=OFF',
    '--performance-schema=OFF',
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_unicode_ci',
    '--default-time-zone=+00:00',
    '--max-allowed-packet=64M',
    '--innodb-buffer-pool-size=256M',
    '--innodb-flush-log-at-trx-commit=2',
    '--innodb-buffer-pool-load-at-startup=OFF',
    '--innodb-buffer-pool-dump-at-shutdown=OFF',
  ]
}

/** Returns the errors in a server's log, without its notes. */
function lastErrors(log: string): string {
  const lines = log.split('\n').filter((line) => /\[ERROR\]|^ERROR|^Error|error while loading/.test(line))
  return lines.slice(-3).join(' ').trim()
}
