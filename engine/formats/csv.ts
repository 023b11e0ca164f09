/**
 * CSV according to RFC 4180; TSV is the same with a tab.
 *
 * A field is quoted when it contains the delimiter, a quote or a line break, and where it would otherwise be read as
 * NULL, as a formula, or as several cells (csv/formula.ts). NULL is an empty field and the empty string is `""`, for
 * bytes as well, so that the two differ. (In a file with one column NULL is `""` too, because readers skip empty
 * lines.) Bytes are base64, BIT is its number, everything else is the database's own text, or a number or date as the
 * column's format shows it.
 *
 * A text that a spreadsheet would read as a formula is quoted and prefixed with a single quote, as OWASP advises:
 * https://owasp.org/www-community/attacks/CSV_Injection
 */

import { UnmappableCharacter } from '../../statemachine/errors.ts'
import { type Charset, Unmappable } from '../charsets/charset.ts'
import { type Batch, locateFields, NULL_FIELD } from '../rows/batch.ts'
import type { Column } from '../rows/column.ts'
import { Output } from '../rows/output.ts'
import { copyWords, fourOf, quotedIn, wordsOf } from '../rows/words.ts'
import { OPENERS, SEPARATORS } from './csv/formula.ts'
import { type Display, displayOf } from './display.ts'
import { facts } from './facts.ts'
import type { Encoder, Format, FormatContext } from './format.ts'
import { NUMBER_TEXT, TIME_TEXT, writeBase64, writeBits } from './text.ts'

export const csv: Format = {
  ...facts.csv,
  open: (context) => new DelimitedEncoder(context, context.options.csv.delimiter ?? ','),
}

export const tsv: Format = {
  ...facts.tsv,
  open: (context) => new DelimitedEncoder(context, '\t'),
}

const QUOTE = 0x22
const TAB = 0x09
/** What a byte means for its field: it must be quoted, it is not ASCII, or it may begin a formula. */
const QUOTED = 1
const FOREIGN = 2
const FORMULA = 4

/** How a column's fields are written. */
const PLAIN = 0
const TEXT = 1
const BASE64 = 2
const BITS = 3
const SHOWN = 4

/**
 * Characters of numbers, dates and times. Such fields are checked only where the delimiter or NULL's text uses one of
 * them.
 */
const PLAIN_BYTES = /^[-+0-9.:eE ]+$/

const APOSTROPHE = 0x27
/**
 * Texts that begin like a formula but are not one: -1.5e3 and -01:30:00 in any column, and base64, which has neither
 * names with brackets nor commands.
 */
const HARMLESS_NUMBER = new RegExp(`${NUMBER_TEXT.source}|${TIME_TEXT.source}`)
const HARMLESS_BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

class DelimitedEncoder implements Encoder {
  readonly #context: FormatContext
  readonly #columns: readonly Column[]
  readonly #modes: Uint8Array
  readonly #inPlace: boolean
  readonly #perRow: number
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #displays: readonly (Display | null)[]
  /** By column: texts that match are not formulas, however they begin. */
  readonly #harmless: readonly RegExp[]
  readonly #meaning = new Uint8Array(256)
  /** The same as `#meaning`, for the first byte of a text. */
  readonly #opening: Uint8Array
  readonly #delimiter: number
  /**
   * The separators for which a text is quoted, each repeated four times. The tab is not among them: it is found as a
   * control character.
   */
  readonly #separators: readonly [number, number, number]
  /** Mask of the high bits of a word's four bytes, which mark non-ASCII bytes; 0 if those are written unchanged. */
  readonly #foreign: number
  readonly #lineEnding: Buffer
  readonly #null: Buffer
  readonly #alwaysQuote: boolean
  /** How many fields of a row must be located to reach the last column. */
  readonly #needed: number
  /** The current row, and its description for messages. */
  #row = 0
  readonly #describe = () => this.#context.describeRow(this.#row)

