import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '../../src/database/database.ts'
import { servesData } from '../../src/database/leftover.ts'
import {
  CHILD,
  children,
  dataDirectory,
  kill,
  open,
  PRODUCT,
  query,
  serverPid,
  serversUnder,
  stateDirectory,
} from './throwaway.ts'

const DIES_ON_LAUNCH = join(import.meta.dirname, 'dies-on-launch.ts')

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
