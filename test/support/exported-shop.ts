/** A schema with the sample shop and a bucket for its files, created before a suite's first test and deleted after its last. */
import { fillShop } from '../../laptop/shop/fill.ts'
import { type RunOptions, sourceOf, startStore, type TestStore } from '../engine/harness.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'

export function givenShop({ orders }: { orders: number }) {
  let database: FreshDatabase
  let store: TestStore
  beforeAll(async () => {
    database = await freshDatabase()
    store = await startStore()
    await fillShop(database.connection, { orders })
  })
  afterAll(async () => {
    store?.close()
    await database?.drop()
  })
  return {
    get database() {
      return database
    },
    get store() {
      return store
    },
    /** Options of an export that reads from the schema and writes to the bucket. */
    options: (more: Partial<RunOptions> = {}): RunOptions => ({ source: sourceOf(database), store, ...more }),
  }
}
