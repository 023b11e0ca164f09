/** A warning of the server about a lost or changed value fails the export, with either source and any division into chunks. */
import { defineExport, type Export, sql } from '../../../engine/catalogue.ts'
import { prepare } from '../../../engine/sources/mysql/prepared.ts'
import { ownWords, withoutData } from '../../../engine/sources/mysql/server-words.ts'
import { Session } from '../../../engine/sources/mysql/session.ts'
import { countWarnings } from '../../../engine/sources/mysql/warnings.ts'
import type { Source } from '../../../engine/sources/source.ts'
import { QueryFailed } from '../../../statemachine/errors.ts'
import { run, sourceOf } from '../harness.ts'
import { type Bench, startBench } from './data-api-support.ts'

let bench: Bench
let direct: Source
let dataApi: Source
beforeAll(async () => {
  bench = await startBench()
  direct = sourceOf(bench.database)
  dataApi = await bench.source()
})
afterAll(() => bench.close())

describe('a warning of a loss fails the export', () => {
  it.each([
    ['1292', "SELECT id, CAST(CONCAT('secret', id) AS SIGNED) AS n FROM orders WHERE id <= 60", /warning 1292/],
    ['1292 in WHERE', "SELECT id, 1 AS n FROM orders WHERE id <= 60 AND CONCAT('secret', id) = 5", /warning 1292/],
    ['1411', "SELECT id, STR_TO_DATE('secret', '%Y') AS n FROM orders WHERE id <= 60", /warning 1411/],
    ['1264', 'SELECT id, CAST(id * 1000 AS DECIMAL(3,1)) AS n FROM orders WHERE id <= 60', /warning 1264/],
  ])('from either source, without quoting the value: %s', async (_, query, message) => {
    for (const source of [direct, dataApi]) {
      const failure = await run(given(query), { source, store: bench.store }).catch((error) => error)
      expect(failure).toBeInstanceOf(QueryFailed)
      expect(failure.message).toMatch(message)
      expect(failure.message).not.toMatch(/secret/)
    }
  })

  it('about a value beyond max_allowed_packet', async () => {
    const query = "SELECT id, REPEAT('x', 100000000) AS n FROM orders WHERE id = 1"
    await expect(run(given(query), { source: direct, store: bench.store })).rejects.toThrow(/warning 1301/)
  })

  it('in a chunk that was cut before the server had reported it', async () => {
    // Later chunks have no warnings.
    const query = `SELECT id, CAST(IF(id < 9, CONCAT('secret', id), '5') AS SIGNED) AS n, REPEAT('x', 2000) AS x FROM orders`
    await expect(run(given(query), { source: direct, store: bench.store, budget: 0 })).rejects.toThrow(/warning 1292/)
  })

  it('about a value sent to the server', async () => {
    const { host, port, exporter, database } = bench.database
    const { username: user, password } = exporter
    const session = await Session.connect({ host, port, user, password, database, tls: 'off' })
    try {
      await session.prepareForExport('+00:00')
      const clamped = { type: 'integer', expression: 'CAST(? AS UNSIGNED)', marker: '?', value: '7 secrets' } as const
      await expect(prepare(session, { text: 'SELECT ?', parameters: [clamped] })).rejects.toThrow(/warning 1292/)
    } finally {
      await session.leave()
    }
  })

  it('unless it is a note, except losses that MariaDB reports as notes', () => {
    const message = "Got overflow when casting 'secret' to INTEGER. Value truncated"
    expect(countWarnings([{ level: 'Note', code: 1292, message }], 1)).toEqual({ 1292: 1 })
    expect(() => countWarnings([{ level: 'Note', code: 1916, message }], 1)).toThrow(
      /warning 1916: Got overflow when casting \(a value\) to INTEGER\. Value truncated\)/,
    )
  })

  it('with the server’s own text only: a function may warn with the same code and a row’s data', async () => {
    const { connection, database } = bench
    await connection.query(
      `CREATE FUNCTION warning(x INT) RETURNS INT DETERMINISTIC
       BEGIN DECLARE text VARCHAR(99) DEFAULT CONCAT('secret ', x, ' is not one');
       SIGNAL SQLSTATE '01000' SET MYSQL_ERRNO = 1292, MESSAGE_TEXT = text; RETURN x; END`,
    )
    await connection.query(
      `GRANT EXECUTE ON FUNCTION ${database.database}.warning TO '${database.exporter.username}'@'127.0.0.1'`,
    )
    for (const source of [direct, dataApi]) {
      const failure = await run(given('SELECT id, warning(id) AS n FROM orders WHERE id < 9'), {
        source,
        store: bench.store,
      }).catch((error) => error)
      if (failure instanceof Error) expect(failure.message).toMatch(/warning 1292: its text is not shown/)
      // A server drops the warnings of a function that did nothing wrong.
      else expect(failure.manifest.warnings).toEqual({})
    }
  })
})

