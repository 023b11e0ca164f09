/** Writes the cells of a row, by the kind of their column, byte by byte. */

import { TransformFailed } from '../../../statemachine/errors.ts'
import type { Column } from '../../rows/column.ts'
import type { Output } from '../../rows/output.ts'
import { copyWords, type Source, sourceOf, wordsOf } from '../../rows/words.ts'
import { displayOf } from '../display.ts'
import { isDouble, type ServerText, serverText } from '../server-text.ts'
import { writeBase64, writeBits } from '../text.ts'
import { columnName, columnStyle } from './parts.ts'
import { type SerialWriter, writeDateSerial, writeTimeSerial } from './serial.ts'
import { keepsItsSpace, MOST_ESCAPED_BYTES, writeText } from './text.ts'

/** A spreadsheet keeps 15 significant digits; a longer number would change. */
const EXACT_DIGITS = 15
/** The most text that a cell holds, in UTF-16 code units. */
const MAX_TEXT_UNITS = 32_767

const NUMBER_HEAD = (style: number) => piece(`" s="${style}"><v>`)
const NUMBER_TAIL = piece('</v></c>')
const TEXT_HEAD = piece('" t="inlineStr"><is><t>')
const SPACED_TEXT_HEAD = piece('" t="inlineStr"><is><t xml:space="preserve">')
const TEXT_TAIL = piece('</t></is></c>')

/** Writes the field `bytes[start, end)`, which is not NULL; `row` holds the digits of the row's number in its sheet. */
export type CellWriter = (
  source: Source,
  start: number,
  end: number,
  row: DataView,
  output: Output,
  describe: () => string,
) => void

/**
 * Returns the writer for the file's column `i`. A column with a format keeps its values: the cell's number format shows
 * them. A value that spreadsheets cannot represent is written as text, in its format if it has one.
 * @param timeZone of the session
 */
export function cellWriter(column: Column, i: number, timeZone: string): CellWriter {
  const display = displayOf(column, timeZone)
  const open = piece(`<c r="${columnName(i)}`)
  const numberHead = NUMBER_HEAD(columnStyle(i))
  const asItIs: CellWriter = ({ bytes, words }, start, end, row, output, describe) => {
    put(output, open, row, keepsItsSpace(bytes, start, end) ? TEXT_HEAD : SPACED_TEXT_HEAD)
    if (end - start > MAX_TEXT_UNITS) refuseLongText(bytes, start, end, column, describe)
    writeText(bytes, words, start, end, output)
    append(output, TEXT_TAIL)
  }
  const asText: CellWriter = (source, start, end, row, output, describe) => {
    if (display === null) return asItIs(source, start, end, row, output, describe)
    const text = Buffer.from(display.show(source.bytes, start, end, describe))
    asItIs(sourceOf(text), 0, text.length, row, output, describe)
  }
  const asNumber = (digits: string, row: DataView, output: Output) => {
    put(output, open, row, numberHead)
    output.length += output.buffer.write(digits, output.length, 'latin1')
    append(output, NUMBER_TAIL)
  }
  const asSerial =
    (write: SerialWriter): CellWriter =>
    (source, start, end, row, output, describe) => {
      const before = output.length
      put(output, open, row, numberHead)
      if (write(source.bytes, start, end, output)) {
        append(output, NUMBER_TAIL)
        return
      }
      output.length = before
      asText(source, start, end, row, output, describe)
    }
  const asValue = (): CellWriter => {
    switch (column.kind) {
      case 'integer':
      case 'decimal':
      case 'year':
      case 'float':
        return (source, start, end, row, output, describe) => {
          if (!keepsDigits(column, source.bytes, start, end)) {
            asText(source, start, end, row, output, describe)
            return
          }
          put(output, open, row, numberHead)
          copyWords(source.words, start, end, output.words, output.length)
          output.length += end - start
          append(output, NUMBER_TAIL)
        }
      case 'date':
      case 'datetime':
      case 'timestamp':
        return asSerial(writeDateSerial)
      case 'time':
        return asSerial(writeTimeSerial)
      case 'bit':
        return ({ bytes }, start, end, row, output, describe) => {
          const digits = Buffer.alloc(20)
          const length = writeBits(bytes, start, end, digits, 0)
          if (length > EXACT_DIGITS) asText(sourceOf(digits), 0, length, row, output, describe)
          else asNumber(digits.toString('latin1', 0, length), row, output)
        }
      case 'binary':
        return ({ bytes }, start, end, row, output, describe) => {
          refuseLongText(bytes, start, end, column, describe)
          put(output, open, row, TEXT_HEAD)
          output.length = writeBase64(bytes, start, end, output.buffer, output.length)
          append(output, TEXT_TAIL)
        }
      default:
        return asText
    }
  }
  if (column.transformedFrom === null) return asValue()
  return column.kind === 'text' || column.kind === 'json'
    ? asText
    : ifServerText(serverText(column, timeZone), asValue(), asText)
}

