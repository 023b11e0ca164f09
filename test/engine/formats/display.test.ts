import fc from 'fast-check'
import { defineExport, sql } from '../../../engine/catalogue.ts'
import { DatePattern } from '../../../engine/formats/display/date-pattern.ts'
import { type ColumnFormat, showNumber } from '../../../engine/formats/display/number.ts'
import { displayOf, misfitOfFormat } from '../../../engine/formats/display.ts'
import type { ColumnKind } from '../../../engine/rows/column.ts'
import { freshDatabase } from '../../support/database.ts'
import { givenColumn } from './support.ts'

describe('a number', () => {
  test.each([
    ['1234567.895', 2, true, '1,234,567.90'],
    ['-1234567.895', 2, false, '-1234567.90'],
    ['999.995', 2, true, '1,000.00'],
    ['-0.001', 2, true, '0.00'],
    ['0.5', 0, true, '1'],
    ['123', 3, true, '123.000'],
    ['18446744073709551615', 0, true, '18,446,744,073,709,551,615'],
    ['1.5e-7', 8, false, '0.00000015'],
    ['1.5e3', 1, true, '1,500.0'],
    ['1.5e1', 1, true, '15.0'],
    ['1.5e-1', 2, true, '0.15'],
    ['1e-400', 1, false, '0.0'],
    ['1e400', 0, false, `1${'0'.repeat(400)}`],
    ['1e21', 0, true, '1,000,000,000,000,000,000,000'],
    ['0', 2, true, '0.00'],
    ['-1.1', 1, false, '-1.1'],
    ['12e-1', 1, false, '1.2'],
  ])('%s with %i decimals, grouped: %s, is %s', (text, decimals, grouping, shown) => {
    expect(showNumber(text, decimals, grouping)).toBe(shown)
  })

  test.each(['', '-', 'a', '1,5', '0x1', '1e401', '1e-401', '1e999', 'NaN', ' 1'])('is not %j', (text) => {
    expect(showNumber(text, 2, true)).toBeNull()
  })

  test('is shown as MySQL’s FORMAT shows a DECIMAL', async () => {
    await using database = await freshDatabase()
    const connection = await database.connect()
    const decimal = fc
      .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.integer({ min: 0, max: 10 }))
      .map(([isNegative, digits, scale]) => {
        const text = digits.toString().padStart(scale + 1, '0')
        return `${isNegative ? '-' : ''}${scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`}`
      })
    const numbers = fc.sample(fc.tuple(decimal, fc.integer({ min: 0, max: 10 })), 300)
    const select = numbers.map(([text, decimals]) => `SELECT FORMAT(${text}, ${decimals}) AS shown`).join(' UNION ALL ')
    const [rows] = await connection.query(select)
    await connection.end()
    // FORMAT keeps the sign of what it rounds to zero.
    const shown = (rows as { shown: string }[]).map((row) => row.shown.replace(/^-(?=[0.]+$)/, ''))
    expect(numbers.map(([text, decimals]) => showNumber(text, decimals, true))).toEqual(shown)
  })
})

describe('a date pattern', () => {
  const text = '2026-02-03 04:05:06.078900'
  test.each([
    ['yyyy/MM/dd HH:mm:ss.SSS', '2026/02/03 04:05:06.078', 'yyyy"/"mm"/"dd" "hh:mm:ss.000'],
    ['d.M.yy', '3.2.26', 'd.m.yy'],
    ['yyyy年M月d日 H時m分', '2026年2月3日 4時5分', 'yyyy"年"m"月"d"日"" "h"時"m"分"'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSSSS", '2026-02-03T04:05:06.078900', 'yyyy"-"mm"-"dd"T"hh:mm:ss.000000'],
    ['yy-M-d H:m:s', '26-2-3 4:5:6', 'yy"-"m"-"d" "h:m:s'],
    ["dd 'o''clock \"' ''", "03 o'clock \" '", 'dd" ""o\'clock "\\"" ""\'"'],
  ])('%s shows %s, in a spreadsheet by %s', (pattern, shown, code) => {
    expect(new DatePattern(pattern).show(text)).toBe(shown)
    expect(new DatePattern(pattern).code).toBe(code)
  })

  test('shows a date without a time at midnight, and a date of zeros as zeros', () => {
    const pattern = new DatePattern('yyyy/M/d HH:mm.ss.SS'.replace('.ss.', ':ss.'))
    expect(pattern.show('2026-12-31')).toBe('2026/12/31 00:00:00.00')
    expect(pattern.show('2026-12-31 23:59:58.9')).toBe('2026/12/31 23:59:58.90')
    expect(pattern.show('0000-00-00')).toBe('0000/0/0 00:00:00.00')
    expect(pattern.show('2026-12-31T23:59:58.900Z')).toBeNull()
    expect(new DatePattern('yy H:m:s').show('2005-12-31 23:59:58')).toBe('05 23:59:58')
  })

  test('shows what MySQL’s DATE_FORMAT shows', async () => {
    await using database = await freshDatabase()
    const connection = await database.connect()
    const seconds = fc.sample(fc.integer({ min: 0, max: 4_000_000_000 }), 200)
    const select = seconds
      .map((at) => `SELECT TIMESTAMP'1970-01-01 00:00:00' + INTERVAL ${at} SECOND AS d`)
      .join(' UNION ALL ')
    const [rows] = await connection.query(
      `SELECT CAST(d AS CHAR) AS text, DATE_FORMAT(d, '%Y/%m/%d %H:%i:%s %c.%e.%y %k') AS shown FROM (${select}) AS dates`,
    )
    await connection.end()
    const pattern = new DatePattern('yyyy/MM/dd HH:mm:ss M.d.yy H')
    for (const row of rows as { text: string; shown: string }[]) expect(pattern.show(row.text)).toBe(row.shown)
  })
})

test.each<[ColumnKind, number | null, ColumnFormat, string | null]>([
  ['date', null, 'yyyy', null],
  ['datetime', 0, 'yyyy', null],
  ['timestamp', 0, 'yyyy', null],
  ['time', 0, 'HH', 'holds time, and a date pattern is for DATE, DATETIME and TIMESTAMP'],
  ['decimal', 2, 'yyyy', 'holds decimal, and a date pattern is for DATE, DATETIME and TIMESTAMP'],
  ['integer', null, { grouping: true }, null],
  ['decimal', 2, { grouping: true }, null],
  ['decimal', null, { grouping: true }, 'has no fixed number of decimals: its format must say how many'],
  ['decimal', null, { decimals: 1 }, null],
  ['float', 2, { grouping: true }, 'has no fixed number of decimals: its format must say how many'],
  ['float', null, { decimals: 1 }, null],
  ['text', null, { decimals: 1 }, 'holds text, and { decimals, grouping } is for numbers'],
])('a column of kind %s with scale %s and the format %j has the problem: %s', (kind, scale, format, problem) => {
  expect(misfitOfFormat(givenColumn('c', kind, { scale, format }))).toBe(problem)
  expect(misfitOfFormat(givenColumn('c', kind, { scale }))).toBeNull()
})

test.each<[number | null, ColumnFormat, string, string]>([
  [2, { grouping: true }, '1,234.50', '#,##0.00'],
  [2, { decimals: 1 }, '1234.5', '0.0'],
  [2, {}, '1234.50', '0.00'],
  [null, {}, '1235', '0'],
])('a number of a column with scale %s and the format %j is shown as %s', (scale, format, shown, code) => {
  const display = displayOf(givenColumn('c', 'decimal', { scale, format }))!
  expect(display.show(Buffer.from('1234.50'), 0, 7, () => 'row 1')).toBe(shown)
  expect(display.code).toBe(code)
})

describe('an export with an invalid column format', () => {
  const given = (format: unknown, formats: readonly string[] = ['csv']) =>
    defineExport({
      name: 'orders',
      title: 'Orders',
      query: () => sql`SELECT amount FROM orders`,
      columns: { amount: { heading: 'Amount', format: format as never } },
      formats: formats as never,
    })

  test.each<[unknown, readonly string[], string]>([
    ['YYYY/MM/DD', ['csv'], 'the pattern "YYYY/MM/DD" has YYYY; use yyyy, yy, MM, M, dd, d, HH, H, mm, m, ss, s and S'],
    ['yyyy MMM', ['csv'], 'has MMM; use'],
    ['--', ['csv'], 'has no part of a date'],
    ["yyyy 'open", ['csv'], 'has a quote that is not closed'],
    ["yyyy '", ['csv'], 'has a quote that is not closed'],
    ['ss.SSSSSSS', ['csv'], 'has SSSSSSS; use'],
    ['yyyy/mm/dd', ['csv'], 'has minutes (m) that neither follow H nor come before s'],
    ['HH:MM', ['csv'], 'has a month (M) right after H or before s'],
    ['HH:mm.SSS', ['csv'], 'has a fraction (S) without s before it'],
    ['ss.SSSSSS', ['csv', 'xlsx'], 'a spreadsheet shows at most 3 digits of a second'],
    [
      'HH:mm:ss,SSS',
      ['xlsx'],
      'a spreadsheet shows fractions of a second only as ss.S, with a point: change HH:mm:ss,SSS',
    ],
    ['HHmmssSSS', ['csv', 'xlsx'], 'a spreadsheet shows fractions of a second only as ss.S'],
    ['HH:mm:s.SSS', ['xlsx'], 'a spreadsheet shows fractions of a second only as ss.S'],
    ["HH:mm:ss'.'d.SSS", ['csv'], 'has a fraction (S) without s before it'],
    ['ss.SS ss SS', ['xlsx'], 'a spreadsheet shows fractions of a second only as ss.S'],
    ['yyyy', ['csv', 'parquet'], 'a Parquet file keeps the database’s types and ignores formats'],
    [{ decimals: 2 }, ['parquet'], 'remove the format, or remove parquet'],
    [{ decimals: 31 }, ['csv'], 'decimals must be a whole number from 0 to 30'],
    [{ decimals: -1 }, ['csv'], 'decimals must be a whole number from 0 to 30'],
    [{ decimals: 1.5 }, ['csv'], 'decimals must be a whole number'],
    [{ grouping: ',' }, ['csv'], 'grouping must be true or false'],
    [{ digits: 2 }, ['csv'], 'digits is not an option (the options are decimals and grouping)'],
    [3, ['csv'], 'must be { decimals, grouping } or a date pattern'],
  ])('%j for %j is refused', (format, formats, message) => {
    expect(() => given(format, formats)).toThrow(`columns.amount.format: `)
    expect(() => given(format, formats)).toThrow(message)
  })

  test.each([
    [{ decimals: 0, grouping: false }, ['csv', 'xlsx']],
    [{ decimals: 30, grouping: true }, ['csv', 'xlsx']],
    [{}, ['csv']],
    ['yyyy/MM/dd', ['xlsx']],
    ['HH:mm:ss,SSS', ['csv', 'tsv', 'jsonl']],
    ['HHmmssSSSSSS', ['csv']],
    ['HH:mm:ss.SSS', ['csv', 'xlsx']],
    ['mm:ss.S', ['xlsx']],
  ])('%j for %j is accepted', (format, formats) => {
    expect(() => given(format, formats)).not.toThrow()
  })

  test('reports which options a column has', () => {
    const columns = { amount: { heading: 'Amount', formats: 'yyyy' } } as never
    expect(() => defineExport({ name: 'orders', title: 'Orders', query: () => sql`SELECT 1`, columns })).toThrow(
      'columns.amount.formats is not known; did you mean format?',
    )
  })
})
