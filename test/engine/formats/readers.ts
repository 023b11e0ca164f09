/** Reads files back with programs that are not ours, each value as the text that the server would write for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { parse } from 'csv-parse/sync'
import ExcelJS from 'exceljs'
import { parquetReadObjects } from 'hyparquet'
import type { Column } from '../../../engine/rows/column.ts'

/** `number` is the text of a JSON number, which JavaScript's own numbers do not hold. */
export type Read = string | number | null | { number: string } | object
export type Texts = readonly (readonly (string | null)[])[]
type Kind = Pick<Column, 'name' | 'kind' | 'precision'>

/** Rows without the headings; NULL told apart from a text that looks the same by its quotes. */
export function readDelimited(
  file: Buffer,
  { delimiter, lineEnding = '\r\n', nullText = '' }: { delimiter: string; lineEnding?: string; nullText?: string },
): (string | null)[][] {
  return parse(file, {
    delimiter,
    from_line: 2,
    bom: true,
    record_delimiter: lineEnding,
    cast: (field, { quoting }) => (field === nullText && !quoting ? null : field),
  })
}

const NUMBERS = ['integer', 'decimal', 'float', 'year', 'bit']
/** Numbers by their text, since JavaScript's own do not hold all of them. */
const exact = (_: string, value: unknown, { source }: { source?: string } = {}) =>
  typeof value === 'number' ? { number: source } : value

export function readJsonl(file: Buffer): { [name: string]: Read }[] {
  const lines = file.toString().split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line, exact as never))
}

/** What `readJsonl` gives for the server's texts. */
export function asJson(texts: Texts, columns: readonly Kind[]): { [name: string]: Read }[] {
  return texts.map((row) =>
    Object.fromEntries(
      row.map((text, i) => {
        const { name, kind } = columns[i]!
        if (text === null) return [name, null]
        if (NUMBERS.includes(kind)) return [name, { number: text }]
        return [name, kind === 'json' ? JSON.parse(text, exact as never) : text]
      }),
    ),
  )
}

/** @param like the expected texts, which decide in which form a cell's number or date is compared */
export async function readXlsx(file: Buffer, columns: readonly Kind[], like: Texts): Promise<(string | null)[][]> {
  const workbook = new ExcelJS.Workbook()
  await workbook.xlsx.load(file as never)
  const sheet = workbook.worksheets[0]!
  return Array.from({ length: sheet.rowCount - 1 }, (_, r) =>
    columns.map((column, c) => readCell(sheet.getCell(r + 2, c + 1).value, like[r]?.[c] ?? null, column)),
  )
}

/** Returns a cell's value as the server's text, in the form of the expected one. */
function readCell(value: ExcelJS.CellValue, like: string | null, { kind }: Kind): string | null {
  if (value === null || value === undefined) return like === '' ? '' : null
  if (typeof value === 'string') {
    return value.replace(/_x([0-9A-F]{4})_/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
  if (typeof value === 'number' && like !== null && Number(like) === value) {
    const digits = like.replace(/\.(\d*?)0*$/, '$1').replace(/^-?0*/, '').length
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
  return date.getTime() === Date.UTC(1899, 11, 30, 0, 0, 0, Math.round(((hours * 60 + minutes) * 60 + seconds) * 1000))
}

/** @param timeZone in which timestamps are shown */
export async function readParquet(file: Buffer, columns: readonly Kind[], timeZone: string): Promise<Read[][]> {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-parquet-'))
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect()
  try {
    const path = join(directory, 'file.parquet')
    writeFileSync(path, file)
    await duckdb.run(`SET TimeZone = '${timeZone}'`)
    const read = await duckdb.runAndReadAll(`SELECT ${columns.map(selectText).join(', ')} FROM read_parquet('${path}')`)
    // DuckDB shows a DECIMAL of a fraction alone without the zero before its point.
    const shown = (value: Read, { kind }: Kind) =>
      kind === 'decimal' && typeof value === 'string' ? value.replace(/^(-?)\./, '$10.') : value
    return (read.getRows() as Read[][]).map((row) => row.map((value, i) => shown(value, columns[i]!)))
  } finally {
    duckdb.closeSync()
    rmSync(directory, { recursive: true })
  }
}

/** What `readParquet` gives for the server's texts. */
export function asParquet(texts: Texts, columns: readonly Kind[]): Read[][] {
  return texts.map((row) => row.map((text, i) => (text === null ? null : parquetValue(text, columns[i]!))))
}

function selectText({ name, kind }: Kind): string {
  const column = `"${name}"`
  if (kind === 'binary') return `to_base64(${column})`
  if (kind === 'float') return `${column}::double`
  if (kind === 'datetime' || kind === 'timestamp') return `strftime(${column}, '%Y-%m-%d %H:%M:%S.%f')`
  return `${column}::varchar`
}

function parquetValue(text: string, { kind, precision }: Kind): Read {
  if (kind === 'float') return precision === 4 ? Math.fround(Number(text)) : Number(text)
  if (kind !== 'datetime' && kind !== 'timestamp') return text
  return text.length === 19 ? `${text}.000000` : text.padEnd(26, '0')
}

/**
 * As `readParquet`, but by hyparquet.
 * @param offset of the clock that shows timestamps, in hours
 * @param like the expected values, because hyparquet turns decimals into numbers
 */
export async function readParquetByHyparquet(file: Buffer, columns: readonly Kind[], offset: number, like: Read[][]) {
  const rows = await parquetReadObjects({
    file: file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer,
    compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) },
    parsers: { timestampFromMicroseconds: (micros) => micros as never },
    utf8: false,
  })
  return rows.map((row, r) =>
    columns.map((column, c) => hyparquetValue(row[column.name], column, offset, like[r]![c]!)),
  )
}

function hyparquetValue(value: unknown, { kind }: Kind, offset: number, like: Read): Read {
  if (value === null) return null
  switch (kind) {
    case 'integer':
    case 'bit':
    case 'year':
      return String(value)
    case 'decimal':
      return Math.abs((value as number) / Number(like) - 1) < 1e-14 || value === Number(like) ? like : String(value)
    case 'binary':
      return Buffer.from(value as Uint8Array).toString('base64')
    case 'date':
      return (value as Date).toISOString().slice(0, 10)
    case 'datetime':
    case 'timestamp': {
      const micros = (value as bigint) + (kind === 'timestamp' ? BigInt(offset) * 3_600_000_000n : 0n)
      const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
      const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19)
      return `${seconds.replace('T', ' ')}.${String(fraction).padStart(6, '0')}`
    }
    default:
      return value as Read
  }
}
