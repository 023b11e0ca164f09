/** Keys that a cursor could lose rows by: each is exported whole, cut as it may be, or refused. */
import { defineExport, type Export, type ExportDefinition, sql } from '../../engine/catalogue.ts'
import type { Source } from '../../engine/sources/source.ts'
import { KeyNotUnique } from '../../statemachine/errors.ts'
import { describeOnce, type FreshDatabase } from '../support/database.ts'
import { type Run, run, sourceOf, type TestStore } from './harness.ts'
import { type Bench, startBench } from './sources/data-api-support.ts'

/** Each chunk sorts them all. */
const LONG_KEYS = 200

let database: FreshDatabase
let store: TestStore
let bench: Bench
let direct: Source
let dataApi: Source
beforeAll(async () => {
  bench = await startBench()
  ;({ database, store } = bench)
  direct = sourceOf(database)
  dataApi = await bench.source()
})
afterAll(() => bench.close())

describe('a long key without an index', () => {
  beforeAll(async () => {
    await execute(
      'CREATE TABLE long_keys (id INT NOT NULL PRIMARY KEY, k VARCHAR(2000) NOT NULL) CHARSET utf8mb4',
      `INSERT INTO long_keys SELECT id, CONCAT(REPEAT('p', 1100), LEFT(SHA2(id, 256), 32)) FROM orders WHERE id <= ${LONG_KEYS}`,
    )
  })

  test('is sorted by its whole length, so no row is lost at a cut, by either source', async () => {
    const whole = await exported('long_keys', direct)
    const cut = await exported('long_keys', direct, 0)
    const paged = await exported('long_keys', dataApi)
    expect(whole.manifest.file.rows).toBe(LONG_KEYS)
    expect(cut.chunks).toBeGreaterThan(1)
    expect(cut.content.equals(whole.content)).toBe(true)
    expect(paged.content.equals(whole.content)).toBe(true)
  })
})

describe('a duplicate key', () => {
  test.each([
    ['INT', 'id'],
    ['DECIMAL(10,2)', 'id / 4'],
    ['DATETIME', `'2026-01-01' + INTERVAL id MINUTE`],
    ['VARBINARY(8)', 'LPAD(id, 8, 0)'],
  ])('is found by the Data API at whichever row a page ends: %s', async (type, value) => {
    // The first page has fifty rows.
    await execute('DROP TABLE IF EXISTS twice', `CREATE TABLE twice (id INT NOT NULL, k ${type} NOT NULL)`)
    for (const twice of [49, 50, 51]) {
      await execute(
        'DELETE FROM twice',
        `INSERT INTO twice SELECT id, ${value} FROM orders WHERE id <= 100`,
        `INSERT INTO twice SELECT id, k FROM twice WHERE id = ${twice}`,
      )
      await expect(exported('twice', dataApi)).rejects.toThrow(KeyNotUnique)
    }
  })
})

describe('a key whose cursor does not advance', () => {
  beforeAll(async () => {
    // NEC's ≒ comes back from Unicode as the one of JIS, before all of these keys; NEC's 纊 as IBM's, after them.
    // The keys are so long that one chunk cannot contain all rows.
    await execute(
      'CREATE TABLE lost (id INT NOT NULL, k VARCHAR(200) CHARACTER SET cp932 COLLATE cp932_bin NOT NULL PRIMARY KEY)',
      `INSERT INTO lost SELECT id, CONCAT(CONVERT(x'ED40' USING cp932), LPAD(id, 6, 0), REPEAT('x', 150)) FROM orders`,
      'CREATE TABLE twins (id INT NOT NULL, k VARCHAR(200) CHARACTER SET cp932 COLLATE cp932_bin NOT NULL PRIMARY KEY)',
      `INSERT INTO twins SELECT id, CONCAT(CONVERT(x'8790' USING cp932), LPAD(id, 6, 0), REPEAT('x', 150)) FROM orders`,
    )
  })

  test('fails the export, by either source, instead of repeating or skipping rows', async () => {
    for (const table of ['twins', 'lost']) {
      for (const source of [direct, dataApi]) {
        const failure = await exported(table, source, 0).catch((error) => error)
        expect(failure).toBeInstanceOf(KeyNotUnique)
        expect(failure.message).toMatch(/The key k has the collation cp932_bin.*two codes/)
      }
    }
  })
})

describe('a TIMESTAMP key', () => {
  beforeAll(async () => {
    await execute(
      'CREATE TABLE stamps (id INT NOT NULL, k TIMESTAMP NOT NULL PRIMARY KEY)',
      `INSERT INTO stamps SELECT id, '2026-10-25 00:00:00' + INTERVAL id MINUTE FROM orders`,
    )
  })

  test('can be cut if the clock is never set back', async () => {
    const whole = await exported('stamps', direct, undefined, { timeZone: '+01:00' })
    const cut = await exported('stamps', direct, 0, { timeZone: '+01:00' })
    expect(cut.content.equals(whole.content)).toBe(true)
  })
})

describe('a text key of another character set', () => {
  test.each([
    ['ascii', 'LEFT(SHA2(id, 256), 32)'],
    ['latin1', `CONCAT('ORDER-', LPAD(id, 6, 0))`],
    ['cp932', `CONCAT('注文', LEFT(SHA2(id, 256), 32))`],
    ['ujis', `CONCAT(IF(id % 2, '注', '品'), LEFT(SHA2(id, 256), 32))`],
  ])('is divided into ranges, or exported in one: %s', async (charset, value) => {
    await execute(
      'DROP TABLE IF EXISTS foreign_keys_',
      `CREATE TABLE foreign_keys_ (id INT NOT NULL, k VARCHAR(60) NOT NULL PRIMARY KEY) CHARSET ${charset}`,
      `INSERT INTO foreign_keys_ SELECT id, ${value} FROM orders`,
      'ANALYZE TABLE foreign_keys_',
    )
    const one = await exported('foreign_keys_', direct)
    const many = await exported('foreign_keys_', direct, undefined, { parallelism: 4 })
    expect(many.content.equals(one.content)).toBe(true)
    if (charset === 'ascii' || charset === 'latin1') expect(many.finished.ranges.length).toBeGreaterThan(1)
  })
})

describeOnce('once a file is there', () => {
  test('the chunks of an attempt that was cut differently are deleted', async () => {
    const left = 'chunks/left-over/0/7'
    await store.put(left, Buffer.from('x'), 0x8cdc1683, { contentType: 'text/plain' })
    await run(given('orders', { key: 'id' }), { source: direct, store, request: { id: 'left-over' }, budget: 0 })
    expect((await store.keys()).filter((key) => key.startsWith('chunks/left-over/'))).toEqual([])
  })
})

function given(table: string, more: Partial<ExportDefinition> = {}): Export {
  const key = more.key ?? 'k'
  return defineExport({
    name: 'hard-keys',
    title: 'Hard keys',
    query: () => sql([`SELECT * FROM ${table}`] as never),
    key,
    columns: { [key]: 'Key', ...(key === 'id' ? {} : { id: 'Id' }) },
    ...more,
  })
}

function exported(table: string, source: Source, budget?: number, more: Partial<ExportDefinition> = {}): Promise<Run> {
  return run(given(table, more), { source, store, ...(budget === undefined ? {} : { budget }) })
}

async function execute(...statements: string[]): Promise<void> {
  const connection = await database.connect()
  for (const statement of statements) await connection.query(statement)
  await connection.end()
}
