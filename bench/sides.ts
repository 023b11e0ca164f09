/** The sides of the comparison: each runs in a process of its own, so that its memory is its own, too. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { build } from 'esbuild'
import { TABLE } from './table.ts'
import { type CarryoutOptions, type Outcome, s3Client, type Task } from './task.ts'

export interface Side {
  name: string
  what: string
  /** Why it cannot run here; null when it can. */
  obstacle(): Promise<string | null>
  run(task: Task): Promise<Outcome>
}

const path = (name: string) => fileURLToPath(new URL(`sides/${name}`, import.meta.url))

/** Runs bundled, as a function is deployed: the modules that are never used would count as memory. */
export function carryout(name: string, what: string, options: CarryoutOptions = {}): Side {
  return {
    name,
    what,
    obstacle: async () => null,
    run: async (task) => runProgram(process.execPath, [await bundled(), JSON.stringify({ ...task, options })]),
  }
}

let bundle: Promise<string> | undefined

function bundled(): Promise<string> {
  bundle ??= (async () => {
    const directory = mkdtempSync(join(tmpdir(), 'carryout-bench-bundle-'))
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
    const outfile = join(directory, 'carryout.mjs')
    await build({
      entryPoints: [path('carryout.ts')],
      outfile,
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      logLevel: 'error',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    })
    return outfile
  })()
  return bundle
}

export const limit: Side = {
  name: 'limit',
  what: 'the same rows read from the socket in Node and thrown away',
  obstacle: async () => null,
  run: (task) => runScript('limit.ts', task),
}

export const usualNode: Side = {
  name: 'usualNode',
  what: 'mysql2 stream → csv-stringify → lib-storage Upload',
  obstacle: async () => null,
  run: (task) => runScript('usual-node.ts', task),
}

/** @param client the program; `mariadb` or `mysql` of the PATH by default */
export function databaseClient(client?: string): Side {
  let program = client ?? 'mariadb'
  return {
    name: 'databaseClient',
    what: 'mariadb --quick --batch, its output thrown away',
    async obstacle() {
      for (program of client ? [client] : ['mariadb', 'mysql']) if (await succeeds(program, ['--version'])) return null
      return 'there is no mariadb or mysql on the PATH (--client <path> names one)'
    },
    async run({ access, rows }) {
      const { host, port, user, password, database } = access
      const began = performance.now()
      const statement = `SELECT * FROM ${TABLE} ORDER BY id`
      await finished(
        spawn(
          program,
          [
            '--no-defaults',
            `--host=${host}`,
            `--port=${port}`,
            '--protocol=tcp',
            `--user=${user}`,
            '--quick',
            '--batch',
            '--default-character-set=utf8mb4',
            database,
            '--execute',
            statement,
          ],
          { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, MYSQL_PWD: password } },
        ),
      )
      return { rows, seconds: (performance.now() - began) / 1000 }
    },
  }
}

export const python: Side = {
  name: 'python',
  what: 'SQLAlchemy + PyMySQL → csv → file → upload',
  async obstacle() {
    if (await succeeds('python3', ['-c', 'import sqlalchemy, pymysql'])) return null
    return 'Python has no SQLAlchemy and PyMySQL (Debian: apt install python3-sqlalchemy python3-pymysql)'
  },
  async run(task) {
    const command = new PutObjectCommand({ Bucket: task.bucket, Key: task.key })
    const uploadUrl = await getSignedUrl(s3Client(task), command, { expiresIn: 3600 })
    return runProgram('python3', [path('python.py'), JSON.stringify({ ...task, uploadUrl })])
  },
}

function runScript(name: string, task: Task): Promise<Outcome> {
  return runProgram(process.execPath, [path(name), JSON.stringify(task)])
}

async function runProgram(program: string, args: string[]): Promise<Outcome> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  await finished(child)
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Outcome
}

function finished(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${child.spawnfile} ended with ${code}`))))
  })
}

function succeeds(program: string, args: string[]): Promise<boolean> {
  return finished(spawn(program, args, { stdio: 'ignore' })).then(
    () => true,
    () => false,
  )
}
