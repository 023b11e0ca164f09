import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { endServer, servesData } from '../../src/database/leftover.ts'
import { dataDirectory, open, query, serverPid, serversUnder, startFromMade, stateDirectory } from './throwaway.ts'

startFromMade()

describe('the throwaway server', () => {
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
})
