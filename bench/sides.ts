/** The sides of the comparison. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { STREAMING_NODE_OPTIONS } from '../functions/common/environment.ts'
import { bundle } from './bundle.ts'
import { measured, outputOf, runSide } from './program.ts'
import { TABLE } from './table.ts'
import { type CarryoutOptions, type Outcome, s3Client, type Task } from './task.ts'

export interface Side {
  name: string
  what: string
  /** The side of ours that is measured against this one; a side of ours is compared with `carryout`. */
  peerOf?: 'carryout' | 'carryoutXlsx'
  /** What is slow is given no more rows than these: its rows per second are as true. */
  mostRows?: number
  /** Why it cannot run here; null when it can. */
  obstacle(): Promise<string | null>
  run(task: Task): Promise<Outcome>
}

const path = (name: string) => fileURLToPath(new URL(`sides/${name}`, import.meta.url))

let bundled: Promise<string> | undefined

export function carryout(name: string, what: string, options: CarryoutOptions = {}): Side {
  return {
    name,
    what,
    obstacle: async () => null,
    async run(task) {
      bundled ??= bundle(path('carryout.ts'))
      return runSide(process.execPath, [STREAMING_NODE_OPTIONS, await bundled], { ...task, options })
    },
  }
}

/** @param client the program; `mariadb` or `mysql` of the PATH by default */
export function databaseClient(client?: string): Side {
  let program = client ?? 'mariadb'
  return {
    name: 'databaseClient',
    what: 'mariadb --quick --batch, its output thrown away',
    peerOf: 'carryout',
    async obstacle() {
      for (program of client ? [client] : ['mariadb', 'mysql'])
        if (/mariadb|mysql/i.test((await outputOf(program, ['--version'])) ?? '')) return null
      return client
        ? `${client} is no mariadb or mysql that runs here`
        : 'there is no mariadb or mysql on the PATH (Debian: apt install mariadb-client-core; --client <path> names one)'
    },
    async run({ access, rows }) {
      const { host, port, user, password, database } = access
      const login = [`--host=${host}`, `--port=${port}`, '--protocol=tcp', `--user=${user}`]
      const how = ['--quick', '--batch', '--default-character-set=utf8mb4']
      const what = [database, '--execute', `SELECT * FROM ${TABLE} ORDER BY id`]
      const child = spawn(program, ['--no-defaults', ...login, ...how, ...what], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, MYSQL_PWD: password },
      })
      return { rows, ...(await measured(child)) }
    },
  }
}

export const usualNode = nodeSide('usualNode', 'usual-node.ts', {
  what: 'mysql2 stream → csv-stringify → lib-storage Upload',
  peerOf: 'carryout',
})

export const limit = nodeSide('limit', 'limit.ts', {
  what: 'the same rows read from the socket in Node and thrown away',
  peerOf: 'carryout',
})

export const exceljs = nodeSide('exceljs', 'exceljs.ts', {
  what: 'mysql2 stream → exceljs’s streaming writer → lib-storage Upload',
  peerOf: 'carryoutXlsx',
  mostRows: 200_000,
})

export const python = pythonSide()

/** Debian's packages are of Debian's Python, which may not be the first on the PATH. */
function pythonSide(): Side {
  const programs = ['python3', '/usr/bin/python3']
  let program = 'python3'
  return {
    name: 'python',
    what: 'SQLAlchemy + PyMySQL → csv → file → upload',
    peerOf: 'carryout',
    async obstacle() {
      for (program of programs)
        if ((await outputOf(program, ['-c', 'import sqlalchemy, pymysql'])) !== null) return null
      return 'Python has no SQLAlchemy and PyMySQL (Debian: apt install python3-sqlalchemy python3-pymysql)'
    },
    async run(task) {
      const command = new PutObjectCommand({ Bucket: task.bucket, Key: task.key })
      const uploadUrl = await getSignedUrl(s3Client(task), command, { expiresIn: 3600 })
      return runSide(program, [path('python.py')], { ...task, uploadUrl })
    },
  }
}

function nodeSide(name: string, script: string, side: Pick<Side, 'what' | 'peerOf' | 'mostRows'>): Side {
  return {
    name,
    ...side,
    obstacle: async () => null,
    run: (task) => runSide(process.execPath, [path(script)], task),
  }
}