  constructor(context: FormatContext, delimiter: string) {
    const { columns, charset, options } = context
    this.#context = context
    this.#columns = columns
    this.#delimiter = delimiter.charCodeAt(0)
    this.#foreign = charset.write ? 0x8080_8080 | 0 : 0
    this.#lineEnding = Buffer.from(options.csv.lineEnding ?? '\r\n')
    const { nullText = '', neutralizeFormulas = true } = options.csv
    this.#null = encodedIn(charset, nullText === '' && columns.length === 1 ? '""' : nullText)
    this.#alwaysQuote = options.csv.alwaysQuote ?? false
    const looksPlain = PLAIN_BYTES.test(delimiter) || PLAIN_BYTES.test(nullText)
    this.#modes = Uint8Array.from(columns, (column) => modeOf(column, this.#alwaysQuote || looksPlain))
    const areFirst = columns.every((column, index) => column.index === index)
    this.#inPlace = areFirst && !this.#alwaysQuote && nullText === ''
    this.#displays = columns.map((column) => displayOf(column, context.timeZone))
    this.#harmless = columns.map(harmlessOf)
    // The most bytes that delimiters, quotes and NULL texts add to a row.
    const shownBytes = this.#displays.reduce((sum, display) => sum + (display?.mostBytes ?? 0), 0)
    this.#perRow = columns.length * (4 + this.#null.length) + this.#lineEnding.length + shownBytes * 2
    this.#needed = Math.max(...columns.map((column) => column.index)) + 1
    this.#starts = new Int32Array(context.fieldCount)
    this.#ends = new Int32Array(context.fieldCount)
    const separators = new Set([this.#delimiter, ...(neutralizeFormulas ? SEPARATORS : [])])
    for (const byte of [...separators, QUOTE, 0x0a, 0x0d]) this.#meaning[byte] = QUOTED
    separators.delete(TAB)
    const [first = QUOTE, second = first, third = first] = separators
    this.#separators = [fourOf(first), fourOf(second), fourOf(third)]
    if (charset.write) this.#meaning.fill(FOREIGN, 0x80)
    this.#opening = this.#meaning.slice()
    if (neutralizeFormulas) for (const byte of OPENERS) this.#opening[byte]! |= FORMULA
  }

  head(output: Output): void {
    output.write(this.#context.charset.mark)
    for (const [index, column] of this.#columns.entries()) {
      if (index > 0) output.write(Uint8Array.of(this.#delimiter))
      const heading = Buffer.from(column.heading)
      output.reserve(heading.length * 2 + 2)
      const from = output.length
      this.#text(heading, 0, heading.length, output, false, column, () => 'the heading line')
      if (index === 0 && this.#looksSylk && output.buffer[from] !== QUOTE) quote(output, from)
    }
    output.write(this.#lineEnding)
  }

  rows(batch: Batch, from: number, to: number, output: Output): number {
    return this.#inPlace ? this.#copyRows(batch, from, to, output) : this.#pickRows(batch, from, to, output)
  }

  /**
   * Writes the query's first columns in its order: a field is copied while it is inspected, and rewritten if it is not
   * plain.
   */
  #copyRows(batch: Batch, from: number, to: number, output: Output): number {
    const { bytes, starts, ends } = batch
    const modes = this.#modes
    const columns = modes.length
    const meaning = this.#meaning
    const opening = this.#opening
    const [first, second, third] = this.#separators
    const foreign = this.#foreign
    const delimiter = this.#delimiter
    const lineEnding = this.#lineEnding
    const nullBytes = this.#null.length
    const source = wordsOf(bytes)
    let target = output.buffer
    let copies = output.words
    for (let row = from; row < to; row++) {
      this.#row = row
      let at = starts[row]!
      if (output.reserve((ends[row]! - at) * 3 + this.#perRow) !== target) {
        target = output.buffer
        copies = output.words
      }
      let written = output.length
      for (let column = 0; column < columns; column++) {
        if (column > 0) target[written++] = delimiter
        const head = bytes[at]!
        if (head < NULL_FIELD) {
          const mode = modes[column]!
          const start = at + 1
          const end = start + head
          if (mode === PLAIN) {
            copyWords(source, start, end, copies, written)
            at = end
            written += head
            continue
          }
          if (mode === TEXT && head > 0) {
            const shift = written - start
            let found = opening[bytes[start]!]!
            if (head >= 4) {
              for (let index = start, last = end - 4; ; index = Math.min(index + 4, last)) {
                const word = source.getInt32(index, true)
                copies.setInt32(index + shift, word, true)
                found |= quotedIn(word, first, second, third) | (word & foreign)
                if (index === last) break
              }
            } else {
              for (let index = start; index < end; index++) {
                const byte = bytes[index]!
                target[index + shift] = byte
                found |= meaning[byte]!
              }
            }
            if (found === 0) {
              at = end
              written += head
              continue
            }
          }
        } else if (head === NULL_FIELD && nullBytes === 0) {
          at++
          continue
        }
        output.length = written
        at = this.#field(bytes, at, column, output)
        written = output.length
      }
      for (let index = 0; index < lineEnding.length; index++) target[written++] = lineEnding[index]!
      output.length = written
      if (written >= output.limit) return row + 1
    }
    return to
  }

  /** Writes rows whose columns are a selection, or in another order. */
  #pickRows(batch: Batch, from: number, to: number, output: Output): number {
    const { bytes, starts: rowStarts, ends: rowEnds } = batch
    for (let row = from; row < to; row++) {
      this.#row = row
      const begin = rowStarts[row]!
      locateFields(bytes, begin, this.#needed, this.#starts, this.#ends)
      output.reserve((rowEnds[row]! - begin) * 3 + this.#perRow)
      for (let column = 0; column < this.#columns.length; column++) {
        if (column > 0) output.buffer[output.length++] = this.#delimiter
        const field = this.#columns[column]!.index
        this.#value(bytes, this.#starts[field]!, this.#ends[field]!, column, output)
      }
      output.reserve(this.#lineEnding.length).set(this.#lineEnding, output.length)
      output.length += this.#lineEnding.length
      if (output.length >= output.limit) return row + 1
    }
    return to
  }

  /** Writes the field whose length prefix is at `at`. Returns the position of the next field's. */
  #field(bytes: Buffer, at: number, column: number, output: Output): number {
    const next = locateFields(bytes, at, 1, this.#starts, this.#ends)
    this.#value(bytes, this.#starts[0]!, this.#ends[0]!, column, output)
    return next
  }

  #value(bytes: Buffer, start: number, end: number, column: number, output: Output): void {
    const mode = this.#modes[column]!
    if (start === -1) output.write(this.#null)
    else if (mode === TEXT) {
      const isFormula = this.#isFormula(bytes, start, end, column)
      this.#text(bytes, start, end, output, isFormula, this.#columns[column]!, this.#describe)
    } else if (mode === SHOWN) {
      this.#shown(bytes, start, end, column, output)
    } else if (mode === PLAIN) {
      const target = output.buffer
      let at = output.length
      for (let index = start; index < end; index++) target[at++] = bytes[index]!
      output.length = at
    } else {
      const from = output.length
      output.length = (mode === BASE64 ? writeBase64 : writeBits)(bytes, start, end, output.buffer, from)
      if (this.#alwaysQuote || start === end || this.#looksNull(output, from)) quote(output, from)
    }
  }

  tail(): void {}

  #isFormula(bytes: Buffer, start: number, end: number, column: number): boolean {
    if (start === end || (this.#opening[bytes[start]!]! & FORMULA) === 0) return false
    return !this.#harmless[column]!.test(bytes.toString('latin1', start, end))
  }

  /** Writes a number or a date in its column's format. */
  #shown(bytes: Buffer, start: number, end: number, column: number, output: Output): void {
    const text = Buffer.from(this.#displays[column]!.show(bytes, start, end, this.#describe))
    this.#text(text, 0, text.length, output, false, this.#columns[column]!, this.#describe)
  }

  /** Writes a text field with quoting, escaping and encoding as needed; room for a quoted field is already reserved. */
  #text(
    bytes: Buffer,
    start: number,
    end: number,
    output: Output,
    isFormula: boolean,
    column: Column,
    describe: () => string,
  ): void {
    const meaning = this.#meaning
    const begin = output.length
    let found = isFormula || start === end || this.#alwaysQuote ? QUOTED : 0
    for (let index = start; index < end; index++) found |= meaning[bytes[index]!]!
    const quoted = (found & QUOTED) !== 0
    const write = (found & FOREIGN) !== 0 ? this.#context.charset.write : null
    if (quoted) output.buffer[output.length++] = QUOTE
    if (isFormula) output.buffer[output.length++] = APOSTROPHE
    let from = start
    for (let index = start; index <= end; index++) {
      // Copies up to and including each quote, which is then written a second time.
      if (index < end && bytes[index] !== QUOTE) continue
      const to = Math.min(index + 1, end)
      if (write) this.#writeForeign(write, bytes, from, to, output, column, describe)
      else {
        bytes.copy(output.buffer, output.length, from, to)
        output.length += to - from
      }
      if (index < end) output.buffer[output.length++] = QUOTE
      from = to
    }
    if (quoted) output.buffer[output.length++] = QUOTE
    else if (this.#looksNull(output, begin)) quote(output, begin)
  }

  #writeForeign(
    write: NonNullable<FormatContext['charset']['write']>,
    bytes: Buffer,
    from: number,
    to: number,
    output: Output,
    column: Column,
    describe: () => string,
  ): void {
    try {
      write(bytes, from, to, output)
    } catch (error) {
      throw unmappable(error, this.#context.charset, `${describe()}, column ${column.name}`)
    }
  }

  /** Whether what was written since `from` looks like NULL: replacing characters may produce NULL's text. */
  #looksNull(output: Output, from: number): boolean {
    const length = this.#null.length
    return length === output.length - from && this.#null.compare(output.buffer, from, output.length) === 0
  }

  /**
   * Whether the file would begin with `ID`, which Excel takes for SYLK and refuses.
   * https://support.microsoft.com/help/215591
   */
  get #looksSylk(): boolean {
    return this.#delimiter !== TAB && this.#columns[0]!.heading.startsWith('ID')
  }
}

/** Quotes what was written since `from`; room for the quotes is already reserved. */
function quote(output: Output, from: number): void {
  const { buffer, length } = output
  buffer.copyWithin(from + 1, from, length)
  buffer[from] = QUOTE
  buffer[length + 1] = QUOTE
  output.length = length + 2
}

function modeOf(column: Column, quotePlain: boolean): number {
  if (column.format !== null) return SHOWN
  switch (column.kind) {
    case 'binary':
      return BASE64
    case 'bit':
      return BITS
    case 'text':
    case 'json':
      return TEXT
    default:
      return quotePlain || column.transformedFrom !== null ? TEXT : PLAIN
  }
}

/**
 * Returns the pattern of texts in the column that are not formulas. A `row` function may have replaced a number, a date
 * or bytes by any text, and a text by a number. Values that it passes on are written as they are without it, so a text
 * that looks like a number is safe in both cases.
 */
function harmlessOf({ transformedFrom }: Column): RegExp {
  return transformedFrom === 'binary' ? HARMLESS_BASE64 : HARMLESS_NUMBER
}

function encodedIn(charset: Charset, text: string): Buffer {
  const source = Buffer.from(text)
  if (!charset.write) return source
  const output = new Output(source.length)
  try {
    charset.write(source, 0, source.length, output)
  } catch (error) {
    throw unmappable(error, charset, 'nullText')
  }
  return output.written
}

/** Adds the row and column to an error of a charset; returns any other error unchanged. */
function unmappable(error: unknown, charset: Charset, place: string): unknown {
  if (!(error instanceof Unmappable)) return error
  const advice = `request utf-8, or set csv.unmappable to 'replace' in the export, which writes ? for it`
  const message = `${place}: ${error.message} does not exist in ${charset.name}: ${advice}`
  return new UnmappableCharacter(message, { cause: error })
}
