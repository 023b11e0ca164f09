/** Sorting by long texts: an export runs where a plain client's statement does, and a long key is sorted by all of it. */
import type { Connection } from 'mysql2/promise'
import { defineExport, type Export, sql } from '../../../engine/catalogue.ts'
import type { Source } from '../../../engine/sources/source.ts'
import { run, sourceOf } from '../harness.ts'
import { type Bench, startBench } from './data-api-support.ts'

const ROWS = 900
/** Of the tables that are read in cuts. */
const CUT_ROWS = 120
const JSON_TEXT = "JSON_UNQUOTE(JSON_EXTRACT(j, '$.n'))"

let bench: Bench
let connection: Connection
let direct: Source
let dataApi: Source
beforeAll(async () => {
  bench = await startBench()
  ;({ connection } = bench)
  direct = sourceOf(bench.database)
  dataApi = await bench.source()
  await connection.query(
    'CREATE TABLE srt (id INT PRIMARY KEY AUTO_INCREMENT, lt LONGTEXT, j JSON, code VARCHAR(20)) CHARSET utf8mb4',
  )
  await connection.query(
    `INSERT INTO srt (lt, j, code) SELECT CONCAT('k', id), JSON_OBJECT('n', id, 'p', REPEAT('x', 3000)), CONCAT('c', id)
     FROM orders WHERE id <= ${ROWS}`,
  )
})
afterAll(() => bench.close())

describe('without a key', () => {
  it.each([
    ['ORDER BY', `SELECT id AS k, code FROM srt ORDER BY ${JSON_TEXT}`],
    ['DISTINCT', `SELECT DISTINCT ${JSON_TEXT} AS k FROM srt ORDER BY k`],
    ['a window', `SELECT id AS k, ROW_NUMBER() OVER (ORDER BY ${JSON_TEXT}) AS n FROM srt`],
    ['GROUP BY', `SELECT ${JSON_TEXT} AS k, COUNT(*) AS n FROM srt GROUP BY k ORDER BY n, k`],
    ['LONGTEXT', 'SELECT id AS k FROM srt ORDER BY lt'],
  ])('a query sorts a long text as in an ordinary client: %s', async (_, query) => {
    expect(await rowsOf(given(query, null), direct)).toBe(ROWS)
  })
})

describe('with a key', () => {
  const queries: [string, string][] = [
    ['JSON text', `SELECT ${JSON_TEXT} AS k FROM srt WHERE id <= ${CUT_ROWS}`],
    ['LONGTEXT', `SELECT lt AS k FROM srt WHERE id <= ${CUT_ROWS}`],
    ['GROUP_CONCAT', `SELECT GROUP_CONCAT(code) AS k FROM srt WHERE id <= ${CUT_ROWS} GROUP BY id`],
    [
      'VARCHAR, over a query that sorts JSON',
      `SELECT MAX(code) AS k FROM srt WHERE id <= ${CUT_ROWS} GROUP BY ${JSON_TEXT}`,
    ],
    [
      'INT, over a query that sorts JSON',
      `SELECT id AS k, ROW_NUMBER() OVER (ORDER BY ${JSON_TEXT}) AS n FROM srt WHERE id <= ${CUT_ROWS}`,
    ],
    ['BLOB', `SELECT CAST(lt AS BINARY) AS k FROM srt WHERE id <= ${CUT_ROWS}`],
  ]

  it.each(queries)('a query is exported completely and in chunks, by either source: %s', async (_, query) => {
    const definition = given(query, 'k')
    const whole = await run(definition, { source: direct, store: bench.store })
    const cut = await run(definition, { source: direct, store: bench.store, budget: 0 })
    const paged = await run(definition, { source: dataApi, store: bench.store })
    expect(whole.manifest.file.rows).toBe(CUT_ROWS)
    expect(cut.content.equals(whole.content)).toBe(true)
    expect(paged.content.equals(whole.content)).toBe(true)
  })

  it('that is a bound text works', async () => {
    const definition = defineExport({
      name: 'bound',
      title: 'Bound',
      key: 'k',
      columns: { k: 'K' },
      query: () => sql`SELECT ${'a'} AS k UNION SELECT ${'b'} AS k`,
    })
    expect(await rowsOf(definition, direct)).toBe(2)
  })

  it.each([
    ['TEXT', 'utf8mb4_unicode_ci'],
    ['VARCHAR(3000)', 'utf8mb4_unicode_ci'],
    ['TEXT', 'utf8mb4_general_ci'],
    ['MEDIUMTEXT', 'utf8mb4_bin'],
  ])('that differs only near its end is sorted completely, by either source: %s %s', async (type, collation) => {
    await connection.query('DROP TABLE IF EXISTS far')
    await connection.query(
      `CREATE TABLE far (id INT PRIMARY KEY, k ${type} NOT NULL) CHARSET utf8mb4 COLLATE ${collation}`,
    )
    // Inserted in an order that is not the keys'.
    await connection.query(
      `INSERT INTO far SELECT id, CONCAT(REPEAT('p', 2500), LPAD(MOD(id * 7919, 100003), 6, '0')) FROM orders WHERE id <= 80`,
    )
    const definition = given('SELECT k, id FROM far', 'k')
    const whole = await run(definition, { source: direct, store: bench.store })
    const cut = await run(definition, { source: direct, store: bench.store, budget: 0 })
    const paged = await run(definition, { source: dataApi, store: bench.store })
    expect(cut.chunks).toBeGreaterThan(1)
    expect(cut.content.equals(whole.content)).toBe(true)
    expect(paged.content.equals(whole.content)).toBe(true)
    expect(isAscending(whole.content.toString().split('\r\n').slice(1, -1))).toBe(true)
  })

  it('leaves the Data API’s session unchanged', async () => {
    const settings = async (scope: string, transactionId?: string) => {
      const text = `SELECT CONCAT_WS('/', @@${scope}.max_sort_length, @@${scope}.sort_buffer_size) AS settings`
      const { records } = await bench.api.execute(text, transactionId ? { transactionId } : {})
      return records![0]![0]!.stringValue!
    }
    const source = await bench.source()
    const seen: string[] = []
    bench.api.before = async ({ operation, transactionId, sql: text }) => {
      const ends = operation === 'CommitTransaction'
      if (!ends && !text?.includes('ORDER BY')) return
      const { before } = bench.api
      bench.api.before = undefined
      seen.push(await settings('SESSION', transactionId))
      bench.api.before = before
    }
    await run(given('SELECT k, id FROM far', 'k'), { source, store: bench.store })
    bench.api.before = undefined
    const usual = await settings('GLOBAL')
    expect(seen.at(-1)).toBe(usual)
    expect(seen.slice(0, -1).some((each) => each !== usual)).toBe(true)
  })
})

function given(query: string, key: string | null): Export {
  return defineExport({
    name: 'sorted',
    title: 'Sorted',
    ...(key === null ? {} : { key }),
    columns: { k: 'K' },
    query: () => sql([query] as never),
  })
}

async function rowsOf(definition: Export, source: Source): Promise<number> {
  return (await run(definition, { source, store: bench.store })).manifest.file.rows
}

function isAscending(lines: string[]): boolean {
  return lines.every((line, index) => index === 0 || lines[index - 1]! < line)
}
