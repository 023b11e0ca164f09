import { join, raw, sql } from '../../../engine/catalogue.ts'
import type { RangeQuery, Source } from '../../../engine/sources/source.ts'
import { ExportTooLong, KeyNotUnique, QueryFailed } from '../../../statemachine/errors.ts'
import { run, sourceOf } from '../harness.ts'
import {
  type Bench,
  givenExport,
  numbers,
  ORDERS,
  rangeQuery,
  readAll,
  signal,
  startBench,
} from './data-api-support.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterEach(() => bench.endSource())
afterAll(() => bench.close())

describe('the bytes', () => {
  const cases: [string, string, string | null][] = [
    ['every type of column', 'SELECT * FROM everything', 'id'],
    [
      'expressions',
      `SELECT id, a_float * 2 AS f, a_double / 3 AS d, a_decimal / 7 AS q, an_unsigned_bigint + 0 AS u,
        COALESCE(a_bit, b'0') AS b, NOT a_boolean AS n, CONCAT(a_varchar, '漢字') AS c,
        IF(YEAR(a_fine_datetime) > 0, a_fine_datetime, NULL) + INTERVAL 1 DAY AS t,
        UPPER(an_enum) AS e, a_date < '2020-01-01' AS l, NULL AS nothing, ST_GeomFromText('POINT(1 2)') AS point
        FROM everything`,
      'id',
    ],
    ['dates with zeros, from a temporary table', 'SELECT DISTINCT id, a_date, a_datetime FROM everything', 'id'],
    ['a query in an order of its own', 'SELECT * FROM everything ORDER BY a_year DESC, id', null],
    ['a query with a limit of its own', 'SELECT id, a_float FROM everything ORDER BY id DESC LIMIT 5 -- so', null],
    ['a union', 'SELECT id FROM everything WHERE id < 3 UNION ALL SELECT 99', null],
    ['a column of nothing but NULL', 'SELECT id, NULL AS nothing FROM everything', null],
    [
      'doubles of 17 digits and three of an exponent',
      'SELECT id, -1.2345678901234567e-100 * id AS small, -1.7976931348623157e308 / id AS large FROM everything',
      'id',
    ],
    ['a query of no rows', 'SELECT * FROM everything WHERE id < 0', 'id'],
  ]
  for (const [what, text, key] of cases) {
    it(`of ${what} equal those of the direct source`, async () => {
      const source = await bench.source({ limits: { rowBytes: 1e6 } })
      const direct = await columnsOf(sourceOf(bench.database), text, key)
      const columns = await columnsOf(source, text, key)
      expect(
        columns.map(({ name, kind, sortsBy, precision, scale }) => ({ name, kind, sortsBy, precision, scale })),
      ).toEqual(direct.map(({ name, kind, sortsBy, precision, scale }) => ({ name, kind, sortsBy, precision, scale })))
      const names = direct.map(({ name }) => name)
      for (const format of ['csv', 'jsonl'] as const) {
        const definition = givenExport(text, names, key === null ? {} : { key })
        const expected = await run(definition, {
          source: sourceOf(bench.database),
          store: bench.store,
          request: { format },
        })
        const { content, manifest } = await run(definition, { source, store: bench.store, request: { format } })
        expect(content.toString()).toBe(expected.content.toString())
        expect(manifest.columns).toEqual(expected.manifest.columns)
        expect(manifest.file.consistency).toBe('snapshot')
      }
    })
  }

  if (globalThis.carryoutTestProduct === 'mysql') {
    it('of a VECTOR equal those of the direct source', async () => {
      await bench.connection.query('CREATE TABLE vectors (id INT PRIMARY KEY, v VECTOR(2))')
      await bench.connection.query("INSERT INTO vectors VALUES (1, STRING_TO_VECTOR('[1, 2.5]')), (2, NULL)")
      const definition = givenExport('SELECT id, v FROM vectors', ['id', 'v'], { key: 'id' })
      for (const source of [sourceOf(bench.database), await bench.source()]) {
        const { content } = await run(definition, { source, store: bench.store })
        expect(content.toString()).toBe('id,v\r\n1,AACAPwAAIEA=\r\n2,\r\n')
      }
    })
  }

  it('of any double equal those of the direct source', async () => {
    await bench.connection.query('CREATE TABLE doubles (id INT NOT NULL PRIMARY KEY, d DOUBLE NOT NULL)')
    const powers = numbers(-20, 20).concat(-300, -98, 98, 300)
    const values = [0, 1, 1.5, 1 / 3, Math.PI, 123456789.125].flatMap((digits) =>
      powers.flatMap((power) => [digits * 10 ** power, -digits * 10 ** power]),
    )
    await bench.connection.query('INSERT INTO doubles VALUES ?', [values.map((value, index) => [index + 1, value])])
    const source = await bench.source()
    const names = ['id', 'd', 'expression', 'fixed']
    // An exponent of three digits is cut in the text of an expression.
    const text = `SELECT id, d, IF(ABS(d) BETWEEN 1e-90 AND 1e90, d / -7, 0) AS expression,
      IF(ABS(d) < 1e90, ROUND(d, 3), 0) AS fixed FROM doubles`
    const definition = givenExport(text, names, { key: 'id' })
    const { content } = await run(definition, { source, store: bench.store })
    expect(content.toString()).toBe(
      (await run(definition, { source: sourceOf(bench.database), store: bench.store })).content.toString(),
    )
  })

  it('equal those of the direct source in another time zone', async () => {
    const definition = givenExport(
      'SELECT id, a_timestamp, a_fine_timestamp FROM everything',
      ['id', 'a_timestamp', 'a_fine_timestamp'],
      {
        key: 'id',
        timeZone: '+09:00',
      },
    )
    const source = await bench.source()
    const { content } = await run(definition, { source, store: bench.store })
    expect(content.toString()).toBe(
      (await run(definition, { source: sourceOf(bench.database), store: bench.store })).content.toString(),
    )
    expect(content.toString()).toContain('2026-02-28 21:34:56')
  })
})