describe('a warning that is not a loss', () => {
  it('is counted in the manifest, over all chunks', async () => {
    // A division by zero causes no warning, so the query has a date beyond the last year.
    const query = `SELECT id, DATE_ADD('9999-12-31', INTERVAL 1 DAY) AS n, REPEAT('x', 8000) AS x FROM orders WHERE id <= 60`
    const whole = await run(given(query), { source: direct, store: bench.store })
    const paged = await run(given(query), { source: dataApi, store: bench.store })
    const cut = await run(given(query), { source: direct, store: bench.store, budget: 0 })
    expect(Object.keys(whole.manifest.warnings)).toEqual(['1441'])
    expect(Object.keys(paged.manifest.warnings)).toEqual(['1441'])
    expect(cut.manifest.warnings['1441']).toBeGreaterThan(0)
    expect(cut.content.equals(whole.content)).toBe(true)
  })

  it('is not caused by divisions by zero, however many', async () => {
    const { manifest } = await run(given('SELECT id, id / 0 AS n FROM orders'), { source: direct, store: bench.store })
    expect(manifest.warnings).toEqual({})
    const paged = await run(given('SELECT id, id / 0 AS n FROM orders'), { source: dataApi, store: bench.store })
    expect(paged.manifest.warnings).toEqual({})
  })
})

test.each([
  [
    "Can't create more than max_prepared_stmt_count statements",
    "Can't create more than max_prepared_stmt_count statements",
  ],
  ["Can't find 'secret'", "Can't find (a value)"],
  ["Incorrect value: 'it isn't this' for column `shop`.`a`", 'Incorrect value: (a value) for column `shop`.`a`'],
  ["Column'secret' is not one", 'Column(a value) is not one'],
  ["Incorrect value: 'secret that is cut", 'Incorrect value: (a value)'],
])('loses from the message %s only the values', (message, expected) => {
  expect(withoutData(message)).toBe(expected)
})

test.each([
  ["Truncated incorrect DOUBLE value: 'it's for column 'x' at row 1'", 'Truncated incorrect DOUBLE value: (a value)'],
  [
    "Incorrect integer value: 'a' for column 'secret' at row 1' for column 'n' at row 2",
    "Incorrect integer value: (a value) for column 'n' at row 2",
  ],
  [
    "Incorrect INTEGER value: 'a' for column `shop`.`orders`.`n` at row 2",
    'Incorrect INTEGER value: (a value) for column `shop`.`orders`.`n` at row 2',
  ],
  ["BIGINT UNSIGNED value is out of range in '(`shop`.`o`.`id` - 7)'", '(a value) value is out of range in (a value)'],
  [
    'Invalid JSON text in argument 1 to function json_extract: "Invalid value." at position 0.',
    'Invalid JSON text in argument 1 to function json_extract: (a value) at position 0.',
  ],
  ['Query execution was interrupted', 'Query execution was interrupted'],
  ['Query execution was interrupted by 4111', null],
  ['Subquery returns more than 1 row, 4111', null],
  ['Truncated incorrect secret value: 7', null],
  ['the order of Jane Doe is broken', null],
])('while a statement runs, only the server’s own text is kept: %s', (message, expected) => {
  expect(ownWords(message)).toBe(expected)
})

test('a GROUP_CONCAT is not cut at 1024 bytes by either source', async () => {
  const query = 'SELECT 1 AS id, LENGTH(GROUP_CONCAT(id)) AS n FROM orders'
  for (const source of [direct, dataApi]) {
    const { content } = await run(given(query), { source, store: bench.store })
    expect(content.toString()).toBe('id,n\r\n1,13892\r\n')
  }
})

function given(query: string): Export {
  return defineExport({
    name: 'warned',
    title: 'Warned',
    key: 'id',
    columns: { id: 'id', n: 'n' },
    query: () => sql([query] as never),
  })
}
