/**
 * XLSX, the workbook of Excel, LibreOffice and Google Sheets, with real numbers and dates, a frozen heading row, and a
 * new sheet whenever one is full. Text is stored as inline strings, which no spreadsheet takes for a formula. It is
 * written front to back in constant memory, as a ZIP of XML (ECMA-376).
 */

import { ZipWriter } from '../compressions/zip.ts'
import { type Batch, locateFields } from '../rows/batch.ts'
import type { Column } from '../rows/column.ts'
import { Output } from '../rows/output.ts'
import { type Source, sourceOf } from '../rows/words.ts'
import { facts } from './facts.ts'
import type { Encoder, Format, FormatContext } from './format.ts'
import { append, type CellWriter, cellWriter, maxCellBytes, maxRowBytes, piece } from './xlsx/cells.ts'
import {
  contentTypes,
  packageRelationships,
  sheetHead,
  sheetTail,
  styles,
  workbook,
  workbookRelationships,
} from './xlsx/parts.ts'
import { RowNumber } from './xlsx/row-number.ts'

/** The size at which a new sheet begins. */
export interface SheetLimits {
  /** Rows per sheet, including its heading row. */
  rows: number
  /**
   * Bytes of a sheet's XML. It stays below 4 GiB, because not all spreadsheets read the ZIP64 form of larger entries.
   */
  bytes: number
}

export const SHEET_LIMITS: SheetLimits = { rows: 1_048_576, bytes: 0xf000_0000 }
/** Rows are compressed in pieces of about this size. */
const PIECE_BYTES = 1 << 20

const ROW_HEAD = piece('<row r="')
const ROW_HEAD_END = piece('">')
const ROW_TAIL = piece('</row>')

export const xlsx: Format = {
  ...facts.xlsx,
  open: (context) => new XlsxEncoder(context),
}

export class XlsxEncoder implements Encoder {
  readonly #context: FormatContext
  readonly #columns: readonly Column[]
  readonly #cells: readonly CellWriter[]
  readonly #zip = new ZipWriter()
  readonly #xml = new Output(PIECE_BYTES)
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #perRow: number
  readonly #limits: SheetLimits
  readonly #rowNumber = new RowNumber(String(SHEET_LIMITS.rows).length)
  #sheets = 0
  #sheetRows = 0

  constructor(context: FormatContext, limits: SheetLimits = SHEET_LIMITS) {
    this.#context = context
    this.#limits = limits
    this.#columns = context.columns
    this.#cells = context.columns.map((column, i) => cellWriter(column, i, context.timeZone))
    this.#perRow = maxRowBytes(context.columns)
    this.#starts = new Int32Array(context.fieldCount)
    this.#ends = new Int32Array(context.fieldCount)
  }

  head(output: Output): void {
    this.#beginSheet(output)
  }

  async rows(batch: Batch, from: number, to: number, output: Output): Promise<number> {
    const source = sourceOf(batch.bytes)
    let row = from
    const describe = () => this.#context.describeRow(row)
    for (; row < to; row++) {
      if (this.#sheetRows === this.#limits.rows || this.#zip.entryBytes > this.#limits.bytes) {
        await this.#endSheet(output)
        this.#beginSheet(output)
      }
      this.#row(batch, row, source, describe)
      if (this.#xml.length >= PIECE_BYTES) {
        await this.#flush(output)
        if (output.length >= output.limit) return row + 1
      }
    }
    return to
  }

  async tail(output: Output): Promise<void> {
    await this.#endSheet(output)
    const parts = {
      'xl/styles.xml': styles(this.#columns),
      'xl/workbook.xml': workbook(this.#context.options.title, this.#sheets),
      'xl/_rels/workbook.xml.rels': workbookRelationships(this.#sheets),
      '_rels/.rels': packageRelationships,
      '[Content_Types].xml': contentTypes(this.#sheets),
    }
    for (const [name, xml] of Object.entries(parts)) {
      this.#zip.begin(name, output)
      await this.#zip.write(Buffer.from(xml), output)
      await this.#zip.end(output)
    }
    this.#zip.finish(output)
  }

  #beginSheet(output: Output): void {
    this.#sheets++
    this.#sheetRows = 1
    this.#rowNumber.reset()
    this.#zip.begin(`xl/worksheets/sheet${this.#sheets}.xml`, output)
    this.#xml.write(sheetHead(this.#columns))
  }

  async #endSheet(output: Output): Promise<void> {
    this.#xml.write(sheetTail)
    await this.#flush(output)
    await this.#zip.end(output)
  }

  async #flush(output: Output): Promise<void> {
    await this.#zip.write(this.#xml.written, output)
    this.#xml.length = 0
  }

  #row(batch: Batch, row: number, source: Source, describe: () => string): void {
    const xml = this.#xml
    const starts = this.#starts
    const ends = this.#ends
    locateFields(source.bytes, batch.starts[row]!, starts.length, starts, ends)
    this.#sheetRows++
    this.#rowNumber.next()
    const number = this.#rowNumber.digits
    xml.reserve(this.#perRow + maxCellBytes(batch.ends[row]! - batch.starts[row]!))
    append(xml, ROW_HEAD)
    append(xml, number)
    append(xml, ROW_HEAD_END)
    for (let i = 0; i < this.#cells.length; i++) {
      const field = this.#columns[i]!.index
      const start = starts[field]!
      if (start !== -1) this.#cells[i]!(source, start, ends[field]!, number, xml, describe)
    }
    append(xml, ROW_TAIL)
  }
}
