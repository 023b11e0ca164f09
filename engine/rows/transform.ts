import { isDate } from 'node:util/types'
import { TransformFailed } from '../../statemachine/errors.ts'
import type { Export } from '../catalogue.ts'
import { type Batch, locateFields, NULL_FIELD, writeFieldLength } from './batch.ts'
import type { Column, ColumnKind, SourceColumn } from './column.ts'
import { Output } from './output.ts'
import { type Changes, type RowShape, rowShape } from './row-shape.ts'
import { thrownName } from './thrown.ts'
import type { Value } from './value.ts'
import { latin1, readValue, textOf } from './value.ts'
import { copyWords, isAscii, wordsOf } from './words.ts'

/** How a field is read: as an ASCII string, as a string that is mostly ASCII, or as something else. */
const ASCII = 0
const TEXT = 1
const SPECIAL = 2

/**
 * Rows of up to this many bytes are made into one string, of which values are slices: that takes fewer calls than one
 * per value.
 */
const TEXT_BYTES = 4096
/** Up to this many bytes are copied without a call. */
const SHORT_BYTES = 128
/**
 * Texts of up to this many characters are written without a call. Below 0xFB, so that the length prefix is one byte.
 */
const SHORT_TEXT_LENGTH = 64

/**
 * Runs an export's `row` function and makes an ordinary batch of its results, with the file's columns in order. A value
 * that is returned unchanged keeps its bytes, so only changed values cost time.
 */
export class Transform {
  readonly #row: NonNullable<Export['row']>
  readonly #source: readonly SourceColumn[]
  readonly #names: readonly string[]
  readonly #sourceNames: readonly string[]
  /** How the source's columns are read, by index. */
  readonly #modes: Uint8Array
  /** The modes for a row that is too long for `#text`: every field is decoded on its own. */
  readonly #eachAlone: Uint8Array
  /** For each column of the file, the field that it equals while unchanged; -1 if there is none. */
  readonly #sameAs: Int32Array
  /**
   * For each column of the file, the end (exclusive) of the run of columns whose fields are also adjacent in the
   * source, so that one copy takes them all.
   */
  readonly #runEnds: Int32Array
  readonly #starts = new Int32Array(1)
  readonly #ends = new Int32Array(1)
  /** Where a row's fields begin, including NULL ones, followed by the row's end. */
  readonly #heads: Int32Array
  readonly #values: Value[]
  /** What the function changed in the last row. */
  readonly #changes: Changes
  readonly #shape: RowShape
  #text = ''
  #textStart = 0
  #textEnd = 0
  readonly #describe: (row: number) => string
  readonly #onThrown: (error: unknown) => void
  readonly #output = new Output(1 << 18, 0)
  /** A view of the bytes of the batch being read. */
  #sourceWords = wordsOf(this.#output.buffer)
  readonly #batch: Batch = { bytes: this.#output.buffer, rows: 0, starts: new Int32Array(), ends: new Int32Array() }

