/** Throwaway servers, for the suites that test them: opened here or in another process, and ended after each test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Account } from '../../src/database/accounts.ts'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { endServer } from '../../src/database/leftover.ts'

/** As in `open-in-child.ts`. */
export const PRODUCT = process.env.CARRYOUT_DATABASE || 'mariadb'
export const CHILD = join(import.meta.dirname, 'open-in-child.ts')

/** The present test’s own. */
export let stateDirectory: string
/** Stopped after the test. */
export let opened: Database[]
/** Killed after the test. */
export let children: ChildProcess[]

const newDirectory = async () => realpath(await mkdtemp(join(tmpdir(), 'carryout-throwaway-')))

beforeEach(async () => {
  stateDirectory = await newDirectory()
  opened = []
  children = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const database of opened) await database.stop()
  const pid = await serverPid().catch(() => undefined)
  if (pid !== undefined) await endServer(pid, dataDirectory(), ['SIGKILL'])
  await rm(stateDirectory, { recursive: true, force: true, maxRetries: 10 })
})

/** Each test has a copy of a database that was made and ended, since making one takes most of a test's time. */
export function startFromMade() {
  let made: string
  beforeAll(async () => {
    made = await newDirectory()
    const database = await openDatabase({ stateDirectory: made, database: 'shop', product: PRODUCT })
    await database.stop()
  })
  beforeEach(() => cp(made, stateDirectory, { recursive: true }))
  afterAll(() => rm(made, { recursive: true, force: true }))
}

export const dataDirectory = () => join(stateDirectory, 'database', 'data')
export const serverPid = async () => Number(await readFile(join(stateDirectory, 'database', 'server.pid'), 'utf8'))

export async function open(progress: { push(line: string): unknown } = []): Promise<Database> {
  const onProgress = (line: string) => progress.push(line)
  const database = await openDatabase({ stateDirectory, database: 'shop', product: PRODUCT, onProgress })
  opened.push(database)
  return database
}

export async function query(
  database: Database,
  sql: string,
  account: Account = database.admin,
): Promise<RowDataPacket[]> {
  const { host, port } = database
  const { username: user, password } = account
  const connection = await createConnection({ host, port, user, password, database: database.database })
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql)
    return rows
  } finally {
    await connection.end()
  }
}

/** Opens the database in another process and leaves a row in it. */
export async function openElsewhere(then: 'stay' | 'leave'): Promise<{ child: ChildProcess; database: Database }> {
  const child = spawn(process.execPath, [CHILD, stateDirectory, then], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  return { child, database: JSON.parse(line) as Database }
}

/** Also those that only make data. */
export async function serversUnder(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_pid, index) => commands[index]!.includes(`--datadir=${directory}`))
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}