/**
 * For a column that a `row` function may have changed: writes a value if the server could have written it, otherwise
 * text.
 */
function ifServerText(own: ServerText, asValue: CellWriter, asText: CellWriter): CellWriter {
  return (source, start, end, row, output, describe) => {
    const given = source.bytes.toString('latin1', start, end)
    const text = own(given)
    if (text === null) asText(source, start, end, row, output, describe)
    else if (text === given) asValue(source, start, end, row, output, describe)
    else asValue(sourceOf(Buffer.from(text)), 0, text.length, row, output, describe)
  }
}

/** The most bytes that a cell takes, to reserve room before it is written. */
export function maxCellBytes(fieldBytes: number): number {
  return 96 + fieldBytes * MOST_ESCAPED_BYTES
}

/** The most bytes that a row of these columns takes in addition to its fields' own bytes. */
export function maxRowBytes(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + maxCellBytes(displayOf(column)?.mostBytes ?? 0), 96)
}

export function piece(xml: string): DataView {
  return wordsOf(Buffer.from(xml))
}

function put(output: Output, open: DataView, row: DataView, head: DataView): void {
  append(output, open)
  append(output, row)
  append(output, head)
}

/** Appends XML; room for it is already reserved. */
export function append(output: Output, xml: DataView): void {
  const { byteLength } = xml
  copyWords(xml, 0, byteLength, output.words, output.length)
  output.length += byteLength
}

/**
 * Whether a spreadsheet keeps all digits. FLOAT and DOUBLE always fit, unless a `row` function replaced them by a
 * longer integer.
 */
function keepsDigits({ kind, transformedFrom }: Column, bytes: Buffer, start: number, end: number): boolean {
  if (kind !== 'float') return significantDigits(bytes, start, end) <= EXACT_DIGITS
  return transformedFrom === null || isDouble(bytes.toString('latin1', start, end))
}

/** Counts digits without sign, point, leading zeros, and trailing zeros of a fraction. */
function significantDigits(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= EXACT_DIGITS) return end - start
  let digits = 0
  let zeros = 0
  let inFraction = false
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte === 0x2e) inFraction = true
    if (byte < 0x30 || byte > 0x39) continue
    if (byte === 0x30) {
      if (digits > 0) zeros++
      continue
    }
    digits += zeros + 1
    zeros = 0
  }
  return inFraction ? digits : digits + zeros
}

function refuseLongText(bytes: Buffer, start: number, end: number, column: Column, describe: () => string): void {
  const base64 = column.kind === 'binary'
  const units = base64 ? Math.ceil((end - start) / 3) * 4 : bytes.toString('utf8', start, end).length
  if (units <= MAX_TEXT_UNITS) return
  throw new TransformFailed(
    `${describe()}, column ${column.name}: the text has ${units} characters, but a spreadsheet's cell holds at most ${MAX_TEXT_UNITS}. ` +
      'Shorten it in the export, or request CSV.',
  )
}
