import { once } from 'node:events'
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '../../src/database/database.ts'
import { servesData } from '../../src/database/leftover.ts'
import {
  dataDirectory,
  kill,
  open,
  openElsewhere,
  opened,
  PRODUCT,
  query,
  serverPid,
  startFromMade,
  stateDirectory,
} from './throwaway.ts'

startFromMade()

describe('a throwaway server', () => {
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
