import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetMetadata, type SchemaElement } from 'hyparquet'
import { Bounds } from '../../../engine/formats/parquet/bounds.ts'
import { writeBytes } from '../../../engine/formats/parquet/plain.ts'
import { parquet } from '../../../engine/formats/parquet.ts'
import type { Column, ColumnKind } from '../../../engine/rows/column.ts'
import { Output } from '../../../engine/rows/output.ts'
import { sourceOf } from '../../../engine/rows/words.ts'
import { encodeWith, givenBatch, givenColumn, givenContext, type Row } from './support.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-parquet-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

describe('a Parquet file, read by DuckDB', () => {
  test.each<[ColumnKind, Partial<Column>, string | Buffer, string, string]>([
    ['integer', { precision: 1 }, '-128', 'INTEGER', '-128'],
    ['integer', { precision: 4, unsigned: true }, '4294967295', 'BIGINT', '4294967295'],
    ['integer', { precision: 8 }, '-9223372036854775808', 'BIGINT', '-9223372036854775808'],
    ['integer', { precision: 8, unsigned: true }, '18446744073709551615', 'UBIGINT', '18446744073709551615'],
    ['decimal', { precision: 5, scale: 2 }, '-999.99', 'DECIMAL(5,2)', '-999.99'],
    ['decimal', { precision: 18, scale: 4 }, '12345678901234.5678', 'DECIMAL(18,4)', '12345678901234.5678'],
    // At the borders of a storage width the largest number must still have room.
    ...[9, 10, 18, 19].map((precision): [ColumnKind, Partial<Column>, string, string, string] => {
      const most = '9'.repeat(precision)
      return ['decimal', { precision, scale: 0 }, most, `DECIMAL(${precision},0)`, most]
    }),
    ['decimal', { precision: 38, scale: 0 }, `-${'9'.repeat(38)}`, 'DECIMAL(38,0)', `-${'9'.repeat(38)}`],
    ['float', { precision: 8 }, '1.7976931348623157e308', 'DOUBLE', '1.7976931348623157e+308'],
    ['float', { precision: 4 }, '1.5', 'FLOAT', '1.5'],
    ['year', {}, '2026', 'INTEGER', '2026'],
    ['date', {}, '1000-01-01', 'DATE', '1000-01-01'],
    ['datetime', { scale: 6 }, '9999-12-31 23:59:59.999999', 'TIMESTAMP', '9999-12-31 23:59:59.999999'],
    ['datetime', { scale: 0 }, '1969-12-31 23:59:59', 'TIMESTAMP', '1969-12-31 23:59:59'],
    ['timestamp', { scale: 3 }, '2026-03-01 08:30:00.250', 'TIMESTAMP WITH TIME ZONE', '2026-02-28 23:30:00.25+00'],
    ['time', {}, '-838:59:59', 'VARCHAR', '-838:59:59'],
    ['text', {}, '受注😀"\n', 'VARCHAR', '受注😀"\n'],
    ['text', {}, '', 'VARCHAR', ''],
    ['json', {}, '{"a": 1}', 'VARCHAR', '{"a": 1}'],
    ['bit', { precision: 64 }, Buffer.alloc(8, 255), 'UBIGINT', '18446744073709551615'],
    ['binary', {}, Buffer.from([0, 255, 65]), 'BLOB', '\\x00\\xFFA'],
  ])('keeps a column of kind %s %j', async (kind, change, value, type, text) => {
    const columns = [givenColumn('c', kind, change)]
    const rows = await readBack(columns, [[value], [null]], 'typeof(c), c::varchar')
    expect(rows).toEqual([
      [type, text],
      [type, null],
    ])
  })

  test('has every row of many row groups, in order', async () => {
    const rows = Array.from({ length: 250_000 }, (_, i): Row => [String(i), i % 3 === 0 ? null : `note ${i}`])
    const columns = [givenColumn('id', 'integer'), givenColumn('note', 'text')]
    const query = 'count(*), count(note), sum(id), min(file_row_number - id), max(file_row_number - id)'
    expect(await readBack(columns, rows, query)).toEqual([['250000', '166666', '31249875000', '0', '0']])
  })

  test.each<[string, (i: number) => string | null]>([
    ['one value', () => 'paid'],
    ['one value or NULL', (i) => (i % 7 === 0 ? null : 'paid')],
    ['nothing but NULL', () => null],
    ['NULL for pages, then a few values', (i) => (i < 45_000 ? null : `state ${i % 300}`)],
    ['a few values, then values that are all different', (i) => (i < 45_000 ? `state ${i % 300}` : `note ${i}`)],
    ['a few values, then more than a dictionary holds', (i) => (i < 25_000 ? `state ${i % 300}` : `${i}`.padEnd(60))],
    ['long and empty texts', (i) => (i % 1000 === 0 ? `${i}`.repeat(200) : i % 3 === 0 ? '' : 'é'.repeat(i % 90))],
  ])('has a column of %s', async (_, valueAt) => {
    const rows = Array.from({ length: 110_000 }, (_, i): Row => [valueAt(i)])
    const query = `list(c ORDER BY file_row_number)::json`
    const [[list]] = (await readBack([givenColumn('c', 'text')], rows, query)) as [[string]]
    expect(JSON.parse(list)).toEqual(rows.map(([value]) => value))
  })

  test.each<[number, number]>([
    [39, 0],
    [41, 0],
    [52, 20],
    [65, 30],
  ])(
    'keeps DECIMAL(%i, %i), which DuckDB has no type for, with the precision of a double',
    async (precision, scale) => {
      const digits = '1234567890'.repeat(7).slice(0, precision)
      const texts = [digits, `-${digits}`, '0'.repeat(precision - 1).concat('7'), '-1'.padEnd(precision + 1, '0')]
      const point = (text: string) => text.replace(new RegExp(`(?=\\d{${scale}}$)`), scale === 0 ? '' : '.')
      const rows = texts.map((text): Row => [point(text)])
      const read = await readBack([givenColumn('c', 'decimal', { precision, scale })], rows, 'typeof(c), c')
      expect(read.map(([type]) => type)).toEqual(texts.map(() => 'DOUBLE'))
      for (const [at, [, number]] of read.entries()) expect(Number(number) / Number(rows[at]![0])).toBeCloseTo(1, 14)
    },
  )

  test.each<[ColumnKind, Partial<Column>, (i: number) => string, string]>([
    ['integer', { precision: 4 }, (i) => `${i - 100_000}`, '77'],
    ['integer', { precision: 8 }, (i) => `${BigInt(i) * 10_000_000_000n}`, '1770000000000'],
    ['decimal', { precision: 9, scale: 2 }, (i) => `${i}.50`, '177.50'],
    ['decimal', { precision: 18, scale: 4 }, (i) => `${i - 100_000}.5000`, '177.5000'],
    ['decimal', { precision: 30, scale: 2 }, (i) => `${i - 100_000}.50`, '177.50'],
    ['decimal', { precision: 41, scale: 0 }, (i) => `${i - 100_000}`, '177'],
    ['float', { precision: 8 }, (i) => `${i / 2 - 50_000}`, '177.5'],
    [
      'text',
      {},
      (i) => `${'a text longer than the bounds are '.repeat(4)}${i}`,
      `${'a text longer than the bounds are '.repeat(4)}177`,
    ],
  ])('finds a value by the bounds of a column of kind %s %j', async (kind, change, valueAt, wanted) => {
    const rows = Array.from({ length: 110_000 }, (_, i): Row => [valueAt(i)])
    const columns = [givenColumn('c', kind, change)]
    expect(await readBack(columns, rows, 'count(*)', { where: `c = '${wanted}'` })).toEqual([['1']])
  })

  test.each<[string, (i: number) => boolean]>([
    ['none', () => false],
    ['all', () => true],
    ['every second', (i) => i % 2 === 0],
    ['scattered', (i) => (i * 2_654_435_761) % 7 < 3],
    ['long runs', (i) => i % 5_000 < 2_000],
    ['one', (i) => i === 12_345],
  ])('keeps NULLs over several pages if nothing was written before them: %s in the first column', async (_, isNull) => {
    const rows = Array.from({ length: 45_000 }, (_, i): Row => [isNull(i) ? null : `${i % 10}`, `${i}`])
    const columns = [givenColumn('a', 'text'), givenColumn('b', 'integer', { precision: 8 })]
    const wrong = await readBack(columns, rows, 'a, b')
    expect(wrong.length).toBe(rows.length)
    expect(wrong.filter(([a, b], i) => a !== rows[i]![0] || b !== rows[i]![1])).toEqual([])
  })

  describe('the bounds of texts and bytes, which are kept until the file ends,', () => {
    const text: SchemaElement = { name: 'c', type: 'BYTE_ARRAY', converted_type: 'UTF8' }
    const boundsOf = (element: SchemaElement, ...values: Buffer[]) => {
      const output = new Output(1024)
      for (const value of values) writeBytes(sourceOf(value), 0, value.length, output)
      const bounds = new Bounds(element)
      bounds.add(output.words, output.length)
      return bounds.take()
    }

    test('are short if the values are long', () => {
      const { min_value, max_value, ...exact } = boundsOf(text, Buffer.alloc(1 << 20, 'y'), Buffer.alloc(1 << 20, 'b'))
      expect(min_value).toEqual(new Uint8Array(Buffer.from('b'.repeat(16))))
      expect(max_value).toEqual(new Uint8Array(Buffer.from(`${'y'.repeat(15)}z`)))
      expect(exact).toEqual({ is_min_value_exact: false, is_max_value_exact: false })
      expect((min_value as Uint8Array).buffer.byteLength).toBeLessThan(100)
      expect((max_value as Uint8Array).buffer.byteLength).toBeLessThan(100)
    })

    test('are the values themselves if those are short', () => {
      const { min_value, max_value, ...exact } = boundsOf(text, Buffer.from('b'), Buffer.from('y'.repeat(16)))
      expect([min_value, max_value].map((bound) => Buffer.from(bound as Uint8Array).toString())).toEqual([
        'b',
        'y'.repeat(16),
      ])
      expect(exact).toEqual({})
    })

    test('have no maximum if no short one exists', () => {
      const bounds = boundsOf({ name: 'c', type: 'BYTE_ARRAY' }, Buffer.alloc(1 << 20, 0xff))
      expect(bounds).toEqual({ min_value: new Uint8Array(16).fill(0xff), is_min_value_exact: false })
    })
  })

  test('has its columns even without rows', async () => {
    expect(await readBack([givenColumn('id', 'integer', { heading: '注文番号' })], [], 'count("注文番号")')).toEqual([
      ['0'],
    ])
  })

  test.each([
    ['Asia/Tokyo', '2026-03-01 08:30:00', '2026-02-28 23:30:00+00'],
    ['America/New_York', '2026-07-01 12:00:00', '2026-07-01 16:00:00+00'],
    // In spring the hour that the clock leaps over does not come, in autumn one comes twice.
    ['America/New_York', '2026-11-01 00:59:59', '2026-11-01 04:59:59+00'],
    ['America/New_York', '2026-11-01 02:00:00', '2026-11-01 07:00:00+00'],
    ['America/New_York', '2026-03-08 03:00:00', '2026-03-08 07:00:00+00'],
    ['-03:30', '2026-01-01 00:00:00', '2026-01-01 03:30:00+00'],
    // Changes that are not at a full hour of UTC, nor at a full minute.
    ['Africa/Monrovia', '1972-01-06 23:59:59', '1972-01-07 00:44:29+00'],
    ['Africa/Monrovia', '1972-01-07 00:44:30', '1972-01-07 00:44:30+00'],
    // The day before it did not come.
    ['Pacific/Apia', '2011-12-29 23:59:59', '2011-12-30 09:59:59+00'],
    ['Pacific/Apia', '2011-12-31 00:00:00', '2011-12-30 10:00:00+00'],
  ])('has the instant of the TIMESTAMP text in %s: %s', async (timeZone, text, instant) => {
    const rows = await readBack([givenColumn('c', 'timestamp')], [[text]], 'c::varchar', { timeZone })
    expect(rows).toEqual([[instant]])
  })

  test.each([
    ['America/New_York', '2026-11-01 01:00:00'],
    ['America/New_York', '2026-11-01 01:59:59.999'],
    ['Europe/Berlin', '2026-10-25 02:30:00'],
    ['Australia/Lord_Howe', '2026-04-05 01:30:00'],
  ])('refuses a TIMESTAMP that the clock of %s shows twice: %s', async (timeZone, text) => {
    await expect(
      readBack([givenColumn('c', 'timestamp')], [['2026-01-01 00:00:00'], [text]], '1', { timeZone }),
    ).rejects.toThrow(
      `row 2, column c: the clock of ${timeZone} shows ${text} twice, and the database does not say which one it is. ` +
        "Give the export the time zone '+00:00', or request CSV.",
    )
  })

  test('keeps a row function’s Date in an hour that occurs twice', async () => {
    const columns = [givenColumn('c', 'timestamp', { transformedFrom: 'timestamp' })]
    const rows = [['2026-10-25T00:30:00.000Z'], ['2026-10-25T01:30:00.000Z']]
    expect(await readBack(columns, rows, 'c::varchar', { timeZone: 'Europe/Berlin' })).toEqual([
      ['2026-10-25 00:30:00+00'],
      ['2026-10-25 01:30:00+00'],
    ])
  })

  test.each([
    [
      'Australia/Adelaide',
      '2026-04-05 01:59:59',
      '2026-04-04 15:29:59+00',
      '2026-04-05 03:00:00',
      '2026-04-04 17:30:00+00',
    ],
    [
      'Australia/Adelaide',
      '2026-10-04 01:59:59',
      '2026-10-03 16:29:59+00',
      '2026-10-04 03:00:00',
      '2026-10-03 16:30:00+00',
    ],
    [
      'Australia/Lord_Howe',
      '2026-04-05 01:29:59',
      '2026-04-04 14:29:59+00',
      '2026-04-05 02:00:00',
      '2026-04-04 15:30:00+00',
    ],
    [
      'Australia/Lord_Howe',
      '2026-10-04 01:59:59',
      '2026-10-03 15:29:59+00',
      '2026-10-04 02:30:00',
      '2026-10-03 15:30:00+00',
    ],
  ])(
    'has the instants around a change in %s whichever comes first',
    async (timeZone, text, instant, later, laterInstant) => {
      const read = (rows: Row[]) => readBack([givenColumn('c', 'timestamp')], rows, 'c::varchar', { timeZone })
      expect(await read([[text], [later]])).toEqual([[instant], [laterInstant]])
      expect(await read([[later], [text]])).toEqual([[laterInstant], [instant]])
    },
  )

  test.each<[ColumnKind, Partial<Column>, string, string]>([
    ['integer', { precision: 4 }, '2147483647', '2147483647'],
    ['decimal', { precision: 12, scale: 2 }, '12.5', '12.50'],
    ['decimal', { precision: 12, scale: 2 }, '-7', '-7.00'],
    ['decimal', { precision: 12, scale: 2 }, '1.2300', '1.23'],
    ['float', { precision: 8 }, '1e+21', '1e+21'],
    ['date', {}, '2026-01-31T00:00:00.000Z', '2026-01-31'],
    ['date', {}, '2026-01-31 00:00:00', '2026-01-31'],
    ['integer', { zerofill: true }, '00042', '42'],
    ['datetime', {}, '2026-01-31', '2026-01-31 00:00:00'],
    ['datetime', {}, '2026-01-31T12:00:00.250Z', '2026-01-31 12:00:00.25'],
    ['timestamp', {}, '2026-01-31T12:00:00.000Z', '2026-01-31 12:00:00+00'],
    ['timestamp', {}, '2026-01-31 12:00:00', '2026-01-31 03:00:00+00'],
  ])('keeps a row function’s value for a column of kind %s %j: %s', async (kind, change, value, text) => {
    const columns = [givenColumn('c', kind, { ...change, transformedFrom: kind })]
    expect(await readBack(columns, [[value]], 'c::varchar')).toEqual([[text]])
  })

  test.each<[ColumnKind, Partial<Column>, string]>([
    ['integer', { precision: 4 }, '2147483648'],
    ['integer', { precision: 8, unsigned: true }, '-1'],
    ['integer', {}, 'true'],
    ['decimal', { precision: 12, scale: 2 }, '1.234'],
    ['decimal', { precision: 4, scale: 2 }, '100'],
    ['decimal', { precision: 12, scale: 2 }, '1e-7'],
    ['date', {}, '2026-01-31 12:00:00'],
    ['date', {}, '2026-01-31T12:00:00.000Z'],
    ['datetime', {}, 'soon'],
    ['year', {}, '20260'],
    ['integer', {}, '00007'],
    ['integer', {}, '1e3'],
    ['float', { precision: 8 }, '1e400'],
    ['float', { precision: 8 }, '9007199254740993'],
    ['float', { precision: 4 }, '1e300'],
    ['datetime', {}, '2026-01-01 99:99:99'],
    ['datetime', {}, '2026-01-01T99:99:99.000Z'],
    ['timestamp', {}, '2026-13-01 00:00:00'],
  ])('refuses a row function’s value for a column of kind %s %j: %s', async (kind, change, value) => {
    const columns = [givenColumn('c', kind, { ...change, transformedFrom: kind })]
    await expect(encodeWith(parquet, columns, [[null], [value]])).rejects.toThrow(
      `row 2, column c: the row function returned a value that does not fit a Parquet column of type ${kind}`,
    )
  })

  test('refuses a date that Parquet does not have, naming row and column', async () => {
    await expect(encodeWith(parquet, [givenColumn('day', 'date')], [['2026-01-01'], ['0000-00-00']])).rejects.toThrow(
      'row 2, column day: 0000-00-00 is not a date that Parquet can hold. Make it NULL in the export (NULLIF), or request CSV.',
    )
  })
})