  constructor(
    row: NonNullable<Export['row']>,
    source: readonly SourceColumn[],
    names: readonly string[],
    describe: (row: number) => string,
    /** Called with the complete error that the function threw. Its text may be a row's data, so no error's message quotes it. */
    onThrown: (error: unknown) => void = () => undefined,
  ) {
    this.#row = row
    this.#source = source
    this.#names = names
    this.#sourceNames = source.map((column) => column.name)
    this.#modes = Uint8Array.from(source, ({ kind }) => modeOf(kind))
    this.#eachAlone = new Uint8Array(source.length).fill(SPECIAL)
    this.#sameAs = Int32Array.from(names, (name) =>
      source.findIndex((column) => column.name === name && keepsBytes(column.kind)),
    )
    this.#runEnds = runEndsOf(this.#sameAs)
    this.#heads = new Int32Array(source.length + 1)
    this.#changes = { columns: new Int32Array(names.length), values: new Array(names.length) }
    this.#shape = rowShape(this.#sourceNames, new Map(names.map((name, column) => [name, this.#sameAs[column]!])))
    this.#values = new Array(source.length)
    this.#describe = describe
    this.#onThrown = onThrown
  }

  /** Returns the batch of results: its row i was row i of the given batch. It is valid until the next call. */
  apply(batch: Batch): Batch {
    const output = this.#output
    const result = this.#batch
    if (result.starts.length < batch.rows) {
      result.starts = new Int32Array(batch.rows)
      result.ends = new Int32Array(batch.rows)
    }
    output.length = 0
    this.#sourceWords = wordsOf(batch.bytes)
    this.#textEnd = 0
    for (let row = 0; row < batch.rows; row++) {
      const changes = this.#call(batch, row)
      result.starts[row] = output.length
      this.#write(batch, row, changes)
      result.ends[row] = output.length
    }
    result.bytes = output.buffer
    result.rows = batch.rows
    return result
  }

  /** @returns how many columns have changed values */
  #call(batch: Batch, row: number): number {
    const { bytes } = batch
    const begin = batch.starts[row]!
    const end = batch.ends[row]!
    const names = this.#sourceNames
    const heads = this.#heads
    const values = this.#values
    const words = this.#sourceWords
    const text = this.#textOf(batch, begin, end)
    const textStart = this.#textStart
    const modes = text === '' ? this.#eachAlone : this.#modes
    heads[0] = begin
    for (let index = 0; index < names.length; index++) {
      let from = heads[index]!
      const length = bytes[from]!
      if (length === NULL_FIELD) {
        values[index] = null
        heads[index + 1] = from + 1
        continue
      }
      let to = from + 1 + length
      if (length < NULL_FIELD) from++
      else {
        to = locateFields(bytes, from, 1, this.#starts, this.#ends)
        from = this.#starts[0]!
      }
      heads[index + 1] = to
      const mode = modes[index]!
      values[index] =
        mode === ASCII || (mode === TEXT && isAscii(words, from, to))
          ? text.substring(from - textStart, to - textStart)
          : readValue(this.#source[index]!, bytes, from, to)
    }
    const given = this.#shape.toRow(values)
    let written: unknown
    try {
      written = this.#row(given)
    } catch (error) {
      throw this.#thrown(error, `The row function threw ${thrownName(error)} at ${this.#describe(row)}`)
    }
    try {
      if (isObject(written) && typeof written.then !== 'function')
        return this.#shape.findChanges(written, values, this.#changes)
    } catch (error) {
      throw this.#unreadable(written as { [column: string]: unknown }, row, error)
    }
    const what = isObject(written) ? 'a promise' : nameOf(written)
    throw new TransformFailed(`The row function returned ${what} instead of a row at ${this.#describe(row)}`)
  }

  /** A getter or a proxy threw. The columns are read one by one to find which. */
  #unreadable(written: { [column: string]: unknown }, row: number, cause: unknown): TransformFailed {
    const name = this.#names.find((each) => {
      try {
        void written[each]
        return false
      } catch {
        return true
      }
    })
    const column = name === undefined ? '' : ` for column ${name}`
    const what = `The row that the row function returned threw ${thrownName(cause)}`
    return this.#thrown(cause, `${what}${column} at ${this.#describe(row)}`)
  }

  #thrown(error: unknown, message: string): TransformFailed {
    this.#onThrown(error)
    return new TransformFailed(message)
  }

  /** Returns the bytes around a row as Latin-1 text, from `#textStart` on; empty if the row is too long. */
  #textOf({ bytes, ends, rows }: Batch, begin: number, end: number): string {
    if (end <= this.#textEnd) return this.#text
    this.#textStart = begin
    this.#textEnd = Math.min(begin + TEXT_BYTES, ends[rows - 1]!)
    this.#text = end <= this.#textEnd ? latin1(bytes, begin, this.#textEnd) : ''
    return this.#text
  }

  #write(batch: Batch, row: number, changes: number): void {
    const { columns, values } = this.#changes
    let next = 0
    for (let change = 0; change < changes; change++) {
      const column = columns[change]!
      this.#copyUnchanged(batch.bytes, next, column)
      this.#writeValue(values[change], column, row)
      next = column + 1
    }
    this.#copyUnchanged(batch.bytes, next, this.#sameAs.length)
  }

  /** Copies the fields of the file's columns `from` ≤ i < `to`, whose values were returned unchanged. */
  #copyUnchanged(bytes: Buffer, from: number, to: number): void {
    const sameAs = this.#sameAs
    for (let column = from; column < to; ) {
      const end = Math.min(this.#runEnds[column]!, to)
      const field = sameAs[column]!
      this.#copy(bytes, field, field + end - column)
      column = end
    }
  }

  /** Copies fields `from` ≤ i < `to` unchanged. */
  #copy(bytes: Buffer, from: number, to: number): void {
    const output = this.#output
    const start = this.#heads[from]!
    const end = this.#heads[to]!
    const length = end - start
    const target = output.reserve(length)
    if (length > SHORT_BYTES) bytes.copy(target, output.length, start, end)
    else copyWords(this.#sourceWords, start, end, output.words, output.length)
    output.length += length
  }

  #writeValue(value: unknown, column: number, row: number): void {
    if (value === null) {
      this.#output.reserve(1)[this.#output.length++] = NULL_FIELD
    } else {
      if (typeof value === 'string' && this.#writeAscii(value)) return
      let text: string | null = null
      let cause: unknown
      try {
        text = textOf(value)
      } catch (error) {
        cause = error
      }
      if (text === null) throw this.#unwritable(value, column, row, cause)
      this.#writeText(text)
    }
  }

  #unwritable(value: unknown, column: number, row: number, cause: unknown): TransformFailed {
    const what = value === undefined ? 'no value' : `${nameOf(value)}, which cannot be written,`
    const message = `The row function returned ${what} for column ${this.#names[column]} at ${this.#describe(row)}`
    return cause === undefined ? new TransformFailed(message) : this.#thrown(cause, `${message}: ${thrownName(cause)}`)
  }

  /** Writes a short ASCII text without a call; returns false if the text is not ASCII. */
  #writeAscii(text: string): boolean {
    const { length } = text
    if (length > SHORT_TEXT_LENGTH) return false
    const target = this.#output.reserve(length + 1)
    const at = this.#output.length
    target[at] = length
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0x7f) return false
      target[at + 1 + index] = code
    }
    this.#output.length = at + 1 + length
    return true
  }

  #writeText(text: string): void {
    const output = this.#output
    const length = Buffer.byteLength(text)
    output.reserve(length + 9)
    output.length = writeFieldLength(output.buffer, output.length, length)
    output.length += output.buffer.write(text, output.length, 'utf8')
  }
}

/**
 * Whether a column keeps its bytes. Binary and BIT columns become text, because the function may return any text for
 * them.
 */
function keepsBytes(kind: ColumnKind): boolean {
  return kind !== 'binary' && kind !== 'bit'
}

function runEndsOf(fields: Int32Array): Int32Array {
  const ends = fields.map((_, column) => column + 1)
  for (let column = fields.length - 2; column >= 0; column--)
    if (fields[column + 1] === fields[column]! + 1) ends[column] = ends[column + 1]!
  return ends
}

/** The kinds that a format sees after a `row` function: bytes have become base64 text, BIT its number. */
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

function modeOf(kind: ColumnKind): number {
  switch (kind) {
    case 'integer':
    case 'year':
    case 'float':
    case 'bit':
    case 'binary':
      return SPECIAL
    case 'text':
    case 'json':
      return TEXT
    default:
      return ASCII
  }
}

function isObject(value: unknown): value is { [name: string]: unknown } {
  return typeof value === 'object' && value !== null
}

/** Names the type of a value; never its text, which may be a row's data. */
function nameOf(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'number') return String(value)
  if (isDate(value)) return 'an invalid date'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
