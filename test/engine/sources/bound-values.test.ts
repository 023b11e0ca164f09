/** A bound value reaches the server as itself: in the select list, in comparisons, within functions, as a cursor. */
import fc from 'fast-check'
import type { Connection } from 'mysql2/promise'
import { join, raw, type Sql, sql } from '../../../engine/catalogue.ts'
import type { RangeQuery } from '../../../engine/sources/source.ts'
import { QueryFailed } from '../../../statemachine/errors.ts'
import { type BothSources, readAll, signal, startSources } from './data-api-support.ts'

/** A value with the text that the server writes of it. */
type Bound = [value: unknown, text: string | null]

const instantText = (date: Date) => date.toISOString().replace('T', ' ').slice(0, 23)
const instants = fc
  .date({ min: new Date('1000-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true })
  .map((date): Bound => [date, instantText(date)])
const integers = fc
  .oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.bigInt({ min: 2n ** 63n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(10n ** 65n) + 1n, max: 10n ** 65n - 1n }),
    fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 53n + 1n, 0n),
  )
  .map((value): Bound => [value, String(value)])
const numbers = fc.maxSafeInteger().map((value): Bound => [value, String(value)])
const texts = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'\'"\\%_?:;#- \u0000\n受é😀') }),
    fc.integer({ min: 1000, max: 2000 }).map((length) => '長'.repeat(length)),
    fc.json(),
    fc.bigInt({ min: 0n, max: 10n ** 40n }).map((digits) => `${digits}.${digits}`),
  )
  .map((value): Bound => [value, value])
const bytes = fc.uint8Array({ maxLength: 300 }).map((value): Bound => [Buffer.from(value), hexOf(value)])
const booleans = fc.boolean().map((value): Bound => [value, value ? '1' : '0'])
const nothing = fc.constant<Bound>([null, null])
const values = fc.oneof(integers, numbers, texts, instants, booleans, nothing)

let both: BothSources
let connection: Connection
let sources: BothSources['sources']

beforeAll(async () => {
  both = await startSources()
  ;({ connection, sources } = both)
})
afterAll(() => both.close())

describe.each(['direct', 'Data API'] as const)('a bound value (%s)', (name) => {
  test('is unchanged in the select list', async () => {
    const property = fc.asyncProperty(fc.array(values, { minLength: 8, maxLength: 8 }), async (bound) => {
      const query = sql`SELECT ${join(bound.map(([value], index) => sql`${value} AS ${raw(`c${index}`)}`))}`
      expect(await rowsOf(name, query)).toEqual([bound.map(([, text]) => text)])
    })
    await fc.assert(property, { numRuns: 15, endOnFailure: true })
  })

  test('is unchanged as bytes, which are not text', async () => {
    const property = fc.asyncProperty(fc.array(bytes, { minLength: 8, maxLength: 8 }), async (bound) => {
      const query = sql`SELECT ${join(bound.map(([value], index) => sql`HEX(${value}) AS ${raw(`c${index}`)}`))}`
      expect(await rowsOf(name, query)).toEqual([bound.map(([, text]) => text)])
    })
    await fc.assert(property, { numRuns: 5, endOnFailure: true })
    expect(await kindsOf(name, sql`SELECT ${Buffer.from([0xff])}, ${new Date()}, ${'text'}, ${2n ** 64n}`)).toEqual([
      'binary',
      'datetime',
      'text',
      'decimal',
    ])
  })

  test('is unchanged in functions that give all arguments one type', async () => {
    // Together with a fraction, no server can hold all 65 digits, not even of a literal.
    const shorter = integers.filter(([value]) => !/\d{65}/.test(String(value)))
    const property = fc.asyncProperty(fc.array(fc.oneof(shorter, numbers, texts, instants), size(6)), async (bound) => {
      const [a, b, c, d, e, f] = bound.map(([value]) => value)
      const query = sql`SELECT COALESCE(${a}, 0), IFNULL(${b}, 0.5), IF(1, ${c}, 0), CASE WHEN 1 THEN ${d} ELSE 0 END,
        IF(0, 0, ${e}), COALESCE(NULL, ${f}) AS f`
      const [row] = await rowsOf(name, query)
      expect(row!.map((text, index) => exactly(text, bound[index]![0]))).toEqual(bound.map(([, text]) => text))
    })
    await fc.assert(property, { numRuns: 10, endOnFailure: true })
  })

  test('is unchanged in arithmetic, sums and casts', async () => {
    const unsigned = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    const property = fc.asyncProperty(fc.array(unsigned, size(8)), async (given) => {
      const [a, b, c, d, e, f, g, h] = given
      const query = sql`SELECT ABS(${a}), FLOOR(${b}), SUM(${c}), ${d} + 0, CAST(${e} AS UNSIGNED),
        CAST(${String(f)} AS UNSIGNED), CONVERT(${String(g)}, UNSIGNED), GREATEST(${h}, 0)`
      expect(await rowsOf(name, query)).toEqual([given.map(String)])
    })
    await fc.assert(property, { numRuns: 10, endOnFailure: true })
  })

  test('is a constant where SQL requires one', async () => {
    const five = sql`(SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5) AS five`
    expect(await rowsOf(name, sql`SELECT n FROM ${five} ORDER BY n LIMIT ${2} OFFSET ${1}`)).toEqual([['2'], ['3']])
    expect(await rowsOf(name, sql`SELECT n FROM ${five} ORDER BY n LIMIT ${3n}, ${'9'}`)).toEqual([['4'], ['5']])
    expect(await rowsOf(name, sql`SELECT n FROM ${five} ORDER BY n LIMIT 3, ${9}`)).toEqual([['4'], ['5']])
    const query = sql`SELECT LAG(n, ${2}) OVER (ORDER BY n) AS l, NTILE(${5}) OVER (ORDER BY n) AS t FROM ${five} WHERE n > ${0} LIMIT ${3}`
    expect(await rowsOf(name, query)).toEqual([
      [null, '1'],
      [null, '2'],
      ['1', '3'],
    ])
  })

  test('is ignored in a comment', async () => {
    const query = sql`SELECT ${1} AS a /* ${2} ? */, ${'?'} AS b -- ${3}
      # ${4}`
    expect(await rowsOf(name, query)).toEqual([['1', '?']])
  })
})

