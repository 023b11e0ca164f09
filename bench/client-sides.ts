/** The peers that are separate programs: the database clients, a page of C, and the compression tools. */
import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createConnection, type ResultSetHeader } from 'mysql2/promise'
import { on } from './processors.ts'
import { cpuSecondsOf, outputOf, runMeasured } from './program.ts'
import { environmentIn, type Program, type Programs } from './programs.ts'
import type { Side } from './side.ts'
import { type Access, TABLE } from './table.ts'
import type { Outcome, Task } from './task.ts'

const SOURCE = fileURLToPath(new URL('peers/client.c', import.meta.url))

type Found = Program & { isMariaDb: boolean }

/** @returns the program, or a sentence that says why there is none */
async function findClient(programs: Programs, given: string | undefined): Promise<Found | string> {
  const test = ['--version']
  const says = /mariadb|mysql/i
  const names = given ? [given] : ['mariadb', 'mysql']
  const found = given
    ? says.test((await outputOf(given, test)) ?? '')
      ? { command: given, env: {} }
      : `${given} is not a mariadb or mysql that runs here`
    : await programs.find(
        'client',
        names.map((command) => ({ command, test, says })),
      )
  if (typeof found === 'string') return given ? found : `mariadb: ${found}; --client <path> names one`
  const version = (await outputOf(found.command, test, found.env)) ?? ''
  return { ...found, isMariaDb: /mariadb/i.test(version) }
}

function clientCommand({ command, isMariaDb }: Found, { access, query }: Task): string[] {
  const { host, port, user, database, tls } = access
  const login = [`--host=${host}`, `--port=${port}`, '--protocol=tcp', `--user=${user}`]
  const how = ['--quick', '--batch', '--default-character-set=utf8mb4']
  return [command, '--no-defaults', ...login, ...encryption(tls, isMariaDb), ...how, database, `--execute=${query}`]
}

function encryption(tls: Access['tls'], isMariaDb: boolean): string[] {
  if (tls) {
    const verified = isMariaDb ? ['--ssl', '--ssl-verify-server-cert'] : ['--ssl-mode=VERIFY_IDENTITY']
    return [...verified, `--ssl-ca=${tls.caFile}`]
  }
  return isMariaDb ? ['--skip-ssl'] : ['--ssl-mode=DISABLED']
}

const shell = (command: readonly string[]) => command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')

/** @param given path of the program; by default `mariadb` or `mysql` */
export function databaseClient(programs: Programs, given?: string): Side {
  let client: Found
  return {
    name: 'databaseClient',
    what: 'mariadb --quick --batch, its output thrown away',
    peerOf: 'carryout',
    isSized: true,
    async obstacle() {
      const found = await findClient(programs, given)
      if (typeof found === 'string') return found
      client = found
      return null
    },
    async run(task, { processors }) {
      // The output goes to /dev/null, because reading it through a pipe would cost processor time, too.
      const command = ['sh', '-c', `exec ${shell(clientCommand(client, task))} > /dev/null`]
      return measure(on(processors?.exporter ?? null, command), task, client.env)
    },
  }
}

/** Pipes the client's output through a compression tool into a file, as in a shell. */
export function throughTool(
  tool: 'gzip' | 'zstd',
  args: readonly string[],
  peerOf: 'carryoutGzip' | 'carryoutZstd',
  { programs, client: given }: { programs: Programs; client?: string | undefined },
): Side {
  let client: Found
  let compressor: Program
  return {
    name: `${tool}Tool`,
    what: `mariadb --quick --batch \\| ${[tool, ...args].join(' ')} > file`,
    peerOf,
    async obstacle() {
      const found = await findClient(programs, given)
      if (typeof found === 'string') return found
      const second = await programs.find(tool, [{ command: tool, test: ['--version'] }])
      if (typeof second === 'string') return `${tool}: ${second}`
      client = found
      compressor = second
      return null
    },
    async run(task, { processors }) {
      const file = join(task.directory, `rows.${tool}`)
      const pipe = `${shell(clientCommand(client, task))} | ${shell([compressor.command, ...args, '-c'])} > ${shell([file])}`
      const env = { ...compressor.env, ...client.env }
      const outcome = await measure(on(processors?.exporter ?? null, ['sh', '-c', pipe]), task, env)
      return withFile(outcome, file)
    },
  }
}

