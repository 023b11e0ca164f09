/** Queries that an export may have, although the key and the Data API wrap them in other queries. */
import type { Connection } from 'mysql2/promise'
import { defineExport, type Sql, sql } from '../../../engine/catalogue.ts'
import { QueryFailed } from '../../../statemachine/errors.ts'
import { run } from '../harness.ts'
import { type BothSources, readAll, signal, startSources } from './data-api-support.ts'

const ROWS = 400
const joined = sql`SELECT a.*, b.* FROM a JOIN b ON b.a_id = a.id`

let both: BothSources
let connection: Connection

beforeAll(async () => {
  both = await startSources()
  ;({ connection } = both)
  await connection.query('CREATE TABLE a (id INT PRIMARY KEY, name VARCHAR(20), is_new TINYINT(1) NOT NULL)')
  await connection.query('CREATE TABLE b (id INT PRIMARY KEY, a_id INT, v INT NOT NULL, UNIQUE (v), KEY (a_id))')
  const numbers = Array.from({ length: ROWS }, (_, index) => index + 1)
  await connection.query('INSERT INTO a VALUES ?', [numbers.map((n) => [n, `name ${n}`, n % 2])])
  await connection.query('INSERT INTO b VALUES ?', [numbers.map((n) => [n, n, n * 3])])
  await connection.query('ANALYZE TABLE a, b')
})
afterAll(() => both.close())