describe('pages', () => {
  it('grow until a response is half a megabyte, so that a large table needs few of them', async () => {
    const source = await bench.source()
    const rows = await source.open(rangeQuery('SELECT * FROM order_items'), signal)
    expect((await readAll(rows)).map(([id]) => Number(id))).toEqual(numbers(1, 3 * ORDERS))
    expect(rows.consistency).toBe('snapshot')
    // About 320 bytes a row with their JSON: 1700 rows a page, after pages of 50, 400 and so on, each with the last key before it.
    expect(bench.limits().length).toBeLessThan(12)
    expect(bench.limits().slice(0, 2)).toEqual([50, 401])
    await rows.close()
    expect(bench.api.transactions).toBe(0)
  })

  it('are halved when a response is too large, and grow again', async () => {
    const text = `SELECT id, IF(id BETWEEN 1000 AND 1100, REPEAT('x', 30000), 'short') AS wide FROM orders`
    const source = await bench.source({ limitEndsTransaction: false })
    const rows = await source.open(rangeQuery(text), signal)
    const read = await readAll(rows)
    expect(read.map(([id]) => Number(id))).toEqual(numbers(1, ORDERS))
    expect(read.every(([id, wide]) => wide!.length === (Number(id) >= 1000 && Number(id) <= 1100 ? 30_000 : 5))).toBe(
      true,
    )
    expect(rows.consistency).toBe('snapshot')
    const smallest = Math.min(...bench.limits())
    expect(smallest).toBeLessThan(40)
    expect(bench.limits().at(-1)).toBeGreaterThan(smallest * 4)
    await rows.close()
  })

  it('come from two snapshots if the refusal cost the transaction, and the manifest says so', async () => {
    const text = `SELECT id, IF(id BETWEEN 1000 AND 1100, REPEAT('x', 30000), 'short') AS wide FROM orders`
    const definition = givenExport(text, ['id', 'wide'], { key: 'id' })
    const source = await bench.source()
    const { content, manifest } = await run(definition, { source, store: bench.store })
    expect(
      content.equals((await run(definition, { source: sourceOf(bench.database), store: bench.store })).content),
    ).toBe(true)
    expect(manifest.file.consistency).toBe('chunks')
    expect(bench.api.transactions).toBe(0)
  })

  it('come from one snapshot if the first one was too large', async () => {
    const source = await bench.source()
    const rows = await source.open(
      rangeQuery("SELECT id, REPEAT('x', 40000) AS wide FROM orders WHERE id <= 60"),
      signal,
    )
    expect((await readAll(rows)).length).toBe(60)
    expect(rows.consistency).toBe('snapshot')
    await rows.close()
  })

  it('end at a row that no response can hold, and name the one before it', async () => {
    const text = "SELECT id, IF(id = 77, REPEAT('x', 70000), '') AS wide FROM orders"
    const source = await bench.source()
    const rows = await source.open(rangeQuery(text), signal)
    const failure = await readAll(rows).catch((error) => error)
    expect(failure).toBeInstanceOf(QueryFailed)
    expect(failure.message).toMatch(/^The row after the one with the id 76 is larger than the 64 KB .*LEFT/)
    await rows.close()
    expect(bench.api.transactions).toBe(0)
  })

  it('lose no text that the collation considers equal to another', async () => {
    await bench.connection.query(
      'CREATE TABLE IF NOT EXISTS codes (code VARCHAR(40) COLLATE utf8mb4_unicode_ci NOT NULL)',
    )
    await bench.connection.query('DELETE FROM codes')
    const codes = numbers(1, 120).map((n) => `code ${String(n).padStart(4, '0')}`)
    await bench.connection.query('INSERT INTO codes VALUES ?', [codes.map((code) => [code])])
    const source = await bench.source()
    const read = async () => {
      const rows = await source.open(rangeQuery('SELECT code FROM codes', { key: 'code' }), signal)
      return readAll(rows).finally(() => rows.close())
    }
    expect((await read()).map(([code]) => code)).toEqual(codes)
    // The last text of the first page, but in capitals.
    await bench.connection.query("INSERT INTO codes VALUES ('CODE 0050')")
    await expect(read()).rejects.toThrow(KeyNotUnique)
  })

  it('keep to the range, and refuse a NULL key in the first one', async () => {
    const source = await bench.source()
    const idsOf = async (more: Partial<RangeQuery>, text = 'SELECT id FROM orders') => {
      const rows = await source.open(rangeQuery(text, more), signal)
      return (await readAll(rows).finally(() => rows.close())).map(([id]) => id)
    }
    const integer = (value: string) => ({ type: 'integer' as const, value })
    expect(await idsOf({ after: integer('10'), upTo: integer('13') })).toEqual(['11', '12', '13'])
    const huge = 'SELECT 9007199254740993 + 0 AS id UNION SELECT 9007199254740992 UNION SELECT 9007199254740994'
    expect(await idsOf({ after: integer('9007199254740992') }, huge)).toEqual(['9007199254740993', '9007199254740994'])
    const withNull = idsOf({ upTo: integer('9') }, 'SELECT NULL AS id UNION SELECT 5')
    await expect(withNull).rejects.toThrow('The key id is NULL in a row')
    await bench.connection.query("DELETE FROM codes WHERE BINARY code = 'CODE 0050'")
    const text = (value: string) => ({ type: 'text' as const, value })
    const codes = { key: 'code', after: text('code 0003'), upTo: text('CODE 0006') }
    expect(await idsOf(codes, 'SELECT code FROM codes')).toEqual(['code 0004', 'code 0005', 'code 0006'])
  })
})

