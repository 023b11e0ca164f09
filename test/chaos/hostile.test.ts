/** Some hostile messages. `npm run chaos` sends more, and docs/reliability.md has its figures. */
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { besiege } from './besiege.ts'
import { hostileBodies } from './hostile.ts'
import { randomOf } from './random.ts'
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

test('each invalid message becomes one failure with a notification', async () => {
  const { problems, figures } = await besiege(world, { messages: 12 })
  expect(problems).toEqual([])
  expect(figures).toMatchObject({ messages: 12, 'files all the same': 0 })
}, 120_000)

test('a seed repeats its choices', () => {
  const bodies = (seed: string) => hostileBodies(50, randomOf(seed)).map(({ body }) => body)
  expect(bodies('a')).toEqual(bodies('a'))
  expect(bodies('a')).not.toEqual(bodies('b'))
})
