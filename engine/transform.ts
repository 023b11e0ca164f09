import {
  type Batch,
  type Column,
  type ColumnKind,
  locateFields,
  NULL_FIELD,
  type SourceColumn,
  writeFieldLength,
} from './batch.ts'
import type { Export, Row, Value } from './catalogue.ts'
import { TransformFailed } from './errors.ts'
import { bitsToBigInt } from './formats/text.ts'
import { Output } from './output.ts'

/**
 * Runs an export's `row` function and makes an ordinary batch of what it returns: the file's columns in their order.
 * A value that comes back as it was given keeps its bytes, so only what the function changes costs anything.
 */
export class Transform {
  readonly #row: NonNullable<Export['row']>
  readonly #source: readonly SourceColumn[]
  readonly #names: readonly string[]
  readonly #sourceIndex: Int32Array
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #values: unknown[]
  readonly #describe: (batch: Batch, row: number) => string
  readonly #output = new Output(1 << 18)
  readonly #batch: Batch = { bytes: this.#output.buffer, rows: 0, starts: new Int32Array(0), ends: new Int32Array(0) }

  constructor(
    row: NonNullable<Export['row']>,
    source: readonly SourceColumn[],
    names: readonly string[],
    describe: (batch: Batch, row: number) => string,
  ) {
    this.#row = row
    this.#source = source
    this.#names = names
    this.#sourceIndex = Int32Array.from(names, (name) => source.findIndex((column) => column.name === name))
    this.#starts = new Int32Array(source.length)
    this.#ends = new Int32Array(source.length)
    this.#values = new Array(source.length)
    this.#describe = describe
  }

  /** Row i of what is returned was row i of the batch. It is valid until the next call. */
  apply(batch: Batch): Batch {
    const output = this.#output
    const result = this.#batch
    if (result.starts.length < batch.rows) {
      result.starts = new Int32Array(batch.rows)
      result.ends = new Int32Array(batch.rows)
    }
    output.length = 0
    for (let row = 0; row < batch.rows; row++) {
      const written = this.#call(batch, row)
      result.starts[row] = output.length
      for (let column = 0; column < this.#names.length; column++) this.#write(written, column, batch, row)
      result.ends[row] = output.length
    }
    result.bytes = output.buffer
    result.rows = batch.rows
    return result
  }

  #call(batch: Batch, row: number): { [column: string]: unknown } {
    locateFields(batch.bytes, batch.starts[row]!, this.#source.length, this.#starts, this.#ends)
    const given: Row = {}
    for (let index = 0; index < this.#source.length; index++) {
      const column = this.#source[index]!
      given[column.name] = this.#values[index] = readValue(
        column.kind,
        column,
        batch.bytes,
        this.#starts[index]!,
        this.#ends[index]!,
      )
    }
    let written: unknown
    try {
      written = this.#row(given)
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      throw new TransformFailed(`The row function threw at ${this.#describe(batch, row)}: ${reason}`, { cause: error })
    }
    if (written === null || typeof written !== 'object' || 'then' in written) {
      const what = written && typeof written === 'object' ? 'a promise' : String(written)
      throw new TransformFailed(`The row function returned ${what} instead of a row at ${this.#describe(batch, row)}`)
    }
    return written as { [column: string]: unknown }
  }

  #write(written: { [column: string]: unknown }, column: number, batch: Batch, row: number): void {
    const output = this.#output
    const name = this.#names[column]!
    const value = written[name]
    const index = this.#sourceIndex[column]!
    if (index !== -1 && value === this.#values[index] && value !== null && keepsBytes(this.#source[index]!.kind)) {
      const start = this.#starts[index]!
      const length = this.#ends[index]! - start
      output.reserve(length + 9)
      output.length = writeFieldLength(output.buffer, output.length, length)
      output.buffer.set(batch.bytes.subarray(start, start + length), output.length)
      output.length += length
    } else if (value === null) {
      output.reserve(1)[output.length++] = NULL_FIELD
    } else {
      const text = textOf(value)
      if (text === null) {
        const what =
          value === undefined
            ? 'no value'
            : `${typeof value === 'number' ? value : `a ${typeof value}`}, which cannot be written,`
        throw new TransformFailed(
          `The row function returned ${what} for column ${name} at ${this.#describe(batch, row)}`,
        )
      }
      const length = Buffer.byteLength(text)
      output.reserve(length + 9)
      output.length = writeFieldLength(output.buffer, output.length, length)
      output.length += output.buffer.write(text, output.length, 'utf8')
    }
  }
}

/** Bytes and BIT are handed on as text, since what the function makes of them may be any text. */
function keepsBytes(kind: ColumnKind): boolean {
  return kind !== 'binary' && kind !== 'bit'
}

/** The kinds that a format sees behind a `row` function: bytes have become base64 text, BIT its number. */
export function transformedColumns(columns: readonly Column[]): Column[] {
  return columns.map((column, index) => ({
    ...column,
    index,
    kind: column.kind === 'binary' ? 'text' : column.kind === 'bit' ? 'integer' : column.kind,
    precision: column.kind === 'bit' ? 8 : column.precision,
    unsigned: column.kind === 'bit' || column.unsigned,
    transformedFrom: column.kind,
    nullable: true,
  }))
}

function readValue(kind: ColumnKind, column: SourceColumn, bytes: Buffer, start: number, end: number): Value {
  if (start === -1) return null
  switch (kind) {
    case 'integer':
      if (column.precision === 8) return BigInt(bytes.toString('latin1', start, end))
      return Number(bytes.toString('latin1', start, end))
    case 'year':
    case 'float':
      return Number(bytes.toString('latin1', start, end))
    case 'bit':
      return bitsToBigInt(bytes, start, end)
    case 'binary':
      // A copy: the function may keep it, and the batch's bytes are reused.
      return Buffer.from(bytes.subarray(start, end))
    case 'text':
    case 'json':
      return bytes.toString('utf8', start, end)
    default:
      return bytes.toString('latin1', start, end)
  }
}

/** What a `row` function returned, as text; null where that cannot be. */
function textOf(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed()
    case 'number':
      return Number.isFinite(value) ? String(value) : null
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      if (value instanceof Uint8Array)
        return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
      return JSON.stringify(value) ?? null
    default:
      return null
  }
}
