/**
 * Rewrites numbers that the file must show differently from the server: FLOATs (`floatText`), and decimals that MySQL
 * writes with fewer digits than their column has. The zero of `CASE WHEN paid THEN 0 ELSE amount END` is `0`, or `0.00`
 * if the server used a temporary table, which depends on its plan. Without rewriting it would depend on the source and
 * on where an export was cut.
 */
import { type Batch, locateFields, writeFieldLength } from './batch.ts'
import type { SourceColumn } from './column.ts'
import { floatText } from './floats.ts'

const POINT = 0x2e
/**
 * The most bytes that a number grows by, as in `-1.1754944e-38` with zeros before or after its digits. A decimal has at
 * most 30 digits after its point.
 */
const MOST_GROWTH = 32

/**
 * @param mayLackDigits whether the decimal with this index may have fewer digits than its column
 * @returns null if no column has such numbers
 */
export function numberWriter(
  columns: readonly Pick<SourceColumn, 'kind' | 'precision' | 'scale'>[],
  mayLackDigits: (index: number) => boolean,
): NumberWriter | null {
  const isFloat = columns.map(({ kind, precision }) => kind === 'float' && precision === 4)
  const scales = columns.map(({ kind, scale }, index) =>
    kind === 'decimal' && mayLackDigits(index) ? (scale ?? 0) : 0,
  )
  const count = columns.findLastIndex((_, index) => isFloat[index] || scales[index]! > 0) + 1
  return count === 0 ? null : new NumberWriter(isFloat.slice(0, count), scales.slice(0, count))
}

/** Rewrites the numbers of a source's batches where needed. The returned batch is valid until the next call. */
export class NumberWriter {
  readonly #isFloat: readonly boolean[]
  readonly #scales: readonly number[]
  readonly #hasFloats: boolean
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #batch: Batch = { bytes: Buffer.of(), rows: 0, starts: new Int32Array(), ends: new Int32Array() }

  /**
   * @param isFloat for each column of the source, up to the last that may need it
   * @param scales for the same columns: a decimal's digits after the point, otherwise 0
   */
  constructor(isFloat: readonly boolean[], scales: readonly number[]) {
    this.#isFloat = isFloat
    this.#scales = scales
    this.#hasFloats = isFloat.includes(true)
    this.#starts = new Int32Array(isFloat.length)
    this.#ends = new Int32Array(isFloat.length)
  }

  write(source: Batch): Batch {
    if (!this.#hasFloats && this.#isRight(source)) return source
    const batch = this.#batch
    const needed = source.bytes.length + source.rows * this.#isFloat.length * MOST_GROWTH
    if (batch.bytes.length < needed) batch.bytes = Buffer.allocUnsafeSlow(needed)
    if (batch.starts.length < source.rows) {
      batch.starts = new Int32Array(source.rows)
      batch.ends = new Int32Array(source.rows)
    }
    let at = 0
    for (let row = 0; row < source.rows; row++) {
      batch.starts[row] = at
      at = this.#writeRow(source, row, at)
      batch.ends[row] = at
    }
    batch.rows = source.rows
    return batch
  }

  /** Whether every decimal already has its digits, as those of table columns have. */
  #isRight({ bytes, rows, starts }: Batch): boolean {
    const count = this.#scales.length
    for (let row = 0; row < rows; row++) {
      locateFields(bytes, starts[row]!, count, this.#starts, this.#ends)
      for (let column = 0; column < count; column++) {
        if (this.#scales[column]! > 0 && this.#starts[column] !== -1 && this.#lacksDigits(bytes, column)) return false
      }
    }
    return true
  }

  #lacksDigits(bytes: Uint8Array, column: number): boolean {
    const point = this.#ends[column]! - this.#scales[column]! - 1
    // Before the field may be another decimal's point.
    return point < this.#starts[column]! || bytes[point] !== POINT
  }

  #writeRow(source: Batch, row: number, from: number): number {
    const { bytes } = this.#batch
    locateFields(source.bytes, source.starts[row]!, this.#isFloat.length, this.#starts, this.#ends)
    let at = from
    /** Where the part of the row begins that is not copied yet. */
    let next = source.starts[row]!
    for (let column = 0; column < this.#isFloat.length; column++) {
      const start = this.#starts[column]!
      const scale = this.#scales[column]!
      if (start === -1 || !(this.#isFloat[column] || (scale > 0 && this.#lacksDigits(source.bytes, column)))) continue
      const end = this.#ends[column]!
      // Its length prefix is one byte.
      at += source.bytes.copy(bytes, at, next, start - 1)
      const own = source.bytes.toString('latin1', start, end)
      const text = this.#isFloat[column] ? floatText(own) : decimalText(own, scale)
      at = writeFieldLength(bytes, at, text.length)
      at += bytes.write(text, at, 'latin1')
      next = end
    }
    return at + source.bytes.copy(bytes, at, next, source.ends[row]!)
  }
}

/** @returns the decimal with at least `scale` digits after the point */
function decimalText(text: string, scale: number): string {
  const point = text.indexOf('.')
  return point === -1 ? `${text}.${'0'.repeat(scale)}` : text.padEnd(point + 1 + scale, '0')
}
