/** An export divided into ranges of its key: the same bytes as in one, whatever the key, and about even ranges. */
import { defineCatalogue, defineExport, type Export, type ExportDefinition, sql } from '../../engine/catalogue.ts'
import { planRanges } from '../../engine/plan-ranges.ts'
import { prepare } from '../../engine/prepare.ts'
import type { Source } from '../../engine/sources/source.ts'
import type { Prepared } from '../../statemachine/contract.ts'
import { DatabaseUnavailable, KeyNotUnique, QueryFailed, TooManyRows } from '../../statemachine/errors.ts'
import { describeOnce, type FreshDatabase, freshDatabase } from '../support/database.ts'
import { serverSessions } from '../support/server-sessions.ts'
import { exportAll, requestFor, run, sourceOf, startStore, type TestStore } from './harness.ts'

const ROWS = 40_000
/** Without compression, a chunk can be as small as one read, so fewer rows are enough to cut every range. */
const PLAIN_ROWS = 2_000
/** Number of rows in the table of each key type. */
const KEY_ROWS = 2_000
const RANGES = 4
/** Only its last row counts, and each row takes its time. */
const SLOW = 'SELECT id FROM numbers WHERE id % 40000 = 39999 + SLEEP(0.001)'

let database: FreshDatabase
let store: TestStore
let source: Source
beforeAll(async () => {
  database = await freshDatabase()
  store = await startStore()
  source = sourceOf(database)
  await execute(
    `CREATE TABLE numbers (id INT NOT NULL PRIMARY KEY)`,
    `INSERT INTO numbers WITH RECURSIVE some AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM some WHERE n < 199)
     SELECT 200 * a.n + b.n + 1 FROM some a CROSS JOIN some b`,
    `CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, title VARCHAR(200) NOT NULL) DEFAULT CHARSET=utf8mb4`,
    `INSERT INTO items SELECT id, CONCAT('商品 "', id, '", ', REPEAT(LEFT(SHA2(id, 256), 40), 3)) FROM numbers`,
    `ANALYZE TABLE numbers, items`,
  )
})
afterAll(async () => {
  store.close()
  await database.drop()
})

const items = (more: Partial<ExportDefinition> = {}, where = '') =>
  given(`SELECT id, title FROM items ${where}`, {
    columns: { id: 'No.', title: 'Title' },
    formats: ['csv', 'tsv', 'jsonl', 'xlsx'],
    compressions: ['none', 'gzip', 'zstd', 'zip'],
    ...more,
  })

// The written rows do not depend on the product, except for the ends of compressed members.
const requests = globalThis.carryoutTestIsFurther
  ? [{ format: 'csv' as const, compression: 'gzip' as const }]
  : [
      ...(['none', 'gzip', 'zstd'] as const).map((compression) => ({ format: 'csv' as const, compression })),
      ...(['tsv', 'jsonl'] as const).map((format) => ({ format, compression: 'none' as const })),
    ]

describe('an export in ranges', () => {
  test.each(requests)(
    'has the same bytes as in one, as $format with compression $compression, cut or not',
    async (request) => {
      const isPlain = request.compression === 'none'
      const rows = isPlain ? PLAIN_ROWS : ROWS
      const where = isPlain ? `WHERE id <= ${PLAIN_ROWS}` : ''
      const divided = items({ parallelism: RANGES }, where)
      const one = await run(items({}, where), { source, store, request })
      const many = await run(divided, { source, store, request })
      const cut = await run(divided, { source, store, request, budget: 0 })
      expect(one.finished.ranges).toHaveLength(1)
      expect(many.finished.ranges).toHaveLength(RANGES)
      expect(many.chunks).toBe(RANGES)
      expect(cut.chunks).toBeGreaterThan(RANGES)
      for (const other of [many, cut]) {
        expect(other.content.equals(one.content)).toBe(true)
        expect(other.finished.file).toMatchObject({ rows, crc32: one.finished.file.crc32, consistency: 'chunks' })
      }
      expect(one.finished.file.consistency).toBe('snapshot')
    },
  )

  test('has an estimate of its rows, in total and per range', async () => {
    const { plan, ranges } = await planned(items({ parallelism: RANGES }))
    expect(Math.abs(plan.estimatedRows! - ROWS)).toBeLessThan(ROWS / 4)
    for (const { estimatedRows } of ranges)
      expect(Math.abs(estimatedRows! - ROWS / RANGES)).toBeLessThan(ROWS / RANGES / 2)
  })
})

describeOnce('the file of an export in ranges', () => {
  test('stays in one if the file cannot be joined', async () => {
    for (const request of [{ format: 'xlsx' }, { compression: 'zip' }] as const) {
      const { plan, ranges } = await planned(items({ parallelism: RANGES }), request)
      expect(plan.parallelism).toBe(1)
      expect(ranges).toMatchObject([{ after: null, upTo: null }])
    }
  })

  test('leaves neither chunks nor uploads behind', async () => {
    const { finished } = await run(items({ parallelism: RANGES }), { source, store })
    const { request, file } = finished
    expect((await store.keys()).filter((key) => key.includes(`/${request.id}/`))).toEqual([file.key, file.manifestKey])
    expect(await store.openUploads()).toBe(0)
  })

  test('may not exceed the export’s limit of rows in total', async () => {
    await expect(run(items({ parallelism: RANGES, maxRows: ROWS - 1 }), { source, store })).rejects.toThrow(TooManyRows)
    await expect(run(items({ parallelism: RANGES, maxRows: ROWS }), { source, store })).resolves.toBeDefined()
  })
})

