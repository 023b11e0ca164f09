/** Converts the records of a page to a batch: the bytes that the text protocol would have sent. */
import type { Field } from '@aws-sdk/client-rds-data'
import { QueryFailed } from '../../../statemachine/errors.ts'
import { type Batch, NULL_FIELD, writeFieldLength } from '../../rows/batch.ts'
import type { SelectedColumn } from './columns.ts'
import { asRowText } from './double-text.ts'

const LONGEST_HEAD = 9
/** Bytes of a field in the response's JSON besides its value: `{"stringValue":"…"},`. */
const FIELD_BYTES = 19

export class PageWriter implements Batch {
  bytes: Buffer = Buffer.allocUnsafeSlow(1024 * 1024)
  rows = 0
  starts = new Int32Array()
  ends = new Int32Array()
  /** Estimated bytes of the response. */
  answerBytes = 0
  readonly #columns: readonly SelectedColumn[]

  constructor(columns: readonly SelectedColumn[]) {
    this.#columns = columns
  }

  /** Writes the records, replacing the previous batch. */
  write(records: readonly Field[][]): Batch {
    this.starts = new Int32Array(records.length)
    this.ends = new Int32Array(records.length)
    let at = 0
    this.answerBytes = 0
    for (const [row, record] of records.entries()) {
      this.starts[row] = at
      for (let index = 0; index < this.#columns.length; index++) at = this.#field(record[index], index, at)
      this.ends[row] = at
    }
    this.rows = records.length
    return this
  }

  #field(field: Field | undefined, index: number, at: number): number {
    const column = this.#columns[index]!
    this.answerBytes += FIELD_BYTES
    if (field?.isNull) return this.#null(at)
    if (field?.stringValue !== undefined) {
      const text = column.arrives === 'number' ? asRowText(field.stringValue) : field.stringValue
      const isHex = column.arrives === 'hex'
      const length = isHex ? text.length >>> 1 : Buffer.byteLength(text)
      const from = this.#head(at, length)
      this.bytes.write(text, from, isHex ? 'hex' : 'utf8')
      this.answerBytes += isHex ? text.length : length
      return from + length
    }
    if (field?.blobValue !== undefined) {
      const from = this.#head(at, field.blobValue.length)
      this.bytes.set(field.blobValue, from)
      this.answerBytes += Math.ceil(field.blobValue.length / 3) * 4
      return from + field.blobValue.length
    }
    // All other columns are selected as text.
    throw new QueryFailed(
      `The Data API returned the column ${column.name} as ${Object.keys(field ?? {}).join()} instead of text`,
    )
  }

  #null(at: number): number {
    this.#reserve(at + 1)
    this.bytes[at] = NULL_FIELD
    return at + 1
  }

  /** Writes a length prefix into reserved room. Returns the position of the value's bytes. */
  #head(at: number, length: number): number {
    this.#reserve(at + LONGEST_HEAD + length)
    return writeFieldLength(this.bytes, at, length)
  }

  #reserve(needed: number): void {
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown)
    this.bytes = grown
  }
}