describe('an export without a key', () => {
  it('is advised to have one when its result exceeds one response', async () => {
    const source = await bench.source()
    const rows = await source.open(rangeQuery('SELECT * FROM order_items', { key: null }), signal)
    const failure = await readAll(rows).catch((error) => error)
    expect(failure).toBeInstanceOf(ExportTooLong)
    expect(failure.message).toMatch(/no key.*1 MiB.*give it a key/)
    await rows.close()
  })
})

describe('parameters', () => {
  it('of every type reach the server as on a direct connection', async () => {
    const query =
      () => sql`SELECT 1 AS id, ${'it’s ":x" \\ ?'} AS text, ${12n ** 17n} AS huge, ${1.5} AS half, ${true} AS yes,
      ${null} AS nothing, HEX(${Buffer.from([0, 255])}) AS bytes, ${new Date('2026-01-02T03:04:05.678Z')} AS instant, '12:30:45' AS colon, ${42} AS n`
    const names = ['id', 'text', 'huge', 'half', 'yes', 'nothing', 'bytes', 'instant', 'colon', 'n']
    const definition = { ...givenExport('', names, { key: 'id', timeZone: '+09:00' }), query }
    const source = await bench.source()
    const { content } = await run(definition, { source, store: bench.store })
    expect(content.toString()).toBe(
      (await run(definition, { source: sourceOf(bench.database), store: bench.store })).content.toString(),
    )
    expect(content.toString()).toContain('2026-01-02 12:04:05.678')
  })

  it('at the limits of a type are unchanged, directly and through the Data API', async () => {
    const values: [unknown, string][] = [
      [new Date('1969-12-31T23:59:59.999Z'), '1970-01-01 08:59:59.999'],
      [new Date('1905-02-03T04:05:06.700Z'), '1905-02-03 13:05:06.700'],
      [new Date('1970-01-01T00:00:00Z'), '1970-01-01 09:00:00.000'],
      [new Date('2038-01-19T03:14:06.999Z'), '2038-01-19 12:14:06.999'],
      [new Date('2038-01-19T03:14:08Z'), '2038-01-19 12:14:08.000'],
      [new Date('2050-07-01T00:00:00Z'), '2050-07-01 09:00:00.000'],
      [new Date('9999-12-31T00:00:00Z'), '9999-12-31 09:00:00.000'],
      // Beyond the last moment of a DATETIME.
      [new Date('9999-12-31T23:59:59Z'), '9999-12-31 23:59:59.999'],
      [2n ** 64n - 1n, '18446744073709551615'],
      [2n ** 64n, '18446744073709551616'],
      [-(2n ** 63n), '-9223372036854775808'],
      [-(2n ** 63n) - 1n, '-9223372036854775809'],
    ]
    const names = ['id', ...values.map((_, index) => `v${index}`)]
    const columns = values.map(([value], index) => sql`${value as string} AS ${raw(`v${index}`)}`)
    const query = () => sql`SELECT 1 AS id, ${join(columns)}`
    const definition = { ...givenExport('', names, { key: 'id', timeZone: '+09:00' }), query }
    for (const source of [sourceOf(bench.database), await bench.source()]) {
      const { content } = await run(definition, { source, store: bench.store })
      const [, row] = content.toString().split('\r\n')
      expect(row!.split(',').slice(1)).toEqual(values.map(([, expected]) => expected))
    }
  })

  it.each<[unknown, RegExp]>([
    [new Date('+010000-01-01T00:00:00Z'), /has a Date of the year 10000: the database knows 1000 to 9999/],
    [new Date('0999-12-31T00:00:00Z'), /has a Date of the year 999/],
    [10n ** 65n, /has an integer of more than 65 digits/],
  ])('%p is refused', async (value, message) => {
    const query = () => sql`SELECT 1 AS id, ${value as string} AS value`
    const definition = { ...givenExport('', ['id', 'value'], { key: 'id' }), query }
    for (const source of [sourceOf(bench.database), await bench.source()]) {
      const outcome = run(definition, { source, store: bench.store })
      await expect(outcome).rejects.toThrow(QueryFailed)
      await expect(outcome).rejects.toThrow(message)
    }
  })

  it('are not quoted in messages', async () => {
    const source = await bench.source()
    const query = { ...rangeQuery(''), query: sql`SELECT id FROM orders WHERE id = ST_GeomFromText(${'a secret'})` }
    const rows = await source.open(query, signal).catch((error) => error)
    const failure = rows instanceof Error ? rows : await readAll(rows).catch((error) => error)
    expect(failure).toBeInstanceOf(QueryFailed)
    expect(failure.message).not.toContain('a secret')
  })
})

