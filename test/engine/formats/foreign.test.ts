/** Random rows of every kind of column, written by each format and read back by programs that are not ours. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { utf8Bom } from '../../../engine/charsets/charset.ts'
import { csv, tsv } from '../../../engine/formats/csv.ts'
import { jsonl } from '../../../engine/formats/jsonl.ts'
import { parquet } from '../../../engine/formats/parquet.ts'
import { xlsx } from '../../../engine/formats/xlsx.ts'
import { testWith } from '../../support/programs.ts'
import {
  asJson,
  asParquet,
  readDelimited,
  readJsonl,
  readParquet,
  readParquetByHyparquet,
  readXlsx,
} from './readers.ts'
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
  ])('come back from %s by csv-parse, with NULL and empty text distinct', async (_, format, delimiter) => {
    expect(readDelimited(await encodeWith(format, COLUMNS, rows, 64, asItIs), { delimiter })).toEqual(texts)
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
    expect(readJsonl(await encodeWith(jsonl, COLUMNS, rows, 64))).toEqual(asJson(texts, COLUMNS))
  })

  test('come back from XLSX by ExcelJS', async () => {
    expect(await readXlsx(await encodeWith(xlsx, COLUMNS, rows, 64), COLUMNS, texts)).toEqual(texts)
  })

  test('come back from Parquet by DuckDB', async () => {
    const file = await encodeWith(parquet, COLUMNS, rows, 64, { timeZone: '+09:00' })
    expect(await readParquet(file, COLUMNS, 'Asia/Tokyo')).toEqual(asParquet(texts, COLUMNS))
  })

  test('come back from Parquet by hyparquet', async () => {
    const file = await encodeWith(parquet, COLUMNS, rows, 64, { timeZone: '+09:00' })
    const expected = asParquet(texts, COLUMNS)
    expect(await readParquetByHyparquet(file, COLUMNS, 9, expected)).toEqual(expected)
  })
})
