import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fillShop } from '../../laptop/shop/fill.ts'
import { failMany, type Killable, replayThroughKills } from '../support/bulk-kill.ts'
import { testAssembly } from '../support/cloud.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { bootKillable, type KillableCloud } from '../support/killable-cloud.ts'

let directory: string
let database: FreshDatabase
let cloud: KillableCloud
let boot: () => Promise<KillableCloud>
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-kill-'))
  database = await freshDatabase()
  await fillShop(database.connection, { orders: 300 })
  const assembly = await testAssembly()
  boot = () => bootKillable({ database, assembly, state: join(directory, 'state') })
  cloud = await boot()
})
afterAll(async () => {
  await cloud?.kill()
  await database.drop()
  rmSync(directory, { recursive: true })
})

test('a bulk replay that is killed halfway continues after the restart, and redrives each execution once', async () => {
  const killable: Killable = {
    endpoint: () => cloud.endpoint,
    async restart() {
      await cloud.kill()
      cloud = await boot()
    },
    async sql(statement) {
      const connection = await database.connect()
      await connection.query(statement)
      await connection.end()
    },
  }
  const ids = await failMany(killable, 9)
  const { replay, redrives } = await replayThroughKills(killable, { name: 'all', kills: 1 })
  expect(replay).toMatchObject({ state: 'done', count: 9, replayed: 9, skipped: 0 })
  expect(ids.map((id) => redrives[id])).toEqual(ids.map(() => 1))
}, 240_000)