describe('ranges', () => {
  it.each([
    ['an integer', 'SELECT id, title FROM order_items', 'id'],
    ['a text', "SELECT CONCAT(REPEAT('k', 180), LPAD(id, 6, '0')) AS code, title FROM order_items", 'code'],
  ])('of %s are planned, and have the same bytes as one', async (_, text, key) => {
    const definition = givenExport(text, [key, 'title'], { key, parallelism: 4 })
    const source = await bench.source()
    const expected = await run(givenExport(text, [key, 'title'], { key }), {
      source: sourceOf(bench.database),
      store: bench.store,
    })
    const { content, finished } = await run(definition, { source, store: bench.store })
    expect(finished.ranges.length).toBe(4)
    expect(content.equals(expected.content)).toBe(true)
    expect(bench.api.transactions).toBe(0)
  })

  it('request as many keys as a response holds', async () => {
    const source = await bench.source({ limits: { resultBytes: 4096 } })
    const space = await source.keySpace!({ query: sql`SELECT id FROM orders`, key: 'id', timeZone: null }, signal)
    const bounds = { after: { type: 'integer', value: '10' }, upTo: { type: 'integer', value: '900' } } as const
    const values = (await space.keys(bounds, 700, 'first')).map(({ value }) => Number(value))
    expect(values).toEqual(numbers(11, 710))
    expect(await space.keys(bounds, 2, 'last')).toEqual([
      { type: 'integer', value: '900' },
      { type: 'integer', value: '899' },
    ])
    expect(await space.estimate(bounds)).toBeGreaterThan(0)
    await space.close()
    expect(bench.api.transactions).toBe(0)
  })
})

describe('an estimate', () => {
  it('is the optimizer’s, and reports an invalid query', async () => {
    const source = await bench.source()
    const estimate = await source.estimate!(rangeQuery('SELECT id FROM order_items'), signal)
    expect(estimate).toBeGreaterThan(ORDERS)
    await expect(source.estimate!(rangeQuery('SELECT FROM'), signal)).rejects.toThrow(QueryFailed)
  })
})

const columnsOf = async (source: Source, text: string, key: string | null) => {
  const rows = await source.open(rangeQuery(text, { key }), new AbortController().signal)
  await rows.close()
  return rows.columns
}
