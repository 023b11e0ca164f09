/** An export divided into ranges of its key: the same bytes as in one. */
import type { ExportDefinition } from '../../engine/catalogue.ts'
import { DatabaseUnavailable, QueryFailed, TooManyRows } from '../../statemachine/errors.ts'
import { describeOnce } from '../support/database.ts'
import { serverSessions } from '../support/server-sessions.ts'
import { database, execute, given, planned, RANGES, source, store } from './divided.ts'
import { run } from './harness.ts'

const ROWS = 40_000
/** Without compression, a chunk can be as small as one read, so fewer rows are enough to cut every range. */
const PLAIN_ROWS = 2_000
/** Only its last row counts, and each row takes its time. */
const SLOW = 'SELECT id FROM numbers WHERE id % 40000 = 39999 + SLEEP(0.001)'

beforeAll(() =>
  execute(
    `CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, title VARCHAR(200) NOT NULL) DEFAULT CHARSET=utf8mb4`,
    `INSERT INTO items SELECT id, CONCAT('商品 "', id, '", ', REPEAT(LEFT(SHA2(id, 256), 40), 3)) FROM numbers`,
    'ANALYZE TABLE items',
  ),
)

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

async function sessions(): Promise<unknown> {
  const connection = await database.connect()
  const sessions = await serverSessions(connection, database.database)
  await connection.end()
  return sessions.filter(({ user }) => user === database.exporter.username)
}
