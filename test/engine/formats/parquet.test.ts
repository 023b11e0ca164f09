import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Column, ColumnKind } from '../../../engine/batch.ts'
import { parquet } from '../../../engine/formats/parquet.ts'
import { encodeWith, givenColumn, type Row } from './support.ts'

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

  test('has its columns also when there are no rows', async () => {
    expect(await readBack([givenColumn('id', 'integer', { heading: '注文番号' })], [], 'count("注文番号")')).toEqual([
      ['0'],
    ])
  })

  test.each([
    ['Asia/Tokyo', '2026-03-01 08:30:00', '2026-02-28 23:30:00+00'],
    ['America/New_York', '2026-07-01 12:00:00', '2026-07-01 16:00:00+00'],
    // Shown twice in autumn: the first; in spring the hour that the clock leaps over does not come.
    ['America/New_York', '2026-11-01 01:30:00', '2026-11-01 05:30:00+00'],
    ['America/New_York', '2026-03-08 03:00:00', '2026-03-08 07:00:00+00'],
    ['-03:30', '2026-01-01 00:00:00', '2026-01-01 03:30:00+00'],
  ])('has the instant of a TIMESTAMP shown in %s as %s', async (timeZone, text, instant) => {
    const rows = await readBack([givenColumn('c', 'timestamp')], [[text]], 'c::varchar', { timeZone })
    expect(rows).toEqual([[instant]])
  })

  test.each<[ColumnKind, Partial<Column>, string, string]>([
    ['integer', { precision: 4 }, '2147483647', '2147483647'],
    ['decimal', { precision: 12, scale: 2 }, '12.5', '12.50'],
    ['decimal', { precision: 12, scale: 2 }, '-7', '-7.00'],
    ['decimal', { precision: 12, scale: 2 }, '1.2300', '1.23'],
    ['float', { precision: 8 }, '1e+21', '1e+21'],
    ['date', {}, '2026-01-31T00:00:00.000Z', '2026-01-31'],
    ['datetime', {}, '2026-01-31', '2026-01-31 00:00:00'],
    ['datetime', {}, '2026-01-31T12:00:00.250Z', '2026-01-31 12:00:00.25'],
    ['timestamp', {}, '2026-01-31T12:00:00.000Z', '2026-01-31 12:00:00+00'],
    ['timestamp', {}, '2026-01-31 12:00:00', '2026-01-31 03:00:00+00'],
  ])('keeps what a row function put into a column of kind %s %j: %s', async (kind, change, value, text) => {
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
  ])('refuses what a row function put into a column of kind %s %j: %s', async (kind, change, value) => {
    const columns = [givenColumn('c', kind, { ...change, transformedFrom: kind })]
    await expect(encodeWith(parquet, columns, [[null], [value]])).rejects.toThrow(
      `row 2, column c: the row function returned what a Parquet column of type ${kind} does not hold`,
    )
  })

  test('refuses a date that Parquet does not have, naming row and column', async () => {
    await expect(encodeWith(parquet, [givenColumn('day', 'date')], [['2026-01-01'], ['0000-00-00']])).rejects.toThrow(
      'row 2, column day: 0000-00-00 is no date that Parquet has. Make it NULL in the export (NULLIF), or request CSV.',
    )
  })
})

async function readBack(columns: Column[], rows: Row[], query: string, context: { timeZone?: string } = {}) {
  const file = join(directory, 'file.parquet')
  writeFileSync(file, await encodeWith(parquet, columns, rows, 10_000, { timeZone: '+09:00', ...context }))
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect()
  try {
    await duckdb.run("SET TimeZone = 'UTC'")
    const result = await duckdb.runAndReadAll(`SELECT ${query} FROM read_parquet('${file}', file_row_number = true)`)
    return result.getRows().map((row) => row.map((value) => (value === null ? null : String(value))))
  } finally {
    duckdb.closeSync()
  }
}
