import type { Cursor } from '../../statemachine/contract.ts'
import { KeyNotUnique } from '../../statemachine/errors.ts'
import { type Batch, locateFields, NULL_FIELD } from '../rows/batch.ts'
import type { ColumnKind, SourceColumn } from '../rows/column.ts'
import { isInOrder } from './cursor-order.ts'
import { endsMember } from './member.ts'

const cursorTypes: Partial<Record<ColumnKind, Cursor['type']>> = {
  integer: 'integer',
  decimal: 'decimal',
  text: 'text',
  binary: 'binary',
  date: 'temporal',
  datetime: 'temporal',
  timestamp: 'temporal',
  time: 'temporal',
  year: 'integer',
}

/**
 * Returns the cursor type of a key column. Throws KeyNotUnique if the column's type has no order that a cursor can
 * follow.
 */
export function cursorTypeOf(column: Pick<SourceColumn, 'name' | 'kind' | 'sortsBy'>): Cursor['type'] {
  const type = column.sortsBy === 'value' ? cursorTypes[column.kind] : undefined
  if (type) return type
  const what = {
    value: `of type ${column.kind}, which has no exact order`,
    number: 'an ENUM or SET, which sorts differently from how it compares',
    nothing: 'a GEOMETRY, which has no order',
  }[column.sortsBy]
  throw new KeyNotUnique(`The key ${column.name} is ${what}: use an integer or a text`)
}

/** UTC, or an offset that is the same all year. */
const FIXED_ZONE = /^(?:[+-]\d{1,2}:\d{2}|UTC)$/

/**
 * Throws KeyNotUnique if the key is a TIMESTAMP and the session's clock is set back once a year. The database orders
 * instants, and in the repeated hour the clock's text stands for two of them.
 */
export function checkKeyZone({ name, kind }: Pick<SourceColumn, 'name' | 'kind'>, timeZone: string): void {
  if (kind !== 'timestamp' || FIXED_ZONE.test(timeZone)) return
  throw new KeyNotUnique(
    `The key ${name} is a TIMESTAMP, which the export reads in the time zone ${timeZone}, where an hour may occur twice: use another key, or an offset such as +09:00`,
  )
}

/**
 * Checks the key of each row. Rows arrive in key order, so a duplicate or NULL is found by comparing neighbours. Keys
 * that only the collation considers equal are found by the source when it continues from a cursor.
 */
export class KeyWatch {
  readonly #column: SourceColumn
  readonly #index: number
  readonly #type: Cursor['type']
  /** The last key of the previous batch. */
  #last = Buffer.of()
  #seen = false
  #after: Cursor | null = null
  /** The same cursor as the database writes it; null if the key's values themselves show whether they are in order. */
  #afterText: Buffer | null = null
  #isFirst = true
  readonly #starts: Int32Array
  readonly #ends: Int32Array

  /**
   * Throws KeyNotUnique if the columns have no such key, or its type has no order that a cursor can follow.
   *
   * @param after the key after which the rows begin
   */
  constructor(columns: readonly SourceColumn[], key: string, timeZone: string, after: Cursor | null = null) {
    this.#index = columns.findIndex((column) => column.name === key)
    const column = columns[this.#index]
    if (!column) {
      throw new KeyNotUnique(
        `The query returns no column ${key}, which is the export's key; it has ${columns.map((each) => each.name).join(', ')}`,
      )
    }
    this.#column = column
    this.#type = cursorTypeOf(column)
    this.continueAfter(after)
    checkKeyZone(column, timeZone)
    this.#starts = new Int32Array(this.#index + 1)
    this.#ends = new Int32Array(this.#index + 1)
  }

  /** Tells the watch that the next batch comes from a new statement, whose rows must lie after this key. */
  continueAfter(after: Cursor | null): void {
    this.#after = after
    this.#afterText = after?.type === 'text' ? Buffer.from(after.value) : null
    this.#isFirst = true
  }

  /**
   * Throws KeyNotUnique if a key of the batch is NULL, equals the previous one, or does not lie after the cursor:
   * otherwise the same rows would come back chunk after chunk.
   */
  check(batch: Batch): void {
    const { bytes, starts } = batch
    const index = this.#index
    const after = this.#afterText
    if (this.#isFirst && batch.rows > 0) this.#checkFirst(batch)
    let previous: Buffer = this.#last
    let from = 0
    let length = this.#seen ? previous.length : -1
    for (let row = 0; row < batch.rows; row++) {
      let at = starts[row]!
      let size = bytes[at]!
      if (index > 0 || size >= NULL_FIELD) {
        locateFields(bytes, at, index + 1, this.#starts, this.#ends)
        at = this.#starts[index]!
        if (at === -1) throw new KeyNotUnique(`The key ${this.#column.name} is NULL in a row: a key must be NOT NULL`)
        size = this.#ends[index]! - at
      } else at++
      if (size === length && sameBytes(bytes, at, previous, from, size)) {
        throw new KeyNotUnique(
          `The key ${this.#column.name} has the value ${this.#text(bytes, at, at + size)} twice: a key must be unique. If the query joins tables, use the key of the table that has one row per line of the file`,
        )
      }
      if (after !== null && size === after.length && sameBytes(bytes, at, after, 0, size)) this.#refuseAgain()
      previous = bytes
      from = at
      length = size
    }
    if (batch.rows > 0) {
      this.#last = Buffer.from(previous.subarray(from, from + length))
      this.#seen = true
    }
  }

  /**
   * Returns the first row from `from` on whose key ends a member (`endsMember`), or the number of rows if there is
   * none.
   */
  nextMark(batch: Batch, from: number): number {
    const { bytes, starts } = batch
    const index = this.#index
    for (let row = from; row < batch.rows; row++) {
      locateFields(bytes, starts[row]!, index + 1, this.#starts, this.#ends)
      if (endsMember(bytes, this.#starts[index]!, this.#ends[index]!)) return row
    }
    return batch.rows
  }

  /** Returns a row's key as a cursor from which to continue. */
  cursorAt(batch: Batch, row: number): Cursor {
    locateFields(batch.bytes, batch.starts[row]!, this.#index + 1, this.#starts, this.#ends)
    return { type: this.#type, value: this.#text(batch.bytes, this.#starts[this.#index]!, this.#ends[this.#index]!) }
  }

  #checkFirst(batch: Batch): void {
    const after = this.#after
    this.#isFirst = false
    if (after === null) return
    locateFields(batch.bytes, batch.starts[0]!, this.#index + 1, this.#starts, this.#ends)
    if (this.#starts[this.#index] === -1) return
    if (!isInOrder(after, this.cursorAt(batch, 0))) this.#refuseAgain()
  }

  #refuseAgain(): never {
    throw new KeyNotUnique(
      `The key ${this.#column.name} does not advance: after ${this.#after?.value} the database returned an earlier row, or the same row again. A key must be a column whose values do not change and that sorts the way it compares, such as an integer`,
    )
  }

  #text(bytes: Buffer, start: number, end: number): string {
    return bytes.toString(this.#type === 'binary' ? 'base64' : 'utf8', start, end)
  }
}

/** Compares from the end, where the keys of neighbours differ. */
function sameBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let index = length - 1; index >= 0; index--) {
    if (a[aStart + index] !== b[bStart + index]) return false
  }
  return true
}
