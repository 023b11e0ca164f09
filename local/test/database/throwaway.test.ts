import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Account } from '../../src/database/accounts.ts'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { endServer, servesData } from '../../src/database/leftover.ts'

/** As in `open-in-child.ts`. */
const PRODUCT = process.env.CARRYOUT_DATABASE || 'mariadb'
const CHILD = join(import.meta.dirname, 'open-in-child.ts')
const DIES_ON_LAUNCH = join(import.meta.dirname, 'dies-on-launch.ts')

/** A state directory with a database that was made and ended: making one takes most of a test's time. */
let made: string
let stateDirectory: string
let opened: Database[]
let children: ChildProcess[]

const newDirectory = async () => realpath(await mkdtemp(join(tmpdir(), 'carryout-throwaway-')))

beforeAll(async () => {
  made = await newDirectory()
  const database = await openDatabase({ stateDirectory: made, database: 'shop', product: PRODUCT })
  await database.stop()
})
afterAll(() => rm(made, { recursive: true, force: true }))

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

const dataDirectory = () => join(stateDirectory, 'database', 'data')
const serverPid = async () => Number(await readFile(join(stateDirectory, 'database', 'server.pid'), 'utf8'))

async function open(progress: { push(line: string): unknown } = []): Promise<Database> {
  const onProgress = (line: string) => progress.push(line)
  const database = await openDatabase({ stateDirectory, database: 'shop', product: PRODUCT, onProgress })
  opened.push(database)
  return database
}