describe.each(['direct', 'Data API'] as const)('a comparison with a bound value (%s)', (name) => {
  const columns = {
    BIGINT: [fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), String],
    'BIGINT UNSIGNED': [fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), String],
    'DECIMAL(65,0)': [fc.bigInt({ min: -(10n ** 65n) + 1n, max: 10n ** 65n - 1n }), String],
    'DATETIME(3)': [instants.map(([date]) => date as Date), instantText],
    'VARBINARY(50)': [fc.uint8Array({ maxLength: 50 }).map((given) => Buffer.from(given)), hexOf],
    'VARCHAR(50) COLLATE utf8mb4_bin': [
      fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `${text}.`),
      String,
    ],
  } as unknown as Record<string, [fc.Arbitrary<never>, (value: unknown) => string]>

  test.each(Object.keys(columns))('finds the rows equal to it and those before it: %s', async (type) => {
    const [arbitrary, textOf] = columns[type]!
    const table = `t${name.length}_${type.replace(/\W/g, '').toLowerCase()}`
    const given = fc.sample(
      fc.uniqueArray(arbitrary, { minLength: 40, maxLength: 40, selector: textOf, size: 'max' }),
      1,
    )[0]!
    await connection.query(`CREATE TABLE ${table} (v ${type} NOT NULL, KEY (v))`)
    await connection.query(`INSERT INTO ${table} VALUES ${given.map(() => '(?)').join()}`, given.map(writable))
    const ordered = (await rowsOf(name, sql`SELECT ${shown(type)} FROM ${raw(table)} ORDER BY v`)).map(([text]) => text)
    for (const value of given.slice(0, 6)) {
      const at = ordered.indexOf(textOf(value))
      const query = sql`SELECT 'same', ${shown(type)} FROM ${raw(table)} WHERE v = ${value} UNION ALL
        SELECT 'listed', ${shown(type)} FROM ${raw(table)} WHERE v IN (${value}, ${value}) UNION ALL
        SELECT 'between', ${shown(type)} FROM ${raw(table)} WHERE v BETWEEN ${value} AND ${value} UNION ALL
        SELECT 'before', COUNT(*) FROM ${raw(table)} WHERE v < ${value}`
      expect(await rowsOf(name, query)).toEqual([
        ['same', ordered[at]],
        ['listed', ordered[at]],
        ['between', ordered[at]],
        ['before', String(at)],
      ])
    }
  })

  test('distinguishes a JSON boolean from a number', async () => {
    const query = sql`SELECT n FROM (SELECT 1 AS n, JSON_ARRAY(1, TRUE) AS j) AS t
      WHERE JSON_EXTRACT(j, '$[1]') = ${true} AND NOT JSON_EXTRACT(j, '$[1]') = ${false}`
    expect(await rowsOf(name, query)).toEqual([['1']])
  })

  test('treats a number as a date, as MySQL does', async () => {
    await connection.query(`CREATE TABLE days_${name.length} (d DATE NOT NULL, KEY (d))`)
    await connection.query(`INSERT INTO days_${name.length} VALUES ('2026-02-27'), ('2026-02-28'), ('2026-03-01')`)
    const table = raw(`days_${name.length}`)
    expect(await rowsOf(name, sql`SELECT d FROM ${table} WHERE d >= ${20260228} ORDER BY d`)).toEqual([
      ['2026-02-28'],
      ['2026-03-01'],
    ])
  })

  test('continues after an unsigned key beyond 2⁶³', async () => {
    const keys = [2n ** 63n - 1n, 2n ** 63n, 2n ** 63n + 1n, 2n ** 64n - 2n, 2n ** 64n - 1n].map(String)
    const query = sql`SELECT id FROM (SELECT ${join(
      keys.map((key) => raw(`${key} AS id`)),
      ' UNION ALL SELECT ',
    )}) AS k`
    const found = await Promise.all(
      keys.map((value) => rowsOf(name, query, { key: 'id', after: { type: 'integer', value } })),
    )
    expect(found.map((rows) => rows.map(([key]) => key))).toEqual(keys.map((_, index) => keys.slice(index + 1)))
  })
})

