/** A short run of the harness. `npm run chaos` runs longer, and docs/reliability.md has its figures. */
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { disturb } from './disturb.ts'
import { type ChaosDatabase, openWorld, type World } from './world.ts'

const SEED = process.env.CARRYOUT_CHAOS_SEED ?? 'npm-test'

let database: FreshDatabase
let world: World
beforeAll(async () => {
  database = await freshDatabase()
  world = await openWorld({ seed: SEED, database: database as ChaosDatabase, orders: 300 })
}, 120_000)
afterAll(async () => {
  await world?.close()
  await database?.drop()
})

test('under faults, a database outage and a kill, each request becomes one correct file or one notice, and nothing is left over', async () => {
  const { problems, figures } = await disturb(world, { requests: 4, rate: 0.12, kills: 1, breaks: 1, kinds: ['down'] })
  expect(problems).toEqual([])
  // Without faults, the test would prove nothing.
  expect(Number(figures.error) + Number(figures.lost) + Number(figures.reset)).toBeGreaterThan(1)
}, 240_000)
