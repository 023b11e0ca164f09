/**
 * JSON Lines in UTF-8: one object per row, with the columns' own names. Integers are numbers; BIGINT and DECIMAL are
 * numbers with all the digits that the database writes, since JSON does not limit them. FLOAT and DOUBLE are numbers,
 * JSON columns are embedded as they are, bytes are base64, dates and times are text. A value shown in its column's
 * format is text, unless it is still a valid number.
 */
import { type Batch, locateFields } from '../rows/batch.ts'
import type { Column } from '../rows/column.ts'
import type { Output } from '../rows/output.ts'
import { copyWords, escapedIn, wordsOf } from '../rows/words.ts'
import { type Display, displayOf } from './display.ts'
import { facts } from './facts.ts'
import type { Encoder, Format, FormatContext } from './format.ts'
import { type ServerText, serverText } from './server-text.ts'
import { NUMBER_TEXT, writeBase64, writeBits } from './text.ts'

export const jsonl: Format = {
  ...facts.jsonl,
  open: (context) => new JsonLinesEncoder(context),
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const HEX = Buffer.from('0123456789abcdef')
const NULL = Buffer.from('null')
const LINE_END = Buffer.from('}\n')

const NUMBER = 0
const TEXT = 1
const BASE64 = 2
const BITS = 3
const JSON_TEXT = 4
const SHOWN = 5

class JsonLinesEncoder implements Encoder {
  readonly #context: FormatContext
  readonly #displays: readonly (Display | null)[]
  readonly #serverTexts: readonly ServerText[]
  readonly #names: DataView[]
  readonly #modes: Uint8Array
  readonly #fields: Int32Array
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #needed: number
  readonly #perRow: number

  constructor(context: FormatContext) {
    const { columns } = context
    this.#context = context
    this.#displays = columns.map((column) => displayOf(column, context.timeZone))
    this.#serverTexts = columns.map((column) => serverText(column, context.timeZone))
    this.#names = columns.map((column, index) =>
      wordsOf(Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(column.name)}:`)),
    )
    this.#modes = Uint8Array.from(columns, modeOf)
    this.#fields = Int32Array.from(columns, (column) => column.index)
    this.#needed = Math.max(...columns.map((column) => column.index)) + 1
    this.#starts = new Int32Array(context.fieldCount)
    this.#ends = new Int32Array(context.fieldCount)
    const shownBytes = this.#displays.reduce((sum, display) => sum + (display?.mostBytes ?? 0), 0)
    this.#perRow = this.#names.reduce((sum, name) => sum + name.byteLength + 8, LINE_END.length + shownBytes * 6)
  }

  head(): void {}

  rows(batch: Batch, from: number, to: number, output: Output): number {
    const { bytes } = batch
    const starts = this.#starts
    const ends = this.#ends
    const names = this.#names
    const columns = names.length
    const source = wordsOf(bytes)
    let target = output.buffer
    let copies = output.words
    for (let row = from; row < to; row++) {
      const begin = batch.starts[row]!
      locateFields(bytes, begin, this.#needed, starts, ends)
      // An escaped control character takes six bytes.
      if (output.reserve((batch.ends[row]! - begin) * 6 + this.#perRow) !== target) {
        target = output.buffer
        copies = output.words
      }
      let at = output.length
      for (let column = 0; column < columns; column++) {
        const name = names[column]!
        const nameLength = name.byteLength
        copyWords(name, 0, nameLength, copies, at)
        at += nameLength
        const field = this.#fields[column]!
        const start = starts[field]!
        const mode = this.#modes[column]!
        if (start === -1) at = copy(NULL, 0, NULL.length, target, at)
        else if (mode === TEXT) {
          const end = ends[field]!
          const to = writePlain(source, start, end, copies, at)
          at = to === 0 ? writeString(bytes, start, end, target, at) : to
        } else if (mode === NUMBER && isPlainNumber(bytes, start, ends[field]!)) {
          copyWords(source, start, ends[field]!, copies, at)
          at += ends[field]! - start
        } else if (mode === NUMBER) at = this.#number(column, bytes, start, ends[field]!, target, at)
        else if (mode !== SHOWN) at = writeValue(mode, bytes, start, ends[field]!, target, at)
        else {
          const text = this.#shown(bytes, column, start, ends[field]!, row)
          at = this.#writeShown(text, column, target, at)
        }
      }
      output.length = copy(LINE_END, 0, LINE_END.length, target, at)
      if (output.length >= output.limit) return row + 1
    }
    return to
  }

  tail(): void {}

  /**
   * Writes a number that is not plain digits: it has leading zeros or an exponent, or a `row` function returned
   * something else.
   */
  #number(column: number, bytes: Buffer, start: number, end: number, target: Buffer, at: number): number {
    const text = this.#serverTexts[column]!(bytes.toString('latin1', start, end))
    if (text === null) return writeString(bytes, start, end, target, at)
    return at + target.write(text, at, 'latin1')
  }

  /**
   * Writes a formatted value. With commas it is no longer a JSON number, and the result of a date pattern such as yyyy
   * is text although it looks like one.
   */
  #writeShown(text: Buffer, column: number, target: Buffer, at: number): number {
    const isNumber =
      typeof this.#context.columns[column]!.format !== 'string' && NUMBER_TEXT.test(text.toString('latin1'))
    return isNumber ? copy(text, 0, text.length, target, at) : writeString(text, 0, text.length, target, at)
  }

  #shown(bytes: Buffer, column: number, start: number, end: number, row: number): Buffer {
    return Buffer.from(this.#displays[column]!.show(bytes, start, end, () => this.#context.describeRow(row)))
  }
}

function modeOf(column: Column): number {
  if (column.format !== null) return SHOWN
  switch (column.kind) {
    case 'integer':
    case 'decimal':
    case 'float':
    case 'year':
      return NUMBER
    case 'bit':
      return BITS
    case 'binary':
      return BASE64
    case 'json':
      return JSON_TEXT
    default:
      return TEXT
  }
}

function writeValue(mode: number, bytes: Buffer, start: number, end: number, target: Buffer, at: number): number {
  if (mode === BITS) return writeBits(bytes, start, end, target, at)
  if (mode === JSON_TEXT) {
    const compact = compactJson(bytes, start, end)
    return compact ? copy(compact, 0, compact.length, target, at) : writeString(bytes, start, end, target, at)
  }
  target[at] = QUOTE
  const to = writeBase64(bytes, start, end, target, at + 1)
  target[to] = QUOTE
  return to + 1
}

/** Whether the bytes are digits without a leading zero, with an optional fraction. */
function isPlainNumber(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] === 0x2d ? start + 1 : start
  const point = digitsEnd(bytes, first, end)
  if (point === first || (bytes[first] === 0x30 && point - first > 1)) return false
  return point === end || (bytes[point] === 0x2e && end - point > 1 && digitsEnd(bytes, point + 1, end) === end)
}

function digitsEnd(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++
  return at
}

/** Writes a string in which nothing must be escaped; returns 0 if something must be. */
function writePlain(source: DataView, start: number, end: number, target: DataView, at: number): number {
  if (end - start < 4) return 0
  const shift = at + 1 - start
  let found = 0
  for (let index = start, last = end - 4; ; index = Math.min(index + 4, last)) {
    const word = source.getInt32(index, true)
    target.setInt32(index + shift, word, true)
    found |= escapedIn(word)
    if (index === last) break
  }
  if (found !== 0) return 0
  target.setUint8(at, QUOTE)
  target.setUint8(end + shift, QUOTE)
  return end + shift + 1
}

/**
 * Returns a JSON column's value on one line with its numbers unchanged, or null if it is not JSON (MariaDB stores JSON
 * as text).
 */
function compactJson(bytes: Buffer, start: number, end: number): Buffer | null {
  const text = bytes.toString('utf8', start, end)
  try {
    JSON.parse(text)
  } catch {
    return null
  }
  return Buffer.from(/[\n\r]/.test(text) ? text.replace(/[\n\r]/g, ' ') : text)
}

function writeString(bytes: Buffer, start: number, end: number, target: Buffer, at: number): number {
  let to = at
  target[to++] = QUOTE
  for (let index = start; index < end; index++) {
    const byte = bytes[index]!
    if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) target[to++] = byte
    else to = writeEscaped(byte, target, to)
  }
  target[to++] = QUOTE
  return to
}

function writeEscaped(byte: number, target: Buffer, at: number): number {
  target[at] = BACKSLASH
  const short = byte === QUOTE || byte === BACKSLASH ? byte : SHORT_ESCAPES[byte]
  if (short) {
    target[at + 1] = short
    return at + 2
  }
  target[at + 1] = 0x75
  target[at + 2] = 0x30
  target[at + 3] = 0x30
  target[at + 4] = HEX[byte >>> 4]!
  target[at + 5] = HEX[byte & 15]!
  return at + 6
}

const SHORT_ESCAPES: Record<number, number> = { 8: 0x62, 9: 0x74, 10: 0x6e, 12: 0x66, 13: 0x72 }

function copy(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let to = at
  for (let index = start; index < end; index++) target[to++] = source[index]!
  return to
}
