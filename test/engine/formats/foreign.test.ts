/** Random rows of every kind of column, written by each format and read back by programs that are not ours. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { parse } from 'csv-parse/sync'
import ExcelJS from 'exceljs'
import type { Column } from '../../../engine/batch.ts'
import { utf8Bom } from '../../../engine/charset.ts'
import { csv, tsv } from '../../../engine/formats/csv.ts'
import { jsonl } from '../../../engine/formats/jsonl.ts'
import { parquet } from '../../../engine/formats/parquet.ts'
import { xlsx } from '../../../engine/formats/xlsx.ts'
import { testWith } from '../../support/programs.ts'
import { encodeWith } from './support.ts'
import { COLUMNS, randomRows, written } from './values.ts'

const SEED = Math.floor(Math.random() * 2 ** 31)
const ROWS = 400
const rows = randomRows(ROWS, SEED)
const texts = rows.map((row) => row.map((value, i) => written(value, COLUMNS[i]!)))
const asItIs = { options: { title: 'Random', csv: { neutralizeFormulas: false } } }

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-foreign-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

describe(`random rows of every kind (seed ${SEED})`, () => {
  test.each([
    ['CSV', csv, ','],
    ['TSV', tsv, '\t'],
  ])('come back from %s by csv-parse, NULL and empty text told apart', async (_, format, delimiter) => {
    const file = await encodeWith(format, COLUMNS, rows, 64, asItIs)
    const read = parse(file, {
      delimiter,
      from_line: 2,
      record_delimiter: '\r\n',
      cast: (field, { quoting }) => (field === '' && !quoting ? null : field),
    })
    expect(read).toEqual(texts)
  })

  testWith('python3').each([
    ['CSV', csv, 'excel'],
    ['TSV', tsv, 'excel-tab'],
  ])('come back from %s by Python’s csv module', async (_, format, dialect) => {
    // Python before 3.11 refuses a NUL.
    const without = rows.map((row) =>
      row.map((value) => (typeof value === 'string' ? value.replaceAll('\0', '') : value)),
    )
    const file = join(directory, `python.${dialect}`)
    writeFileSync(file, await encodeWith(format, COLUMNS, without, 64, { ...asItIs, charset: utf8Bom }))
    const script =
      'import csv, json, sys\n' +
      'json.dump(list(csv.reader(open(sys.argv[1], newline="", encoding="utf-8-sig"), sys.argv[2])), sys.stdout)'
    const { stdout } = await promisify(execFile)('python3', ['-c', script, file, dialect], { maxBuffer: 1 << 26 })
    const [headings, ...read] = JSON.parse(stdout)
    expect(headings).toEqual(COLUMNS.map(({ name }) => name))
    expect(read).toEqual(without.map((row) => row.map((value, i) => written(value, COLUMNS[i]!) ?? '')))
  })

  test('come back from JSON Lines by JSON.parse', async () => {
    const file = (await encodeWith(jsonl, COLUMNS, rows, 64)).toString()
    const lines = file.split('\n').slice(0, -1)
    // A number's own text, since JavaScript's numbers do not hold it.
    const exact = (_: string, value: unknown, { source }: { source?: string } = {}) =>
      typeof value === 'number' ? { number: source } : value
    const read = lines.map((line) => JSON.parse(line, exact as never))
    const numbers = ['integer', 'decimal', 'float', 'year', 'bit']
    expect(read).toEqual(
      texts.map((row) =>
        Object.fromEntries(
          row.map((text, i) => {
            const { name, kind } = COLUMNS[i]!
            if (text === null) return [name, null]
            return [
              name,
              numbers.includes(kind) ? { number: text } : kind === 'json' ? JSON.parse(text, exact as never) : text,
            ]
          }),
        ),
      ),
    )
  })

  test('come back from XLSX by ExcelJS', async () => {
    const workbook = new ExcelJS.Workbook()
    await workbook.xlsx.load((await encodeWith(xlsx, COLUMNS, rows, 64)) as never)
    const sheet = workbook.worksheets[0]!
    expect(sheet.rowCount).toBe(ROWS + 1)
    rows.forEach((_, r) => {
      COLUMNS.forEach((column, c) => {
        const { value } = sheet.getCell(r + 2, c + 1)
        expect({ row: r, column: column.name, value: readCell(value, texts[r]![c]!, column) }).toEqual({
          row: r,
          column: column.name,
          value: texts[r]![c],
        })
      })
    })
  })

  test('come back from Parquet by DuckDB', async () => {
    const file = join(directory, 'random.parquet')
    writeFileSync(file, await encodeWith(parquet, COLUMNS, rows, 64, { timeZone: '+09:00' }))
    const duckdb = await (await DuckDBInstance.create(':memory:')).connect()
    try {
      await duckdb.run("SET TimeZone = 'Asia/Tokyo'")
      const select = COLUMNS.map(selectText).join(', ')
      const read = await duckdb.runAndReadAll(`SELECT ${select} FROM read_parquet('${file}')`)
      const expected = texts.map((row) => row.map((text, i) => (text === null ? null : comparable(text, COLUMNS[i]!))))
      expect(read.getRows()).toEqual(expected)
    } finally {
      duckdb.closeSync()
    }
  })
})

/** A cell's value as the server's text, whose form the expected one gives. */
function readCell(value: ExcelJS.CellValue, like: string | null, { kind }: Column): string | null {
  if (value === null || value === undefined) return like === '' ? '' : null
  if (typeof value === 'string') {
    return value.replace(/_x([0-9A-F]{4})_/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
  if (typeof value === 'number' && like !== null && Number(like) === value) {
    const digits = like.replace(/^-?[0.]*/, '').replace('.', '').length
    return kind === 'float' || digits <= 15 ? like : `${value}, which is no longer exact`
  }
  if (value instanceof Date && like !== null) return sameMoment(value, like) ? like : value.toISOString()
  return JSON.stringify(value)
}

/** A TIME is counted from the epoch of spreadsheets. */
function sameMoment(date: Date, like: string): boolean {
  if (like.includes('-'))
    return date.getTime() === Date.parse(`${like.replace(' ', 'T')}${like.length > 10 ? 'Z' : ''}`)
  const [hours = 0, minutes = 0, seconds = 0] = like.split(':').map(Number)
  return date.getTime() === Date.UTC(1899, 11, 30, hours, minutes, seconds)
}

function selectText(column: Column): string {
  const { kind } = column
  const name = `"${column.name}"`
  if (kind === 'binary') return `to_base64(${name})`
  if (kind === 'float') return name
  if (kind === 'datetime' || kind === 'timestamp') return `strftime(${name}, '%Y-%m-%d %H:%M:%S.%f')`
  return `${name}::varchar`
}

function comparable(text: string, { kind }: Column): string | number {
  if (kind === 'float') return Number(text)
  if (kind !== 'datetime' && kind !== 'timestamp') return text
  return text.length === 19 ? `${text}.000000` : text.padEnd(26, '0')
}
