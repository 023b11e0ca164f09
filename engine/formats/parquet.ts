/**
 * Parquet, for loading the file into another system. It keeps the database's types (integers, exact decimals, dates,
 * timestamps as instants, NULL). One row group at a time is held, so memory does not grow.
 *
 * @see https://parquet.apache.org/docs/file-format/types/logicaltypes/
 */
import type { RowGroup } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { type Batch, locateFields } from '../rows/batch.ts'
import type { Column } from '../rows/column.ts'
import type { Output } from '../rows/output.ts'
import { type Source, sourceOf } from '../rows/words.ts'
import { facts } from './facts.ts'
import type { Encoder, Format, FormatContext } from './format.ts'
import { ColumnWriter } from './parquet/column.ts'
import { type ColumnType, columnType, type Describe } from './parquet/types.ts'

/**
 * Rows per page, the same as in parquet-java, because readers decompress a whole page. One page of every column is held
 * uncompressed.
 */
const PAGE_ROWS = 20_000
const PAGE_BYTES = 4 << 20
/**
 * Rows per group, the unit that readers read or skip. A group is held compressed and is about as large as a part of the
 * upload.
 */
const GROUP_ROWS = 100_000
const GROUP_BYTES = 8 << 20

const MAGIC = 'PAR1'

export const parquet: Format = {
  ...facts.parquet,
  open: (context) => new ParquetEncoder(context),
}

class ParquetEncoder implements Encoder {
  readonly #context: FormatContext
  readonly #fields: readonly number[]
  readonly #types: readonly ColumnType[]
  readonly #columns: readonly ColumnWriter[]
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #groups: RowGroup[] = []
  /** Bytes of the file before the current group. */
  #bytes = 0
  #rows = 0
  #groupRows = 0
  #pageRows = 0
  /** Bytes of the current page's rows, as they arrived. */
  #pageBytes = 0

  constructor(context: FormatContext) {
    this.#context = context
    this.#fields = context.columns.map(({ index }) => index)
    this.#types = context.columns.map((column) => columnType(column, context.timeZone))
    const page = new ByteWriter()
    this.#columns = this.#types.map((type) => new ColumnWriter(type, page))
    this.#starts = new Int32Array(context.fieldCount)
    this.#ends = new Int32Array(context.fieldCount)
  }

  head(output: Output): void {
    output.write(MAGIC)
    this.#bytes = MAGIC.length
  }

  rows(batch: Batch, from: number, to: number, output: Output): number {
    const source = sourceOf(batch.bytes)
    let row = from
    const describe = (column: Column) => `${this.#context.describeRow(row)}, column ${column.name}`
    for (; row < to; row++) {
      this.#row(batch, row, source, describe)
      if (this.#pageRows < PAGE_ROWS && this.#pageBytes < PAGE_BYTES && this.#groupRows < GROUP_ROWS) continue
      this.#endPage()
      if (this.#groupRows < GROUP_ROWS && this.#heldBytes() < GROUP_BYTES) continue
      this.#endGroup(output)
      if (output.length >= output.limit) return row + 1
    }
    return to
  }

  tail(output: Output): void {
    this.#endPage()
    if (this.#groupRows > 0) this.#endGroup(output)
    const footer = new ByteWriter()
    writeMetadata(footer, {
      version: 2,
      created_by: 'carryout',
      schema: [{ name: 'root', num_children: this.#types.length }, ...this.#types.map(({ element }) => element)],
      num_rows: BigInt(this.#rows),
      row_groups: this.#groups,
      metadata_length: 0,
    })
    output.write(footer.getBytes())
    output.write(MAGIC)
  }

  #row(batch: Batch, row: number, source: Source, describe: Describe): void {
    const starts = this.#starts
    const ends = this.#ends
    const columns = this.#columns
    locateFields(source.bytes, batch.starts[row]!, starts.length, starts, ends)
    for (let i = 0; i < columns.length; i++) {
      const field = this.#fields[i]!
      const start = starts[field]!
      if (start === -1) columns[i]!.pushNull()
      else columns[i]!.push(source, start, ends[field]!, describe)
    }
    this.#groupRows++
    this.#pageRows++
    this.#pageBytes += batch.ends[row]! - batch.starts[row]!
  }

  #endPage(): void {
    for (const column of this.#columns) column.endPage()
    this.#pageRows = 0
    this.#pageBytes = 0
  }

  #endGroup(output: Output): void {
    const begin = output.length
    const columns = this.#columns.map((column) => column.endGroup(this.#bytes + output.length - begin, output))
    const written = output.length - begin
    this.#groups.push({
      columns,
      num_rows: BigInt(this.#groupRows),
      total_byte_size: columns.reduce((sum, { meta_data }) => sum + meta_data!.total_uncompressed_size, 0n),
      total_compressed_size: BigInt(written),
    })
    this.#bytes += written
    this.#rows += this.#groupRows
    this.#groupRows = 0
  }

  #heldBytes(): number {
    return this.#columns.reduce((sum, { heldBytes }) => sum + heldBytes, 0)
  }
}
