/** Behind any key of any type come exactly the rest of the rows, in their order. */
import fc from 'fast-check'
import type { Connection } from 'mysql2/promise'
import { raw, sql } from '../../../engine/catalogue.ts'
import { hasTwin } from '../../../engine/charsets/twins.ts'
import { KeyWatch } from '../../../engine/keys/key.ts'
import { locateFields } from '../../../engine/rows/batch.ts'
import type { KeyBounds, RangeQuery, Source } from '../../../engine/sources/source.ts'
import type { Cursor } from '../../../statemachine/contract.ts'
import { KeyNotUnique } from '../../../statemachine/errors.ts'
import { type KeyType, keyTypes, REFUSED_TYPES, refusedTexts } from '../key-types.ts'
import { type BothSources, signal, startSources } from './data-api-support.ts'

const ROWS = 150
/** Of each type. */
const CURSORS = Number(process.env.CARRYOUT_TEST_CURSORS ?? 24)
/** Instead of those that stand for the others. */
const ALL_COLLATIONS = process.env.CARRYOUT_TEST_COLLATIONS === 'all'
/** Some of them are read as a chunk reads them, each in a session of its own. */
const DIRECT_RANGES = 2
const DATA_API_RANGES = 1
/** A hundred cursors take their time on a busy machine. */
const SWEEP_MILLIS = (ALL_COLLATIONS ? 5 : 1) * (90_000 + 5_000 * CURSORS)
/** Number of types that are tested at once, each in its own table. */
const AT_ONCE = 6

let both: BothSources
let connection: Connection
let sources: BothSources['sources']

beforeAll(async () => {
  both = await startSources()
  ;({ connection, sources } = both)
})
afterAll(() => both.close())

test(
  'any key of any type is followed by the rest of the rows in order',
  async () => {
    const types = [...keyTypes(await collationsOf(), { all: ALL_COLLATIONS }).entries()]
    const count = types.length
    const sweepAll = async () => {
      for (let next = types.shift(); next; next = types.shift()) await sweep(next[1], `swept_${next[0]}`)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, sweepAll))
    if (ALL_COLLATIONS) console.info(`${count} types of keys, each with ${CURSORS} cursors`)
  },
  SWEEP_MILLIS,
)

test('a key of a type without an order is refused', async () => {
  for (const type of REFUSED_TYPES) await expectRefused(type, /^The key k is .*: use an integer or a text$/)
})

test('a key whose collation sorts differently from how it compares is refused, and the message says what to write', async () => {
  const collations = await collationsOf()
  for (const type of refusedTexts(collations)) {
    await expectRefused(
      type,
      /sorts such texts differently from how it compares them, so rows could be lost. Select the key .* CONVERT/,
    )
  }
  await connection.query("INSERT INTO refused VALUES (1, 'b'), (2, 'a')")
  const query = sql`SELECT id, CONVERT(k USING utf8mb4) COLLATE utf8mb4_bin AS k FROM refused`
  const whole = { query, key: 'k', after: null, upTo: null, timeZone: null }
  for (const source of Object.values(sources)) {
    const found: number[] = []
    await readFrom(source, whole, (id) => found.push(id))
    expect(found).toEqual([2, 1])
  }
})

async function expectRefused(type: string, message: RegExp): Promise<void> {
  await connection.query('DROP TABLE IF EXISTS refused')
  await connection.query(`CREATE TABLE refused (id INT, k ${type} NOT NULL)`)
  const query = { query: sql`SELECT k FROM refused`, key: 'k', timeZone: null }
  for (const source of Object.values(sources)) {
    const failure = await source.open({ ...query, after: null, upTo: null }, signal).catch((error) => error)
    expect([type, failure]).toEqual([type, expect.any(KeyNotUnique)])
    expect(failure.message).toMatch(message)
    await expect(source.keySpace!(query, signal)).rejects.toThrow(KeyNotUnique)
  }
}

async function collationsOf(): Promise<ReadonlySet<string>> {
  // MariaDB's others have only a part of their name in `SHOW COLLATION`, since they are of several character sets.
  const [found] = await connection.query('SELECT * FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY')
  const names = (found as Record<string, string>[]).map((row) => row.FULL_COLLATION_NAME ?? row.COLLATION_NAME ?? '')
  return new Set(names)
}

/** Where a range begins and ends: numbers of rows, taken modulo how many there are. */
interface Place {
  after: number
  /** Half of the ranges go to the end. */
  upTo: number | null
  /** Whether the key is read by its index. */
  indexed: boolean
}
const places = fc.record({ after: fc.nat(), upTo: fc.option(fc.nat(), { freq: 1 }), indexed: fc.boolean() })

