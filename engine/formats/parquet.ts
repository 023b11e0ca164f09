/**
 * Parquet, for those who load the file into something else: the database's types are kept (integers, exact decimals,
 * dates, timestamps as instants, NULL), a row group at a time, so memory stays flat.
 *
 * @see https://parquet.apache.org/docs/file-format/types/logicaltypes/
 */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { type Batch, type Column, locateFields } from '../batch.ts'
import type { Encoder, Format, FormatContext } from '../format.ts'
import type { Output } from '../output.ts'
import { type ColumnType, columnType } from './parquet/types.ts'
import type { Vector } from './parquet/vector.ts'

/** Readers hold a row group at once, and so does the writer: whichever limit comes first ends it. */
const GROUP_ROWS = 100_000
const GROUP_BYTES = 16 << 20

export const parquet: Format = {
  name: 'parquet',
  extension: 'parquet',
  mediaType: 'application/vnd.apache.parquet',
  cuttable: false,
  textual: false,
  compressed: true,
  maxRows: null,
  open: (context) => new ParquetEncoder(context),
}

class ParquetEncoder implements Encoder {
  readonly #context: FormatContext
  readonly #columns: readonly Column[]
  readonly #types: readonly ColumnType[]
  readonly #bytes = new ByteWriter(1 << 20)
  readonly #writer: ParquetWriter
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #vectors: readonly Vector[]
  #groupRows = 0
  #groupBytes = 0

  constructor(context: FormatContext) {
    this.#context = context
    this.#columns = context.columns
    this.#types = context.columns.map((column) => columnType(column, context.timeZone))
    this.#starts = new Int32Array(context.fieldCount)
    this.#ends = new Int32Array(context.fieldCount)
    this.#vectors = this.#types.map(({ vector }) => vector())
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [{ name: 'root', num_children: context.columns.length }, ...this.#types.map(({ element }) => element)],
      createdBy: 'carryout',
    })
  }

  head(output: Output): void {
    this.#drain(output)
  }

  rows(batch: Batch, from: number, to: number, output: Output): number {
    for (let row = from; row < to; row++) {
      this.#row(batch, row)
      if (this.#groupRows < GROUP_ROWS && this.#groupBytes < GROUP_BYTES) continue
      this.#writeGroup(output)
      if (output.length >= output.limit) return row + 1
    }
    return to
  }

  tail(output: Output): void {
    this.#writeGroup(output)
    this.#writer.finish()
    this.#drain(output)
  }

  #row(batch: Batch, row: number): void {
    const { bytes } = batch
    locateFields(bytes, batch.starts[row]!, this.#starts.length, this.#starts, this.#ends)
    const describe = (column: Column) => `${this.#context.describeRow(batch, row)}, column ${column.name}`
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i]!
      const start = this.#starts[column.index]!
      const end = this.#ends[column.index]!
      this.#vectors[i]!.push(start === -1 ? null : this.#types[i]!.read(bytes, start, end, describe))
    }
    this.#groupRows++
    this.#groupBytes += batch.ends[row]! - batch.starts[row]!
  }

  #writeGroup(output: Output): void {
    if (this.#groupRows === 0) return
    // The writer asks for one column after another, so that one at a time is unpacked.
    const columnData = this.#vectors.map((vector, i) => ({
      name: this.#types[i]!.element.name,
      get data() {
        return vector.values() as never[]
      },
    }))
    this.#writer.write({ columnData, rowGroupSize: this.#groupRows })
    for (const vector of this.#vectors) vector.clear()
    this.#groupRows = 0
    this.#groupBytes = 0
    this.#drain(output)
  }

  /** The writer keeps count of the file's offset; its buffer begins anew. */
  #drain(output: Output): void {
    output.write(this.#bytes.getBytes())
    this.#bytes.index = 0
  }
}