describe('a Parquet file', () => {
  const text = [givenColumn('c', 'text')]
  const bytes = [givenColumn('c', 'binary')]

  test('has row groups of 100,000 rows', async () => {
    const rows = Array.from({ length: 250_000 }, (_, i): Row => [`${i}`])
    expect((await groupsOf(text, rows)).map(({ num_rows }) => num_rows)).toEqual([100_000n, 100_000n, 50_000n])
  })

  test('ends a row group early once about 8 MiB of it are compressed', async () => {
    const rows = Array.from({ length: 100 }, (): Row => [randomBytes(500_000)])
    const groups = await groupsOf(bytes, rows)
    expect(groups.map(({ num_rows }) => num_rows)).toEqual([18n, 18n, 18n, 18n, 18n, 10n])
    const full = groups.slice(0, -1).map(({ total_byte_size }) => Number(total_byte_size) / 18 / 500_000)
    for (const size of full) expect(size).toBeCloseTo(1, 2)
  })

  test('has pages of 20,000 rows, or fewer if those are long', async () => {
    const short = Array.from({ length: 45_000 }, (_, i): Row => [`${i}`])
    expect(await pagesOf([givenColumn('c', 'integer', { precision: 8 })], short)).toBe(3)
    const columns = Array.from({ length: 8 }, (_, i) => givenColumn(`c${i}`, 'text'))
    // A page of all columns takes about 4 MiB.
    const long = Array.from({ length: 10_000 }, (_, i): Row => columns.map(({ name }) => `${name} ${i}`.padEnd(100)))
    expect(await pagesOf(columns, long)).toBe(2 * columns.length)
  })

  test('stops after a row group with which the output reaches its limit', async () => {
    const batch = givenBatch(Array.from({ length: 20 }, (): Row => [randomBytes(1 << 20)]))
    const rowsFor = async (limit: number) => {
      const output = new Output(limit)
      return { row: await parquet.open(givenContext(bytes)).rows(batch, 0, batch.rows, output), output }
    }
    const { row, output } = await rowsFor(1)
    // Values of more than 8 MiB in whole pages of 4 MiB.
    expect(row).toBe(8)
    expect((await rowsFor(output.length)).row).toBe(row)
    expect((await rowsFor(output.length + 1)).row).toBe(2 * row)
    expect((await rowsFor(1 << 26)).row).toBe(batch.rows)
  })

  test('has no row group without rows', async () => {
    expect(await groupsOf(text, [])).toEqual([])
  })

  test('continues a row group while its held bytes are few', async () => {
    const rows = Array.from({ length: 3000 }, (_, i): Row => [`${i} `.repeat(4000)])
    const [group, ...others] = await groupsOf(text, rows)
    expect(others).toEqual([])
    expect(Number(group!.total_byte_size)).toBeGreaterThan(50e6)
  })

  test('passes on at most a row group at once', async () => {
    const output = new Output(1)
    const encoder = parquet.open(givenContext(bytes))
    encoder.head(output)
    for (let i = 0; i < 100; i++) {
      output.length = 0
      await encoder.rows(givenBatch([[randomBytes(1 << 20)]]), 0, 1, output)
      expect(output.length).toBeLessThan(13 << 20)
    }
  })

  test('uses a dictionary for a column with few distinct values, but not for one with many', async () => {
    const columns = [givenColumn('id', 'integer'), givenColumn('state', 'text')]
    const rows = Array.from({ length: 100_000 }, (_, i): Row => [`${i}`, `the state ${i % 5}`])
    const [group] = await groupsOf(columns, rows)
    const [id, state] = group!.columns.map(({ meta_data }) => meta_data!)
    expect(id!.encodings).not.toContain('RLE_DICTIONARY')
    expect(state!.encodings).toContain('RLE_DICTIONARY')
    expect(Number(state!.total_uncompressed_size)).toBeLessThan((100_000 * 3) / 8 + 1000)
  })

  test.each<[ColumnKind, Partial<Column>, string[], unknown, unknown]>([
    ['integer', { precision: 4 }, ['7', '-7'], -7, 7],
    ['integer', { precision: 8 }, ['4294967295', '-4294967296', '4294967296'], -4294967296n, 4294967296n],
    ['integer', { precision: 8, unsigned: true }, ['18446744073709551615', '1'], 1n, 18446744073709551615n],
    ['float', { precision: 4 }, ['0.5', '-0.5'], -0.5, 0.5],
    ['float', { precision: 8 }, ['0'], -0, 0],
    ['decimal', { precision: 9, scale: 2 }, ['-1.00', '1.00', '-1.01'], -1.01, 1],
    ['decimal', { precision: 18, scale: 2 }, ['-1.00', '1.00', '-1.01'], -1.01, 1],
    ['decimal', { precision: 30, scale: 2 }, ['-1.00', '1.00', '-1.01'], -1.01, 1],
    ['date', {}, ['1970-01-02', '1969-12-31'], new Date('1969-12-31'), new Date('1970-01-02')],
    ['text', {}, ['b', 'é', 'ab', 'a'], 'a', 'é'],
  ])('records the bounds of a column of kind %s %j', async (kind, change, values, least, greatest) => {
    const bounds = async (rows: Row[]) => (await groupsOf([givenColumn('c', kind, change)], rows))[0]!.columns[0]!
    const few = values.map((value): Row => [value])
    const inDictionary = Array.from({ length: 1000 }, () => [...few, [null]]).flat()
    for (const rows of [[...few, [null]], inDictionary]) {
      const { meta_data } = await bounds(rows)
      expect(meta_data!.statistics).toMatchObject({ min_value: least, max_value: greatest })
      expect(meta_data!.statistics!.null_count).toBe(BigInt(rows.length / (values.length + 1)))
    }
    const { meta_data } = await bounds([[null]])
    expect(meta_data!.statistics).not.toHaveProperty('min_value', expect.anything())
  })

  test('has the same bytes however its rows arrive', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i): Row => [i % 11 === 0 ? null : `note ${(i * i) % 977}`])
    expect(await encodeWith(parquet, text, rows, 7)).toEqual(await encodeWith(parquet, text, rows, 30_000))
  })
})

/** How many pages a file has: each is a frame of zstd, which begins with these bytes. */
async function pagesOf(columns: Column[], rows: Row[]): Promise<number> {
  const file = await encodeWith(parquet, columns, rows)
  return file.toString('latin1').split('\x28\xb5\x2f\xfd').length - 1
}

async function groupsOf(columns: Column[], rows: Row[]) {
  const { buffer, byteOffset, byteLength } = await encodeWith(parquet, columns, rows)
  return parquetMetadata(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer).row_groups
}

async function readBack(
  columns: Column[],
  rows: Row[],
  query: string,
  { timeZone = '+09:00', where = 'true' }: { timeZone?: string; where?: string } = {},
) {
  const file = join(directory, 'file.parquet')
  writeFileSync(file, await encodeWith(parquet, columns, rows, 10_000, { timeZone }))
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect()
  try {
    await duckdb.run("SET TimeZone = 'UTC'")
    const from = `read_parquet('${file}', file_row_number = true)`
    const result = await duckdb.runAndReadAll(`SELECT ${query} FROM ${from} WHERE ${where}`)
    return result.getRows().map((row) => row.map((value) => (value === null ? null : String(value))))
  } finally {
    duckdb.closeSync()
  }
}
