/** The table of types in docs/exports.md is true: each row is a column of a real table, exported in every format. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import ExcelJS from 'exceljs'
import { defineExport, sql } from '../../engine/catalogue.ts'
import { FORMATS, type Format } from '../../statemachine/contract.ts'
import { run, sourceOf, startStore, type TestStore } from '../engine/harness.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

const markdown = readFileSync(join(import.meta.dirname, '../../docs/exports.md'), 'utf8')
const types = tableAfter('<!-- types -->').map(([type, value, csv, jsonl, xlsx, parquet]) => ({
  type: type!,
  value: value!,
  shown: { csv: csv!, jsonl: jsonl!, xlsx: xlsx!, parquet: parquet! },
}))
const names = types.map((_, i) => `c${i}`)

let database: FreshDatabase
let store: TestStore
const files: Partial<Record<Format, Buffer>> = {}
beforeAll(async () => {
  database = await freshDatabase()
  store = await startStore()
  const connection = await database.connect()
  await connection.query("SET sql_mode = '', time_zone = '+00:00'")
  await connection.query(`CREATE TABLE types (${types.map(({ type }, i) => `c${i} ${type} NULL`).join(', ')})`)
  await connection.query(`INSERT INTO types VALUES (${types.map(({ value }) => value).join(', ')})`)
  await connection.end()
  const definition = defineExport({
    name: 'types',
    title: 'Types',
    query: () => sql`SELECT * FROM types`,
    columns: Object.fromEntries(names.map((name) => [name, name])),
    formats: FORMATS,
  })
  for (const format of FORMATS) {
    files[format] = (await run(definition, { source: sourceOf(database), store, request: { format } })).content
  }
})
afterAll(async () => {
  store.close()
  await database.drop()
})

test('as CSV', () => {
  const shown = types.map(({ shown: { csv } }) => (csv === 'nothing' ? '' : csv))
  expect(files.csv!.toString()).toBe(`${names.join()}\r\n${shown.join()}\r\n`)
})

test('as JSON Lines', () => {
  const shown = types.map(({ shown: { jsonl } }, i) => `"c${i}":${jsonl}`)
  expect(files.jsonl!.toString()).toBe(`{${shown.join()}}\n`)
})

test('as XLSX', async () => {
  const workbook = new ExcelJS.Workbook()
  await workbook.xlsx.load(files.xlsx as never)
  const row = workbook.worksheets[0]!.getRow(2)
  const found = names.map((_, i) => {
    const { value, numFmt } = row.getCell(i + 1)
    if (value === null) return 'no cell'
    if (typeof value === 'string') return 'text'
    return value instanceof Date ? (numFmt.startsWith('[hh]') ? 'time' : 'date') : typeof value
  })
  expect(found).toEqual(types.map(({ shown }) => shown.xlsx))
})

test('as Parquet', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-types-'))
  const file = join(directory, 'types.parquet')
  writeFileSync(file, files.parquet!)
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect()
  try {
    const schema = await duckdb.runAndReadAll(
      `SELECT name, type, converted_type, logical_type FROM parquet_schema('${file}') WHERE name LIKE 'c%'`,
    )
    const found = (schema.getRowObjects() as Record<string, string | null>[]).map(describeElement)
    const [values] = (await duckdb.runAndReadAll(`SELECT * FROM read_parquet('${file}')`)).getRows()
    expect(found.map((type, i) => (values![i] === null ? 'null' : type))).toEqual(
      types.map(({ shown }) => shown.parquet),
    )
  } finally {
    duckdb.closeSync()
    rmSync(directory, { recursive: true })
  }
})

function describeElement({ type, converted_type, logical_type }: Record<string, string | null>): string {
  const decimal = /DecimalType\(scale=(\d+), precision=(\d+)/.exec(logical_type ?? '')
  if (decimal) return `DECIMAL(${decimal[2]}, ${decimal[1]})`
  const timestamp = /TimestampType\(isAdjustedToUTC=(\w+)/.exec(logical_type ?? '')
  if (timestamp) return `TIMESTAMP, ${/true|1/.test(timestamp[1]!) ? 'an instant' : 'without a zone'}`
  if (converted_type === 'DATE') return 'DATE'
  if (converted_type === 'UTF8') return 'STRING'
  return converted_type === 'UINT_64' ? `${type}, unsigned` : type!
}

/** Its cells without their code marks. */
function tableAfter(mark: string): string[][] {
  const [table = ''] = /^(?:\|.*\n)+/m.exec(markdown.slice(markdown.indexOf(mark) + mark.length)) ?? []
  const [, , ...rows] = table.trim().split('\n')
  return rows.map((row) =>
    row
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.replace(/^`(.*)`$/, '$1')),
  )
}