async function query(database: Database, sql: string, account: Account = database.admin): Promise<RowDataPacket[]> {
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
async function openElsewhere(then: 'stay' | 'leave'): Promise<{ child: ChildProcess; database: Database }> {
  const child = spawn(process.execPath, [CHILD, stateDirectory, then], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  return { child, database: JSON.parse(line) as Database }
}

/** Also those that only make data. */
async function serversUnder(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_pid, index) => commands[index]!.includes(`--datadir=${directory}`))
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

describe('the throwaway server', () => {
  beforeEach(() => cp(made, stateDirectory, { recursive: true }))

  it('keeps its rows and its port over a restart', async () => {
    const first = await open()
    expect(first).toMatchObject({ kind: 'throwaway', host: '127.0.0.1', database: 'shop' })
    expect(first.version).toMatch(/^\d+\.\d+\.\d+/)
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer')
    await first.stop()
    const second = await open()
    expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    expect(second.port).toBe(first.port)
  })

  it('restarts with its rows, accounts and port when it dies, and reports it', async () => {
    const said: string[] = []
    const database = await open(said)
    await query(database, 'CREATE TABLE kept AS SELECT 42 AS answer')
    process.kill(await serverPid(), 'SIGKILL')
    const again = () => said.some((line) => line.includes('is running again'))
    while (!again()) await sleep(50)
    expect(said.find((line) => line.includes('ended unexpectedly'))).toMatch(/log: .*Restarting it …$/)
    expect(await query(database, 'SELECT answer FROM kept', database.exporter)).toEqual([{ answer: 42 }])
    await database.stop()
    expect(await serversUnder(stateDirectory)).toEqual([])
  })

  it('waits for its port while another program uses it, and reports it', async () => {
    const other = createServer()
    const again = Promise.withResolvers<void>()
    const said: string[] = []
    const push = (line: string) => {
      said.push(line)
      if (line.includes('is using the database’s port')) other.close()
      if (line.includes('is running again')) again.resolve()
    }
    const database = await open({ push })
    await query(database, 'CREATE TABLE kept AS SELECT 42 AS answer')
    const pid = await serverPid()
    await endServer(pid, dataDirectory(), ['SIGKILL'])
    // The port is free a moment after the process is gone.
    const listen = () => once(other.listen(database.port, database.host), 'listening')
    while (!(await listen().catch(() => undefined))) await sleep(5)
    await again.promise
    expect(said).toContain(`Another program is using the database’s port ${database.port}. Trying again for 30 s …`)
    expect(await query(database, 'SELECT answer FROM kept', database.exporter)).toEqual([{ answer: 42 }])
  })

  it('gets only the environment variables that it needs', async () => {
    process.env.CARRYOUT_TEST_SECRET = 'hidden'
    await open()
    delete process.env.CARRYOUT_TEST_SECRET
    const environment = await readFile(`/proc/${await serverPid()}/environ`, 'utf8')
    expect(environment).toContain('PATH=')
    expect(environment).not.toContain('hidden')
  })

  it('has its temporary tables in its own directory, where another server’s start does not delete them', async () => {
    const [row] = await query(await open(), 'SELECT @@tmpdir AS directory')
    expect(row?.directory).toBe(join(stateDirectory, 'database', 'tmp'))
  })

  it('ends when it is stopped, and stopping it again does not affect its successor', async () => {
    const first = await open()
    const pid = await serverPid()
    expect(servesData(pid, dataDirectory())).toBe(true)
    await Promise.all([first.stop(), first.stop()])
    expect(servesData(pid, dataDirectory())).toBe(false)
    const second = await open()
    await first.stop()
    expect(servesData(await serverPid(), dataDirectory())).toBe(true)
    expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await expect(open()).rejects.toThrow(/is in use/)
  })

  it('listens on loopback only, has no account without a password, and keeps its passwords to its user', async () => {
    const database = await open()
    const settings = await query(
      database,
      'SELECT @@bind_address AS address, @@local_infile AS loading, @@log_bin AS binlog',
    )
    expect(settings).toEqual([{ address: '127.0.0.1', loading: 0, binlog: 0 }])
    for (const username of ['root', 'carryout_admin', 'carryout_exporter', '']) {
      await expect(query(database, 'SELECT 1', { username, password: '' })).rejects.toThrow(/Access denied/)
    }
    const { mode } = await stat(join(stateDirectory, 'database', 'server.json'))
    expect((mode & 0o777).toString(8)).toBe('600')
    expect((await stat(join(stateDirectory, 'database'))).mode & 0o077).toBe(0)
    const log = await readFile(join(stateDirectory, 'database', 'server.log'), 'utf8')
    expect(log).not.toContain(database.admin.password)
  })

  it('lets the exporter read the schema and do nothing else', async () => {
    const database = await open()
    await query(database, 'CREATE TABLE goods (id INT PRIMARY KEY)')
    await query(database, 'CREATE DATABASE elsewhere')
    await query(database, 'CREATE TABLE elsewhere.secrets (id INT)')
    const { exporter } = database
    expect(await query(database, 'SELECT * FROM goods', exporter)).toEqual([])
    for (const sql of [
      'INSERT INTO goods VALUES (1)',
      'UPDATE goods SET id = 2',
      'DELETE FROM goods',
      'DROP TABLE goods',
      'CREATE TABLE more (id INT)',
      'SELECT * FROM elsewhere.secrets',
      'SELECT * FROM mysql.user',
      "SELECT * FROM goods INTO OUTFILE '/tmp/never'",
      'SET GLOBAL max_connections = 1',
    ]) {
      await expect(query(database, sql, exporter)).rejects.toThrow(/denied/)
    }
  })

  it('lets the exporter kill its own query, which takes no privilege', async () => {
    const database = await open()
    const { host, port, exporter } = database
    const login = { host, port, user: exporter.username, password: exporter.password }
    const [busy, killer] = await Promise.all([createConnection(login), createConnection(login)])
    try {
      const sleeping = busy.query(
        'SELECT SLEEP(30) AS cut, 1 / (SELECT COUNT(*) FROM information_schema.tables) AS used',
      )
      const outcome = sleeping.then(
        ([rows]) => (rows as RowDataPacket[])[0]?.cut,
        (error: Error) => error.message,
      )
      await sleep(100)
      await killer.query(`KILL QUERY ${busy.threadId}`)
      // The server either fails the statement or lets SLEEP return 1; it does not sleep on.
      expect([1, 'Query execution was interrupted']).toContain(await outcome)
    } finally {
      await Promise.all([busy.end(), killer.end()])
    }
  })

  it('refuses a state directory whose database is in use, by this process or another', async () => {
    const { child } = await openElsewhere('stay')
    await expect(open()).rejects.toThrow(/is in use by another local cloud.*--state <dir>/s)
    await kill(child)
    await open()
    await expect(open()).rejects.toThrow(/is in use by another local cloud/)
  })

  it('is taken over, rows and all, when the local cloud was killed', async () => {
    const { child, database } = await openElsewhere('stay')
    await query(database, 'CREATE TABLE kept AS SELECT 42 AS answer')
    const pid = await serverPid()
    await kill(child)
    expect(servesData(pid, dataDirectory())).toBe(true)
    const progress: string[] = []
    const next = await open(progress)
    expect(progress).toEqual(['Taking over the database server that an earlier local cloud left behind'])
    expect(await serverPid()).toBe(pid)
    expect(next.admin).toEqual(database.admin)
    expect(await query(next, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    await next.stop()
    expect(servesData(pid, dataDirectory())).toBe(false)
  })

  it('is restarted if it was left behind and refuses the log-in', async () => {
    const { child, database } = await openElsewhere('stay')
    await query(database, 'CREATE TABLE kept AS SELECT 42 AS answer')
    const pid = await serverPid()
    await kill(child)
    await writeFile(join(stateDirectory, 'database', 'server.json'), '{"torn":')
    const next = await open()
    expect(await serverPid()).not.toBe(pid)
    expect(servesData(pid, dataDirectory())).toBe(false)
    expect(await query(next, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  })

  it('recovers when the server was killed too', async () => {
    const { child, database } = await openElsewhere('stay')
    await query(database, 'CREATE TABLE kept AS SELECT 42 AS answer')
    process.kill(await serverPid(), 'SIGKILL')
    await kill(child)
    expect(await query(await open(), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  })

  it('ends with its process, even if that does not stop it', async () => {
    const { child } = await openElsewhere('leave')
    if (child.exitCode === null) await once(child, 'exit')
    const pid = await serverPid()
    for (let waited = 0; servesData(pid, dataDirectory()) && waited < 100; waited++) await sleep(50)
    expect(servesData(pid, dataDirectory())).toBe(false)
  })

  it('is recognized when its state directory is given by another path', async () => {
    const { child } = await openElsewhere('stay')
    const pid = await serverPid()
    await kill(child)
    const alias = `${stateDirectory}-alias`
    await symlink(stateDirectory, alias)
    try {
      opened.push(await openDatabase({ stateDirectory: alias, database: 'shop', product: PRODUCT }))
      expect(await serverPid()).toBe(pid)
    } finally {
      await rm(alias)
    }
  })

  it('does not take another process with its old id for its server', async () => {
    const database = await open()
    await database.stop()
    await writeFile(join(stateDirectory, 'database', 'server.pid'), String(process.pid))
    const next = await open()
    expect(await serverPid()).not.toBe(process.pid)
    expect(await query(next, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('says what to delete when its data is damaged', async () => {
    const database = await open()
    await database.stop()
    await writeFile(join(dataDirectory(), 'ibdata1'), 'damaged')
    await expect(open()).rejects.toThrow(
      `If its data is damaged, delete ${join(stateDirectory, 'database')}; its content is then lost.`,
    )
  })

  it('reports that its data was made by the other product', async () => {
    const database = await open()
    await database.stop()
    const file = join(stateDirectory, 'database', 'server.json')
    const record = JSON.parse(await readFile(file, 'utf8')) as object
    await writeFile(file, JSON.stringify({ ...record, flavour: 'another' }))
    await expect(open()).rejects.toThrow(
      /was made by another, and \w+ cannot read it\. Set CARRYOUT_DATABASE=another.*delete that directory/,
    )
  })
})

describe('a throwaway server that does not exist yet', () => {
  it('starts however early the local cloud was killed before', async () => {
    for (const delay of [60, 150, 250, 350, 500, 700]) {
      const child = spawn(process.execPath, [CHILD, stateDirectory, 'stay'], { stdio: 'ignore' })
      children.push(child)
      await sleep(delay)
      await kill(child)
    }
    const database = await open()
    expect(await query(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    if (process.platform === 'linux') expect(await serversUnder(stateDirectory)).toEqual([await serverPid()])
  })

  it('is found by the next local cloud even if its own was killed at its very start', async () => {
    const killed = spawn(process.execPath, ['--import', DIES_ON_LAUNCH, CHILD, stateDirectory, 'stay'], {
      stdio: 'ignore',
    })
    expect(await once(killed, 'exit')).toEqual([null, 'SIGKILL'])
    const database = await open()
    expect(await query(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    if (process.platform === 'linux') expect(await serversUnder(stateDirectory)).toEqual([await serverPid()])
  })

  it.each([
    ['while the data is made', 'Making a database', 0],
    ['while the server starts', 'Making a database', 450],
  ])('leaves nothing running or half made when it is aborted %s', async (_when, moment, delay) => {
    const halt = new AbortController()
    const onProgress = (line: string) => {
      if (line.startsWith(moment)) setTimeout(() => halt.abort(), delay)
    }
    const giveUp = openDatabase({ stateDirectory, database: 'shop', product: PRODUCT, onProgress, signal: halt.signal })
    const outcome = await giveUp.then(
      (database) => database.stop(),
      (error: Error) => error.name,
    )
    if (delay === 0) expect(outcome).toBe('AbortError')
    const left = await readdir(join(stateDirectory, 'database'))
    expect(left.filter((name) => name.startsWith('initialising-') || name === 'init.sql')).toEqual([])
    const pid = await serverPid().catch(() => undefined)
    if (pid !== undefined) expect(servesData(pid, dataDirectory())).toBe(false)
    const database = await open()
    expect(await query(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})
