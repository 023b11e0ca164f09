/** An export in many chunks, killed at moments spread over its history. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fillShop } from '../../laptop/shop/fill.ts'
import { changedAssembly } from '../support/assembly.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { bootKillable, type KillableCloud } from '../support/killable-cloud.ts'
import { givenRequest } from '../support/pipeline.ts'

const KILLS = 3
const EVENTS_BETWEEN_KILLS = 14
const ORDERS = 8_000

let directory: string
let database: FreshDatabase
let cloud: KillableCloud
let boot: () => Promise<KillableCloud>
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-kill-'))
  database = await freshDatabase()
  await fillShop(database.connection, { orders: ORDERS })
  const assembly = await changedAssembly(join(directory, 'assembly'), 'export-chunk', ({ Environment }) => {
    Environment.Variables.CARRYOUT_CHUNK_BUDGET_SECONDS = '0.02'
  })
  boot = () => bootKillable({ database, assembly, state: join(directory, 'state') })
})
afterAll(async () => {
  await cloud?.kill()
  await database.drop()
  rmSync(directory, { recursive: true })
})

test('an export that is killed repeatedly continues, and its file is identical; waiting requests then continue immediately', async () => {
  cloud = await boot()
  await cloud.send(items('undisturbed'))
  const undisturbed = await cloud.finished('undisturbed')
  const expected = await cloud.bytes('undisturbed')
  await cloud.send(items('disturbed'))
  const waiting = Array.from({ length: 3 }, (_, i) => givenRequest({ id: `waiting-${i}` }))
  for (const body of waiting) await cloud.send(body)
  let restarted = 0
  for (let kills = 0; kills < KILLS; kills++) {
    expect(await cloud.eventsOf('disturbed', 2 + kills * EVENTS_BETWEEN_KILLS)).toBe(true)
    // Not only right after an event.
    await sleep((kills * 37) % 60)
    await cloud.kill()
    cloud = await boot()
    restarted = Date.now()
  }
  const disturbed = await cloud.finished('disturbed')
  expect(disturbed.ranges.reduce((sum, { chunks }) => sum + chunks, 0)).toBeGreaterThan(5)
  expect(disturbed.file).toMatchObject({ rows: ORDERS * 3, crc32: undisturbed.file.crc32 })
  expect((await cloud.bytes('disturbed')).equals(expected)).toBe(true)
  for (const { id } of waiting) expect((await cloud.finished(id as string)).file.rows).toBeGreaterThan(0)
  // The queue's visibility timeout is over an hour.
  expect(Date.now() - restarted).toBeLessThan(60_000)
}, 240_000)

function items(id: string) {
  return givenRequest({ id, export: 'order-items', params: {} })
}