describe('a value that cannot be bound', () => {
  test.each([
    ['half of a surrogate pair', sql`SELECT ${'\ud83c'}`, /unpaired surrogate/],
    ['an integer beyond 65 digits', sql`SELECT ${10n ** 65n}`, /more than 65 digits/],
    ['no number', sql`SELECT ${Number.NaN}`, /cannot be bound: NaN/],
    ['no date', sql`SELECT ${new Date(Number.NaN)}`, /cannot be bound: an invalid Date/],
    ['a list', sql`SELECT ${[1, 2]}`, /cannot be bound: a list \(use join/],
    ['an object', sql`SELECT ${{ a: 1 }}`, /cannot be bound: an object \(bind JSON as text/],
    [
      'a value within quotes',
      sql`SELECT * FROM t WHERE name LIKE '%${'x'}%'`,
      /a value within quotes: remove the quotes/,
    ],
    ['two statements', sql`SELECT ${1}; SELECT 2`, /more than one statement/],
    ['a LIMIT of NULL', sql`SELECT 1 LIMIT ${null}`, /LIMIT or an OFFSET that is not a whole number/],
    ['an OFFSET of a fraction', sql`SELECT 1 LIMIT 1 OFFSET ${7.5}`, /LIMIT or an OFFSET that is not a whole number/],
  ])('is refused with a sentence: %s', async (_, query, message) => {
    for (const name of ['direct', 'Data API'] as const) {
      const failure = await rowsOf(name, query).catch((error) => error)
      expect(failure).toBeInstanceOf(QueryFailed)
      expect(failure.message).toMatch(message)
    }
  })
})

async function rowsOf(name: keyof typeof sources, query: Sql, more: Partial<RangeQuery> = {}) {
  const rows = await sources[name].open({ query, key: null, after: null, upTo: null, timeZone: null, ...more }, signal)
  try {
    return await readAll(rows)
  } finally {
    await rows.close()
  }
}

async function kindsOf(name: keyof typeof sources, query: Sql): Promise<string[]> {
  const rows = await sources[name].open({ query, key: null, after: null, upTo: null, timeZone: null }, signal)
  await rows.close()
  return rows.columns.map(({ kind }) => kind)
}

function size(length: number) {
  return { minLength: length, maxLength: length }
}

function shown(type: string): Sql {
  return raw(type.startsWith('VARBINARY') ? 'HEX(v)' : 'v')
}

function writable(value: unknown): unknown {
  return (value as unknown) instanceof Date
    ? instantText(value as Date)
    : typeof value === 'bigint'
      ? String(value)
      : value
}

function hexOf(value: unknown): string {
  return Buffer.from(value as Uint8Array)
    .toString('hex')
    .toUpperCase()
}

/** A number that shares its type with one of a fraction is written with zeros after the point. */
function exactly(text: string | null, value: unknown): string | null {
  return typeof value === 'bigint' || typeof value === 'number' ? (text?.replace(/\.0+$/, '') ?? null) : text
}