async function sweep({ type, values }: KeyType, table: string): Promise<void> {
  const size = (length: number) => ({ minLength: length, maxLength: length })
  const given = fc.tuple(fc.array(values, size(ROWS)), fc.array(places, size(CURSORS)))
  const property = fc.asyncProperty(given, async ([keys, ranges]) => {
    const ids = await fill(table, type, keys)
    const rows: Swept[] = []
    const whole = { indexed: true, after: null, upTo: null }
    await read('direct', table, whole, (id, cursor) => rows.push({ id, cursor: cursor(), isGone: id % 3 === 0 }))
    expect([type, rows.map(({ id }) => id)]).toEqual([type, ids])
    // From now on, a third of the cursors are deleted keys.
    await connection.query(`DELETE FROM ${table} WHERE id % 3 = 0`)
    await Promise.all([true, false].map((indexed) => expectTheRestOfKeys(table, rows, { ranges, indexed })))
    for (const [name, count] of [['direct', DIRECT_RANGES], ['Data API', DATA_API_RANGES]] as const) // biome-ignore format: a pair of pairs
      await Promise.all(ranges.slice(0, count).map((place) => expectTheRest(name, table, { rows, place })))
  })
  // Another try would be another table: none is made smaller.
  const { failed, seed, errorInstance } = await fc.check(property, { numRuns: 1, endOnFailure: true })
  if (failed) throw new Error(`A key of the type ${type} (seed ${seed})`, { cause: errorInstance })
}

/** @returns the rows' ids in the server's order; of keys that are the same for it only one is there */
async function fill(table: string, type: string, keys: readonly (string | Buffer)[]): Promise<number[]> {
  // A BLOB or TEXT has an index of its first bytes only; the keys are shorter.
  const indexed = /TEXT|BLOB/.test(type) ? 'k(20)' : 'k'
  await connection.query(
    `CREATE TABLE ${table} (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, k ${type} NOT NULL, plain ${type} NOT NULL, UNIQUE (${indexed}))`,
  )
  await connection.query(`INSERT IGNORE INTO ${table} (k, plain) VALUES ?`, [keys.map((key) => [key, key])])
  const [rows] = await connection.query(`SELECT id FROM ${table} ORDER BY plain`)
  return (rows as { id: number }[]).map(({ id }) => id)
}

interface Swept {
  id: number
  cursor: Cursor
  isGone: boolean
}

/** A range's bounds, and the rows within it that are there. */
function within(rows: readonly Swept[], { after, upTo }: Place): { bounds: KeyBounds; rest: Swept[] } {
  const last = rows.length - 1
  const [at, to] = [after % rows.length, upTo === null ? last : upTo % rows.length].sort((a, b) => a - b) as [
    number,
    number,
  ]
  return {
    bounds: { after: rows[at]!.cursor, upTo: upTo === null ? null : rows[to]!.cursor },
    rest: rows.slice(at + 1, to + 1).filter(({ isGone }) => !isGone),
  }
}

/** One session has all questions: the keys alone, compared with the cursors as a chunk does. */
async function expectTheRestOfKeys(
  table: string,
  rows: readonly Swept[],
  { ranges, indexed }: { ranges: readonly Place[]; indexed: boolean },
): Promise<void> {
  const space = await sources.direct.keySpace!(queryOf(table, indexed), signal)
  try {
    for (const place of ranges.filter((each) => each.indexed === indexed)) {
      const { bounds, rest } = within(rows, place)
      const keys = await space.keys(bounds, ROWS, 'first')
      expectSame(
        keys.map(({ value }) => value),
        rest.map(({ cursor }) => cursor.value),
        { place, bounds },
      )
    }
  } finally {
    await space.close()
  }
}

async function expectTheRest(
  name: keyof typeof sources,
  table: string,
  { rows, place }: { rows: readonly Swept[]; place: Place },
): Promise<void> {
  const { bounds, rest } = within(rows, place)
  const found: number[] = []
  try {
    await read(name, table, { ...place, ...bounds }, (id) => found.push(id))
  } catch (error) {
    // Behind a character of two codes: refused, since it may have become the other one.
    if (error instanceof KeyNotUnique && /two codes/.test(error.message) && hasTwin(bounds.after!.value)) return
    throw error
  }
  expectSame(
    found,
    rest.map(({ id }) => id),
    { name, place, bounds },
  )
}

/** One text is compared sooner than a list. */
function expectSame(found: unknown[], expected: unknown[], about: object): void {
  if (found.join() !== expected.join()) expect({ ...about, found }).toEqual({ ...about, found: expected })
}

const queryOf = (table: string, indexed: boolean) => ({
  query: sql`SELECT id, ${raw(indexed ? 'k' : 'plain AS k')} FROM ${raw(table)} WHERE id > ${0}`,
  key: 'k',
  timeZone: '+09:00',
})

/** Reads rows like a chunk, with the same watch over the keys. */
async function read(
  name: keyof typeof sources,
  table: string,
  { indexed, after, upTo }: KeyBounds & { indexed: boolean },
  take: (id: number, cursor: () => Cursor) => void,
): Promise<void> {
  await readFrom(sources[name], { ...queryOf(table, indexed), after, upTo }, take)
}

async function readFrom(
  source: Source,
  query: RangeQuery,
  take: (id: number, cursor: () => Cursor) => void,
): Promise<void> {
  const rows = await source.open(query, signal)
  try {
    const watch = new KeyWatch(rows.columns, 'k', rows.timeZone, query.after)
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