describe('a table', () => {
  test('of no rows is one range, and a file with its heading line', async () => {
    const definition = given('SELECT id FROM numbers WHERE id < 0', { parallelism: RANGES })
    const { content, finished } = await run(definition, { source, store })
    expect(content.toString()).toBe('id\r\n')
    expect(finished.ranges).toHaveLength(1)
  })

  test('of one row is one range', async () => {
    const definition = given('SELECT id FROM numbers WHERE id = 7', { parallelism: RANGES })
    const { content, finished } = await run(definition, { source, store })
    expect(content.toString()).toBe('id\r\n7\r\n')
    expect(finished.ranges).toHaveLength(1)
  })

  test('with fewer rows than ranges has no empty range', async () => {
    const definition = given('SELECT id FROM numbers WHERE id <= 3', { parallelism: 10 })
    const { content, finished } = await run(definition, { source, store })
    expect(content.toString()).toBe('id\r\n1\r\n2\r\n3\r\n')
    expect(finished.ranges.length).toBeLessThanOrEqual(3)
    for (const { rows } of finished.ranges) expect(rows).toBeGreaterThan(0)
  })

  test('that is compressed, and has no key that ends a member, is one range', async () => {
    const definition = given('SELECT id FROM numbers WHERE id <= 3', { parallelism: 10, compressions: ['gzip'] })
    expect((await planned(definition)).ranges).toHaveLength(1)
  })
})

describe('a key', () => {
  const text = 'VARCHAR(60) COLLATE utf8mb4_unicode_ci'
  test.each([
    ['dense', 'INT', 'id'],
    ['sparse: most at one end, the last one far away', 'BIGINT', `IF(id = ${KEY_ROWS}, 9000000000000000000, id * 7)`],
    ['in two heaps', 'BIGINT', `IF(id <= ${0.75 * KEY_ROWS}, id, id * 1000000)`],
    ['negative', 'BIGINT', '-9223372036854775808 + id * 3'],
    ['on both sides of zero', 'INT', `CAST(id AS SIGNED) - ${KEY_ROWS / 2}`],
    ['unsigned, beyond 2^53 and 2^63', 'BIGINT UNSIGNED', '18446744073709551615 - id * 5'],
    ['decimal', 'DECIMAL(30,10)', `(CAST(id AS SIGNED) - ${KEY_ROWS / 2}) * 12345678901.0000000001`],
    ['decimal without a fraction', 'DECIMAL(20)', 'id * 1000000000000'],
    ['a date', 'DATE', "'1900-01-01' + INTERVAL 6 * id DAY"],
    ['a datetime', 'DATETIME', "'2024-01-01' + INTERVAL id * 61 SECOND"],
    ['a datetime with microseconds', 'DATETIME(6)', "'2024-01-01' + INTERVAL id * 12345 MICROSECOND"],
    ['a timestamp', 'TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP(3)', "'2024-01-01' + INTERVAL id * 61 SECOND"],
    ['a time', 'TIME', `SEC_TO_TIME((CAST(id AS SIGNED) - ${KEY_ROWS / 2}) * 700)`],
    ['a number in text', text, "CONCAT('ORDER-', LPAD(id, 12, '0'))"],
    ['random hexadecimal text', text, 'LEFT(SHA2(id, 256), 40)'],
    [
      'capitals and small letters mixed',
      text,
      "CONCAT(ELT(1 + id % 4, 'Anna-', 'berta-', 'CARLA-', 'dora-'), LEFT(SHA2(id, 256), 32))",
    ],
    ['Japanese', text, "CONCAT(ELT(1 + id % 5, 'あ', 'か', '東', '西', '😀'), LPAD(id, 8, '0'))"],
    [
      'text in its bytes’ order',
      'VARCHAR(60) COLLATE utf8mb4_bin',
      "CONCAT(IF(id % 2, 'Z', 'a'), LEFT(SHA2(id, 256), 32))",
    ],
    ['random bytes', 'VARBINARY(20)', 'UNHEX(LEFT(SHA2(id, 256), 40))'],
    ['bytes that begin alike', 'BINARY(8)', 'UNHEX(LPAD(HEX(id), 16, "00"))'],
  ])('that is %s is divided into about equal ranges', async (_, type, expression) => {
    await execute(
      'DROP TABLE IF EXISTS keyed',
      `CREATE TABLE keyed (k ${type} NOT NULL PRIMARY KEY, id INT NOT NULL) DEFAULT CHARSET=utf8mb4`,
      `INSERT INTO keyed SELECT ${expression}, id FROM numbers WHERE id <= ${KEY_ROWS}`,
      'ANALYZE TABLE keyed',
    )
    const columns = { k: 'k', id: 'id' }
    const query = 'SELECT k, id FROM keyed'
    const one = await run(given(query, { key: 'k', columns }), { source, store })
    const many = await run(given(query, { key: 'k', columns, parallelism: RANGES }), { source, store })
    expect(many.content.equals(one.content)).toBe(true)
    const rows = many.finished.ranges.map((range) => range.rows)
    expect(rows).toHaveLength(RANGES)
    expect(Math.max(...rows)).toBeLessThan((1.6 * KEY_ROWS) / RANGES)
  })

  test('that is NULL in a row is refused', async () => {
    const definition = given('SELECT NULLIF(id, 5) AS id FROM numbers', { parallelism: RANGES })
    await expect(exportAll(definition, { source, store })).rejects.toThrow(KeyNotUnique)
  })

  test('of a type without an exact order is refused', async () => {
    const definition = given('SELECT id * 1.5e0 AS id FROM numbers', { parallelism: RANGES })
    await expect(planned(definition)).rejects.toThrow(/type float, which has no exact order/)
  })
})

