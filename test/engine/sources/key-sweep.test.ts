/** Behind any key of any type come exactly the rest of the rows, in their order. */
import fc from 'fast-check'
import type { Connection } from 'mysql2/promise'
import { defineExport, raw, sql } from '../../../engine/catalogue.ts'
import { KeyWatch } from '../../../engine/keys/key.ts'
import { locateFields } from '../../../engine/rows/batch.ts'
import { dataApiSource } from '../../../engine/sources/data-api.ts'
import type { KeyBounds, Source } from '../../../engine/sources/source.ts'
import { RESOURCE_ARN, SECRET_ARN, startDataApi, type TestDataApi } from '../../../local/test/rds-data/support.ts'
import type { Cursor } from '../../../statemachine/contract.ts'
import { KeyNotUnique } from '../../../statemachine/errors.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { run, sourceOf, startStore, type TestStore } from '../harness.ts'
import { type KeyType, keyTypes, REFUSED_TYPES } from '../key-types.ts'
import { signal } from './data-api-support.ts'

const ROWS = 250
/** With one cursor or two, so that each type has about a hundred. */
const RANGES = 60
/** Each takes the Data API several statements. */
const DATA_API_RANGES = 6
/** Ranges that are read at once. */
const AT_ONCE = 10

let database: FreshDatabase
let connection: Connection
let api: TestDataApi
let store: TestStore
let sources: Record<'direct' | 'Data API', Source>

beforeAll(async () => {
  database = await freshDatabase()
  connection = await database.connect()
  await connection.query("SET NAMES utf8mb4, time_zone = '+00:00'")
  store = await startStore()
  api = await startDataApi(database)
  const { client } = api
  const address = { client, resourceArn: RESOURCE_ARN, secretArn: SECRET_ARN, database: database.database }
  sources = { direct: sourceOf(database), 'Data API': dataApiSource(address) }
})
afterAll(async () => {
  await api.close()
  store.close()
  await connection.end()
  await database.drop()
})

test('behind any key of any type come the rest of the rows in their order', async () => {
  const [found] = await connection.query('SELECT COLLATION_NAME AS name FROM information_schema.COLLATIONS')
  const types = keyTypes(new Set((found as { name: string }[]).map(({ name }) => name)))
  for (const type of types) await sweep(type)
}, 300_000)

test.each(REFUSED_TYPES)('a key of the type %s is refused', async (type) => {
  await connection.query('DROP TABLE IF EXISTS refused')
  await connection.query(`CREATE TABLE refused (k ${type} NOT NULL)`)
  const definition = defineExport({
    name: 'refused',
    title: 'Refused',
    query: () => sql`SELECT k FROM refused`,
    key: 'k',
    columns: { k: 'k' },
  })
  for (const source of Object.values(sources)) {
    const failure = await run(definition, { source, store }).catch((error) => error)
    expect(failure).toBeInstanceOf(KeyNotUnique)
    expect(failure.message).toMatch(/^The key k is .*: an integer or a text would do$/)
  }
})

/** Where a range begins and ends: numbers of rows, taken modulo how many there are. */
interface Place {
  after: number
  /** Half of the ranges go to the end. */
  upTo: number | null
  /** Whether the key is read by its index. */
  indexed: boolean
  /** The cursor's own row may be gone. */
  gone: boolean
}
const places = fc.record({
  after: fc.nat(),
  upTo: fc.option(fc.nat(), { freq: 1 }),
  indexed: fc.boolean(),
  gone: fc.boolean(),
})

async function sweep({ type, values }: KeyType): Promise<void> {
  const size = (length: number) => ({ minLength: length, maxLength: length })
  const given = fc.tuple(fc.array(values, size(ROWS)), fc.array(places, size(RANGES)))
  const property = fc.asyncProperty(given, async ([keys, ranges]) => {
    const ids = await fill(type, keys)
    const rows: Swept[] = []
    const whole = { indexed: true, after: null, upTo: null }
    await read('direct', whole, (id, cursor) => rows.push({ id, cursor: cursor() }))
    expect([type, rows.map(({ id }) => id)]).toEqual([type, ids])
    for (let from = 0; from < RANGES; from += AT_ONCE) {
      const some = ranges.slice(from, from + AT_ONCE)
      await Promise.all(some.map((place) => expectTheRest('direct', rows, place)))
    }
    await Promise.all(ranges.slice(0, DATA_API_RANGES).map((place) => expectTheRest('Data API', rows, place)))
  })
  // Another try would be another table: none is made smaller.
  const { failed, seed, errorInstance } = await fc.check(property, { numRuns: 1, endOnFailure: true })
  if (failed) throw new Error(`A key of the type ${type} (seed ${seed})`, { cause: errorInstance })
}

/** @returns the rows' ids in the server's order; of keys that are the same for it only one is there */
async function fill(type: string, keys: readonly (string | Buffer)[]): Promise<number[]> {
  // A BLOB or TEXT has an index of its first bytes only; the keys are shorter.
  const indexed = /TEXT|BLOB/.test(type) ? 'k(20)' : 'k'
  await connection.query('DROP TABLE IF EXISTS swept')
  await connection.query(
    `CREATE TABLE swept (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, k ${type} NOT NULL, plain ${type} NOT NULL, UNIQUE (${indexed}))`,
  )
  await connection.query('INSERT IGNORE INTO swept (k, plain) VALUES ?', [keys.map((key) => [key, key])])
  const [rows] = await connection.query('SELECT id FROM swept ORDER BY plain')
  return (rows as { id: number }[]).map(({ id }) => id)
}

interface Swept {
  id: number
  cursor: Cursor
}

async function expectTheRest(name: keyof typeof sources, rows: readonly Swept[], place: Place): Promise<void> {
  const last = rows.length - 1
  const [at, to] = [place.after % rows.length, place.upTo === null ? last : place.upTo % rows.length].sort(
    (a, b) => a - b,
  ) as [number, number]
  const { id: gone, cursor } = rows[at]!
  const upTo = place.upTo === null ? null : rows[to]!.cursor
  const bounds = { after: cursor, upTo }
  const rest: number[] = []
  await read(name, { ...place, ...bounds, without: place.gone ? gone : 0 }, (id) => rest.push(id))
  const expected = rows.slice(at + 1, to + 1).map(({ id }) => id)
  // One text is compared sooner than a list.
  if (rest.join() !== expected.join())
    expect({ name, place, bounds, rest }).toEqual({ name, place, bounds, rest: expected })
}

/** As a chunk reads them, with the watch that a chunk keeps over its keys. */
async function read(
  name: keyof typeof sources,
  { indexed, after, upTo, without = 0 }: KeyBounds & { indexed: boolean; without?: number },
  take: (id: number, cursor: () => Cursor) => void,
): Promise<void> {
  const query = sql`SELECT id, ${raw(indexed ? 'k' : 'plain AS k')} FROM swept WHERE id <> ${without}`
  const rows = await sources[name].open({ query, key: 'k', after, upTo, timeZone: '+09:00' }, signal)
  try {
    const watch = new KeyWatch(rows.columns, 'k', rows.timeZone, after)
    const starts = new Int32Array(1)
    const ends = new Int32Array(1)
    for await (const batch of rows) {
      watch.check(batch)
      for (let row = 0; row < batch.rows; row++) {
        locateFields(batch.bytes, batch.starts[row]!, 1, starts, ends)
        const id = Number(batch.bytes.toString('latin1', starts[0], ends[0]))
        take(id, () => watch.cursorAt(batch, row))
      }
    }
  } finally {
    await rows.close()
  }
}