describe.each(['direct', 'Data API'] as const)('a query with two columns with the same name (%s)', (name) => {
  const expected = Array.from({ length: ROWS }, (_, index) => `name ${index + 1},${(index + 1) * 3},${(index + 1) % 2}`)

  test('is exported with a key as without one, wherever it is cut', async () => {
    expect(await linesOf(name, joined, { key: 'v' })).toEqual(expected)
    expect(await linesOf(name, joined, { key: 'v', budget: 0 })).toEqual(expected)
    // Without a key the rows come in any order.
    expect((await linesOf(name, sql`${joined} ORDER BY v`, {})).sort()).toEqual([...expected].sort())
  })

  test('is divided into ranges', async () => {
    expect(await linesOf(name, joined, { key: 'v', parallelism: 3 })).toEqual(expected)
  })

  test('may begin with WITH', async () => {
    const query = sql`WITH some AS (SELECT * FROM a WHERE id <= ${2}) SELECT some.*, b.* FROM some JOIN b ON b.a_id = some.id`
    expect(await linesOf(name, query, { key: 'v' })).toEqual(expected.slice(0, 2))
  })

  test('may have a LIMIT, and be a UNION', async () => {
    const query = sql`${joined} ORDER BY v LIMIT ${2}`
    expect(await linesOf(name, query, { key: 'v' })).toEqual(expected.slice(0, 2))
    const union = sql`${joined} WHERE v <= ${6} UNION ALL SELECT 0, 'more', 1, 0, 0, -1`
    expect(await linesOf(name, union, { key: 'v' })).toEqual(['more,-1,1', ...expected.slice(0, 2)])
  })

  test('is refused if the key is one of the two', async () => {
    const failure = await linesOf(name, joined, { key: 'id' }).catch((error) => error)
    expect(failure).toBeInstanceOf(QueryFailed)
    expect(failure.message).toMatch(/two columns named id, which is the export's key: rename one with AS/)
  })
})

describe.each(['direct', 'Data API'] as const)('a query with a comment or a semicolon at its end (%s)', (name) => {
  const query = 'SELECT name, id AS v, is_new FROM a WHERE id <= 2'

  // The text is taken apart by the same code for both.
  const endings =
    name === 'Data API'
      ? ['; -- done', '\n/* done; */ ;\n# and more']
      : [
          ';',
          ' ; ; ',
          '; -- done',
          ' -- done',
          ' # done;',
          '\n/* done; */ ;\n# and more',
          ' /* one */ -- two',
          " AND name <> 'a;b -- c' ;",
          ' /*!40000 AND TRUE */;',
        ]

  test.each(endings)('is exported: %j', async (ending) => {
    for (const key of ['v', undefined]) {
      const whole = { query: sql([query + ending] as never), key: key ?? null, after: null, upTo: null, timeZone: null }
      const rows = await both.sources[name].open(whole, signal)
      try {
        expect(await readAll(rows)).toEqual([
          ['name 1', '1', '1'],
          ['name 2', '2', '0'],
        ])
      } finally {
        await rows.close()
      }
    }
  })

  test('is refused with its own text if it is not valid', async () => {
    const failure = await linesOf(name, sql`SELECT name, FROM a`, { key: 'v' }).catch((error) => error)
    expect(failure).toBeInstanceOf(QueryFailed)
    expect(failure.message).toMatch(/error 1064.*near 'FROM a/)
    const open = await linesOf(name, sql`SELECT name, id AS v FROM a WHERE`, { key: 'v' }).catch((error) => error)
    expect(open.message).toMatch(name === 'direct' ? /error 1064.*near '' at/ : /The export wraps its query/)
  })
})

describe.each(['direct', 'Data API'] as const)('a query (%s)', (name) => {
  test('in parentheses keeps its LIMIT and its order', async () => {
    const last = ['name 400,400,0', 'name 399,399,1', 'name 398,398,0']
    for (const query of [
      sql`(SELECT name, id AS v, is_new FROM a ORDER BY id DESC LIMIT 3)`,
      sql`((SELECT name, id AS v, is_new FROM a ORDER BY id DESC LIMIT ${3}))`,
      // A FLOAT is asked for as a double, for which a query without a key is wrapped, too.
      sql`(SELECT name, CAST(id AS FLOAT) AS v, is_new FROM a ORDER BY id DESC LIMIT 3)`,
      sql`WITH x AS (SELECT 1) (SELECT name, id AS v, is_new FROM a ORDER BY id DESC LIMIT 3)`,
    ]) {
      expect(await linesOf(name, query)).toEqual(last)
      if (!query.sql.includes('FLOAT')) expect(await linesOf(name, query, { key: 'v' })).toEqual([...last].reverse())
    }
  })

  test('that is a UNION is ordered by its own names, even with a FLOAT', async () => {
    const query = sql`SELECT name, id AS v, CAST(1.5 AS FLOAT) AS is_new FROM a WHERE id < 5 UNION SELECT 'more', 99, 2 ORDER BY v DESC LIMIT 2`
    expect(await linesOf(name, query)).toEqual(['more,99,2', 'name 4,4,1.5'])
    expect(await linesOf(name, query, { key: 'v' })).toEqual(['name 4,4,1.5', 'more,99,2'])
  })

  test('has all digits of a decimal from every branch', async () => {
    const query = sql`SELECT id AS v, CASE WHEN id > 1 THEN 0 ELSE 1.25 END AS name, IF(id > 1, -id, 0.5) AS is_new FROM a WHERE id < 4`
    const lines = ['1.25,1,0.5', '0.00,2,-2.0', '0.00,3,-3.0']
    expect(await linesOf(name, sql`${query} ORDER BY id`)).toEqual(lines)
    expect(await linesOf(name, query, { key: 'v' })).toEqual(lines)
    await connection.query(`CREATE OR REPLACE VIEW branches AS ${query.sql}`)
    expect(await linesOf(name, sql`SELECT * FROM branches`)).toEqual(lines)
    expect(await linesOf(name, sql`SELECT * FROM branches`, { key: 'v' })).toEqual(lines)
  })

  test('with a word that cannot be wrapped is refused with advice', async () => {
    const failure = await linesOf(name, sql`SELECT SQL_CALC_FOUND_ROWS name, id AS v, is_new FROM a`, {
      key: 'v',
    }).catch((error) => error)
    expect(failure).toBeInstanceOf(QueryFailed)
    expect(failure.message).toMatch(/error 1234.*'SQL_CALC_FOUND_ROWS'.*remove it/)
  })

  test('with a value where SQL allows none is refused with advice', async () => {
    const query = sql`SELECT GROUP_CONCAT(name SEPARATOR ${'|'}) AS name, 1 AS v, 1 AS is_new FROM a`
    await expect(linesOf(name, query)).rejects.toThrow(
      /error 1064.*A value was passed where SQL allows only .*SEPARATOR/s,
    )
  })
})

test('a query with two columns with the same name is estimated by either source', async () => {
  for (const source of Object.values(both.sources)) {
    const whole = { query: joined, key: 'v', after: null, upTo: null, timeZone: null }
    expect(await source.estimate!(whole, signal)).toBeGreaterThan(100)
  }
})

test('the same value in SELECT and GROUP BY is refused with the correct form, by servers that refuse it', async () => {
  const month = '%Y-%m'
  const query = sql`SELECT DATE_FORMAT('2026-01-01' + INTERVAL id DAY, ${month}) AS name, COUNT(*) AS v, 1 AS is_new FROM b
    WHERE id < 30 GROUP BY `
  expect(await linesOf('direct', sql`${query} name`)).toEqual(['2026-01,29,1'].map(() => expect.any(String)))
  const again = linesOf('direct', sql`${query} DATE_FORMAT('2026-01-01' + INTERVAL id DAY, ${month})`)
  const failure = await again.then(
    () => null,
    (error) => error.message,
  )
  if ((await versionOf()).includes('MariaDB')) expect(failure).toBeNull()
  else expect(failure).toMatch(/error 1055.*group by the column’s alias/)
  const distinct = sql`SELECT DISTINCT DATE_FORMAT('2026-01-01' + INTERVAL id DAY, ${month}) AS name, 1 AS v, 1 AS is_new FROM b
    WHERE id < 30 ORDER BY DATE_FORMAT('2026-01-01' + INTERVAL id DAY, ${month})`
  const ordered = await linesOf('direct', distinct).catch((error) => error.message)
  if ((await versionOf()).includes('MariaDB')) expect(ordered).toEqual(['2026-01,1,1'])
  else expect(ordered).toMatch(/error 3065.*order by the column’s alias/)
})

async function linesOf(
  name: keyof BothSources['sources'],
  query: Sql,
  { key, budget, ...more }: { key?: string | undefined; budget?: number; parallelism?: number } = {},
): Promise<string[]> {
  const definition = defineExport({
    name: 'wrapped',
    title: 'Wrapped',
    query: () => query,
    ...(key ? { key } : {}),
    columns: { name: 'Name', v: 'V', is_new: 'New' },
    ...more,
  })
  const { content } = await run(definition, {
    source: both.sources[name],
    store: both.store,
    ...(budget === 0 ? { budget } : {}),
  })
  return content.toString().split('\r\n').slice(1, -1)
}

async function versionOf(): Promise<string> {
  const [[row]] = (await connection.query('SELECT VERSION() AS version')) as unknown as [[{ version: string }]]
  return row.version
}