describe('a query', () => {
  test('that joins and filters is divided', async () => {
    const query = 'SELECT n.id, i.title FROM numbers n JOIN items i ON i.id = n.id WHERE i.title LIKE "%7%"'
    const columns = { id: 'id', title: 'title' }
    const one = await run(given(query, { columns }), { source, store })
    const many = await run(given(query, { columns, parallelism: RANGES }), { source, store })
    expect(many.content.equals(one.content)).toBe(true)
    expect(many.finished.ranges.length).toBeGreaterThan(1)
  })

  test('that groups is divided by the values of its key', async () => {
    const query = 'SELECT id DIV 10 AS id, COUNT(*) AS n FROM numbers GROUP BY id DIV 10'
    const columns = { id: 'id', n: 'n' }
    const one = await run(given(query, { columns }), { source, store })
    const many = await run(given(query, { columns, parallelism: RANGES }), { source, store })
    expect(many.content.equals(one.content)).toBe(true)
    const rows = many.finished.ranges.map((range) => range.rows)
    expect(rows).toHaveLength(RANGES)
    expect(Math.max(...rows)).toBeLessThan(1100)
  })

  test('that is not valid is refused with QueryFailed', async () => {
    await expect(planned(given('SELECT id FROM nowhere', { parallelism: 2 }))).rejects.toThrow(QueryFailed)
  })

  test('whose keys cannot be divided in time stays in one range, with the reason', async () => {
    const reasons: string[] = []
    const slow = given(SLOW, { parallelism: RANGES })
    const { ranges } = await planned(slow, {}, { limitMillis: 300, warn: (reason) => reasons.push(reason) })
    expect(ranges).toHaveLength(1)
    expect(reasons).toEqual([expect.stringContaining('could not be divided within 0.3 s')])
    expect(await sessions()).toEqual([])
  })

  test('is ended on the server when planning is stopped', async () => {
    const stop = new AbortController()
    const slow = given(SLOW, { parallelism: RANGES })
    const planning = planned(slow, {}, { signal: stop.signal })
    setTimeout(() => stop.abort(new DatabaseUnavailable('stopped by the test')), 200)
    await expect(planning).rejects.toThrow('stopped by the test')
    expect(await sessions()).toEqual([])
  })

  test('is never scanned by position: no statement of planning has an OFFSET', async () => {
    const admin = await database.connect()
    await admin.query("SET GLOBAL log_output = 'TABLE'")
    await admin.query('SET GLOBAL general_log = ON')
    try {
      await planned(items({ parallelism: 8 }))
      const [rows] = await admin.query(
        "SELECT CONVERT(argument USING utf8mb4) AS text FROM mysql.general_log WHERE command_type = 'Prepare' AND argument LIKE '%carryout%'",
      )
      const statements = (rows as { text: string }[]).map(({ text }) => text)
      expect(statements.length).toBeGreaterThan(10)
      expect(statements.filter((text) => /offset/i.test(text))).toEqual([])
    } finally {
      await admin.query('SET GLOBAL general_log = OFF')
      await admin.end()
    }
  })
})

function given(query: string, more: Partial<ExportDefinition> = {}): Export {
  return defineExport({
    name: 'given',
    title: 'Given',
    query: () => sql([query] as never),
    key: 'id',
    columns: { id: 'id' },
    ...more,
  })
}

async function planned(
  definition: Export,
  request: Parameters<typeof requestFor>[1] = {},
  options: Partial<Parameters<typeof planRanges>[1]> = {},
): Promise<Prepared> {
  const catalogue = defineCatalogue([definition])
  const prepared = prepare(requestFor(definition, request), { catalogue, now: new Date() })
  return planRanges(prepared, { catalogue, source, signal: new AbortController().signal, ...options })
}

async function execute(...statements: string[]): Promise<void> {
  const connection = await database.connect()
  for (const statement of statements) await connection.query(statement)
  await connection.end()
}

async function sessions(): Promise<unknown> {
  const connection = await database.connect()
  const sessions = await serverSessions(connection, database.database)
  await connection.end()
  return sessions.filter(({ user }) => user === database.exporter.username)
}