/** The upper limit: a C program with MariaDB's library. It is compiled here, so it needs a compiler. */
export function cClient(programs: Programs): Side {
  let client: Program
  return {
    name: 'cClient',
    what: 'a page of C with libmariadb, to a CSV file',
    peerOf: 'carryout',
    isSized: true,
    async obstacle({ task }) {
      const compiler = await firstThatRuns(['cc', 'gcc', 'clang'])
      if (!compiler) return 'there is no C compiler (Debian: apt install gcc libc6-dev; macOS: xcode-select --install)'
      const binary = join(task(0, '', 'plain').directory, 'client')
      const compile = (flags: readonly string[]) => outputOf(compiler, ['-O2', '-o', binary, SOURCE, ...flags])
      const installed = await outputOf('mariadb_config', ['--include', '--libs'])
      if (installed !== null && (await compile(installed.trim().split(/\s+/))) !== null) {
        client = { command: binary, env: {} }
        return null
      }
      const found = await programs.root('library')
      if (typeof found === 'string') return `libmariadb: ${found}`
      const env = await environmentIn(found.root)
      const libraries = (env.LD_LIBRARY_PATH ?? '').split(':').map((directory) => `-L${directory}`)
      const headers = join(found.root, 'usr', 'include', 'mariadb')
      if ((await compile([`-I${headers}`, ...libraries, '-lmariadb'])) === null)
        return `${compiler} could not compile it with ${headers} (Debian: apt install libc6-dev)`
      client = { command: binary, env }
      return null
    },
    async run(task, { processors }) {
      const { host, port, user, database, tls } = task.access
      const file = join(task.directory, 'client.csv')
      const args = [host, String(port), user, database, task.query, file, ...(tls ? [tls.caFile] : [])]
      const command = on(processors?.exporter ?? null, [client.command, ...args])
      const env = { ...client.env, MYSQL_PWD: task.access.password }
      const { output, ...measured } = await runMeasured(command, task, env)
      rmSync(file)
      return { ...(JSON.parse(output) as Pick<Outcome, 'rows' | 'bytes'>), ...measured }
    },
  }
}

/** The server's own export, which sends no rows. Its figures are the statement's time and the server's processor time. */
export const outfile: Side = {
  name: 'outfile',
  what: 'SELECT … INTO OUTFILE: the server writes a CSV file',
  peerOf: 'carryout',
  isSized: true,
  async obstacle({ own }) {
    return own?.outfiles ? null : 'only the benchmark’s own server may write a file; leave DATABASE_URL out'
  },
  async run({ access, query }, { own }) {
    const file = join(own!.outfiles!, 'rows.csv')
    rmSync(file, { force: true })
    const { tls: _, ...login } = access
    const connection = await createConnection(login)
    try {
      const before = cpuSecondsOf(own!.pid)
      const began = performance.now()
      const format = `FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' ESCAPED BY '"' LINES TERMINATED BY '\\n'`
      const [{ affectedRows }] = await connection.query<ResultSetHeader>(`${query} INTO OUTFILE ? ${format}`, [file])
      const seconds = (performance.now() - began) / 1000
      const after = cpuSecondsOf(own!.pid)
      const cpuSeconds = before === null || after === null ? null : after - before
      return withFile({ rows: affectedRows, seconds, cpuSeconds }, file)
    } finally {
      await connection.end()
    }
  },
}

export function mydumper(programs: Programs): Side {
  let program: Program
  return {
    name: 'mydumper',
    what: 'mydumper, one thread, to SQL files',
    peerOf: 'carryout',
    async obstacle() {
      const found = await programs.find('mydumper', [{ command: 'mydumper', test: ['--version'] }])
      if (typeof found === 'string') return `mydumper: ${found}`
      program = found
      return null
    },
    async run(task, { processors }) {
      const { host, port, user, database, password, tls } = task.access
      const directory = join(task.directory, 'mydumper')
      // With the name localhost, mydumper would look for a Unix socket.
      const login = [`--host=${host === 'localhost' ? '127.0.0.1' : host}`, `--port=${port}`, `--user=${user}`]
      const what = [`--database=${database}`, `--tables-list=${TABLE}`, '--threads=1', '--no-locks']
      const encrypted = tls ? ['--ssl', `--ca=${tls.caFile}`] : []
      const command = [program.command, ...login, ...what, ...encrypted, `--outputdir=${directory}`, '--verbose=1']
      const outcome = await measure(on(processors?.exporter ?? null, command), task, {
        ...program.env,
        MYSQL_PWD: password,
      })
      if (!existsSync(directory)) throw new Error('mydumper wrote nothing')
      rmSync(directory, { recursive: true })
      return outcome
    },
  }
}

async function measure(command: readonly string[], task: Task, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const { seconds, cpuSeconds } = await runMeasured(command, task, { ...env, MYSQL_PWD: task.access.password })
  return { rows: task.rows, seconds, cpuSeconds }
}

function withFile(outcome: Outcome, file: string): Outcome {
  const bytes = statSync(file).size
  rmSync(file)
  return { ...outcome, bytes }
}

async function firstThatRuns(commands: readonly string[]): Promise<string | undefined> {
  for (const command of commands) if ((await outputOf(command, ['--version'])) !== null) return command
  return undefined
}
