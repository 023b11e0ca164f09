/**
 * FLOAT columns. A server writes six digits of them, so a source asks for the value as a double, whose seventeen digits tell more than
 * the column holds: each is written with as few as tell it from every other FLOAT (`0.1`, `16777216`).
 */
import { type Batch, locateFields, writeFieldLength } from './batch.ts'

/** Nine digits tell any two FLOATs apart. */
const [FEWEST_DIGITS, MOST_DIGITS] = [6, 9]

/** Powers of ten from which on, and below which, a server writes an exponent. */
const [LARGE, SMALL] = [15, -7]
/** As of `-1.1754944e-38`; with the zeros that stand before or behind the digits. */
const LONGEST_TEXT = 24

/** @param text of a double, as a server writes it, that is a FLOAT's value */
export function floatText(text: string): string {
  const value = Math.fround(Number(text))
  if (value === 0) return text
  let written = ''
  for (let digits = FEWEST_DIGITS; digits <= MOST_DIGITS; digits++) {
    written = value.toExponential(digits - 1)
    if (Math.fround(Number(written)) === value) break
  }
  const [mantissa, exponent] = written.split('e') as [string, string]
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.replace(/[-.]/g, '').replace(/0+$/, '')
  const power = Number(exponent)
  if (power >= LARGE || power < SMALL) {
    return `${sign}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${power}`
  }
  const point = power + 1
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (digits.length <= point) return sign + digits.padEnd(point, '0')
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** Writes the FLOATs of a source's batches anew. What it returns is valid until its next call. */
export class FloatWriter {
  readonly #isFloat: readonly boolean[]
  readonly #floats: number
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #batch: Batch = { bytes: Buffer.alloc(0), rows: 0, starts: new Int32Array(0), ends: new Int32Array(0) }

  /** @param isFloat of each column of the source */
  constructor(isFloat: readonly boolean[]) {
    this.#isFloat = isFloat
    this.#floats = isFloat.filter(Boolean).length
    this.#starts = new Int32Array(isFloat.length)
    this.#ends = new Int32Array(isFloat.length)
  }

  write(source: Batch): Batch {
    const batch = this.#batch
    const needed = source.bytes.length + source.rows * this.#floats * LONGEST_TEXT
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

  #writeRow(source: Batch, row: number, from: number): number {
    const { bytes } = this.#batch
    locateFields(source.bytes, source.starts[row]!, this.#isFloat.length, this.#starts, this.#ends)
    let at = from
    /** What of the row is not copied yet. */
    let next = source.starts[row]!
    for (let column = 0; column < this.#isFloat.length; column++) {
      const start = this.#starts[column]!
      if (!this.#isFloat[column] || start === -1) continue
      const end = this.#ends[column]!
      // Its length is one byte.
      at += source.bytes.copy(bytes, at, next, start - 1)
      const text = floatText(source.bytes.toString('latin1', start, end))
      at = writeFieldLength(bytes, at, text.length)
      at += bytes.write(text, at, 'latin1')
      next = end
    }
    return at + source.bytes.copy(bytes, at, next, source.ends[row]!)
  }
}
