/** One cell of a row: how the columns of each kind are written, byte by byte, between the row's tags. */
import type { Column } from '../../batch.ts'
import { TransformFailed } from '../../errors.ts'
import type { Output } from '../../output.ts'
import { displayOf } from '../display.ts'
import { DATE_TEXT, NUMBER_TEXT, TIME_TEXT, writeBase64, writeBits } from '../text.ts'
import { columnName, columnStyle } from './parts.ts'
import { dateSerial, timeSerial } from './serial.ts'

/** More than 15 digits are not the same number any more once a spreadsheet has read them. */
const EXACT_DIGITS = 15
/** What a cell holds, in UTF-16 code units. */
const MAX_TEXT_UNITS = 32_767
/** The most that escaping makes of a byte: `_x0001_`. */
const ESCAPED_BYTES = 7

const NUMBER_HEAD = (style: number) => Buffer.from(`" s="${style}"><v>`)
const NUMBER_TAIL = Buffer.from('</v></c>')
const TEXT_HEAD = Buffer.from('" t="inlineStr"><is><t xml:space="preserve">')
const TEXT_TAIL = Buffer.from('</t></is></c>')

/** By byte: 0 is written as it is; 1 may need an escape. */
const SPECIAL = new Uint8Array(256)
SPECIAL.fill(1, 0, 0x20)
SPECIAL[0x09] = 0
SPECIAL[0x0a] = 0
for (const character of '&<>_') SPECIAL[character.charCodeAt(0)] = 1
const UNDERSCORE = 0x5f
/** Of U+F000 to U+FFFF in UTF-8. */
const LAST_LEAD = 0xef
SPECIAL[LAST_LEAD] = 1

/** Writes the field `bytes[start, end)`, which is not NULL; `row` is the row's number in its sheet as digits. */
export type CellWriter = (
  bytes: Buffer,
  start: number,
  end: number,
  row: Uint8Array,
  output: Output,
  describe: () => string,
) => void

/**
 * The writer of the i-th column of the file. What is shown in a format keeps its value: the cell's number format shows it.
 * What a spreadsheet has no value for is text, in the format too.
 */
export function cellWriter(column: Column, i: number): CellWriter {
  const display = displayOf(column)
  const open = Buffer.from(`<c r="${columnName(i)}`)
  const numberHead = NUMBER_HEAD(columnStyle(i))
  const asItIs: CellWriter = (bytes, start, end, row, output, describe) => {
    put(output, open, row, TEXT_HEAD)
    if (end - start > MAX_TEXT_UNITS) refuseLongText(bytes, start, end, column, describe)
    writeText(bytes, start, end, output)
    append(output, TEXT_TAIL)
  }
  const asText: CellWriter = (bytes, start, end, row, output, describe) => {
    if (display === null) return asItIs(bytes, start, end, row, output, describe)
    const text = Buffer.from(display.show(bytes, start, end, describe))
    asItIs(text, 0, text.length, row, output, describe)
  }
  const asNumber = (digits: string, row: Uint8Array, output: Output) => {
    put(output, open, row, numberHead)
    output.length += output.buffer.write(digits, output.length, 'latin1')
    append(output, NUMBER_TAIL)
  }
  const asSerial =
    (serial: (bytes: Uint8Array, start: number, end: number) => number | null): CellWriter =>
    (bytes, start, end, row, output, describe) => {
      const value = serial(bytes, start, end)
      if (value === null) asText(bytes, start, end, row, output, describe)
      else asNumber(String(value), row, output)
    }
  const asValue = (): CellWriter => {
    switch (column.kind) {
      case 'integer':
      case 'decimal':
      case 'year':
      case 'float':
        return (bytes, start, end, row, output, describe) => {
          if (column.kind !== 'float' && significantDigits(bytes, start, end) > EXACT_DIGITS) {
            asText(bytes, start, end, row, output, describe)
            return
          }
          put(output, open, row, numberHead)
          append(output, bytes.subarray(start, end))
          append(output, NUMBER_TAIL)
        }
      case 'date':
      case 'datetime':
      case 'timestamp':
        return asSerial(dateSerial)
      case 'time':
        return asSerial(timeSerial)
      case 'bit':
        return (bytes, start, end, row, output, describe) => {
          const digits = Buffer.alloc(20)
          const length = writeBits(bytes, start, end, digits, 0)
          if (length > EXACT_DIGITS) asText(digits, 0, length, row, output, describe)
          else asNumber(digits.toString('latin1', 0, length), row, output)
        }
      case 'binary':
        return (bytes, start, end, row, output, describe) => {
          if (Math.ceil((end - start) / 3) * 4 > MAX_TEXT_UNITS) refuseLongText(bytes, start, end, column, describe)
          put(output, open, row, TEXT_HEAD)
          output.length = writeBase64(bytes, start, end, output.buffer, output.length)
          append(output, TEXT_TAIL)
        }
      default:
        return asText
    }
  }
  return column.transformedFrom === null ? asValue() : ifServerText(column, asValue(), asText)
}

/** Behind a `row` function a value is only one if the server could have written it there. */
function ifServerText({ kind }: Column, asValue: CellWriter, asText: CellWriter): CellWriter {
  if (kind === 'text' || kind === 'json') return asText
  const isValue = (text: string) => {
    if (kind === 'time') return TIME_TEXT.test(text)
    if (kind === 'date' || kind === 'datetime' || kind === 'timestamp') return DATE_TEXT.test(text)
    return NUMBER_TEXT.test(text) && Number.isFinite(Number(text))
  }
  return (bytes, start, end, row, output, describe) => {
    const write = isValue(bytes.toString('latin1', start, end)) ? asValue : asText
    write(bytes, start, end, row, output, describe)
  }
}

/** What a cell takes at the most, so that its room can be reserved before it is written. */
export function maxCellBytes(fieldBytes: number): number {
  return 96 + fieldBytes * ESCAPED_BYTES
}

/** What a row of these columns takes beside its fields' own bytes. */
export function maxRowBytes(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + maxCellBytes(displayOf(column)?.mostBytes ?? 0), 96)
}

function put(output: Output, open: Uint8Array, row: Uint8Array, head: Uint8Array): void {
  append(output, open)
  append(output, row)
  append(output, head)
}

/** Short pieces: a loop is faster than a call of `set`. */
export function append(output: Output, bytes: Uint8Array): void {
  const { buffer } = output
  let at = output.length
  for (let i = 0; i < bytes.length; i++) buffer[at++] = bytes[i]!
  output.length = at
}

/**
 * Text as XML. What XML cannot hold becomes `_xHHHH_`, as spreadsheets write it (ECMA-376, 22.9.2.19), and so does an
 * underscore that would be read as the beginning of one.
 */
function writeText(bytes: Uint8Array, start: number, end: number, output: Output): void {
  const { buffer } = output
  let at = output.length
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (SPECIAL[byte] === 0 || (byte === UNDERSCORE && !startsEscape(bytes, i, end))) {
      buffer[at++] = byte
    } else if (byte === LAST_LEAD) {
      if (isNoCharacter(bytes, i)) {
        at += buffer.write(bytes[i + 2] === 0xbe ? '_xFFFE_' : '_xFFFF_', at, 'latin1')
        i += 2
      } else {
        buffer[at++] = byte
      }
    } else {
      at += buffer.write(escaped(byte), at, 'latin1')
    }
  }
  output.length = at
}

/** U+FFFE and U+FFFF, which XML does not have: https://www.w3.org/TR/xml/#charsets */
function isNoCharacter(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 1] === 0xbf && (bytes[at + 2] === 0xbe || bytes[at + 2] === 0xbf)
}

function escaped(byte: number): string {
  if (byte === 0x26) return '&amp;'
  if (byte === 0x3c) return '&lt;'
  if (byte === 0x3e) return '&gt;'
  return `_x00${byte.toString(16).toUpperCase().padStart(2, '0')}_`
}

function startsEscape(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 6 >= end || (bytes[at + 1]! | 0x20) !== 0x78 || bytes[at + 6] !== 0x5f) return false
  return /^[0-9a-f]{4}$/i.test(String.fromCharCode(...bytes.subarray(at + 2, at + 6)))
}

/** Without sign and point, without zeros in front, and without those at the end of a fraction. */
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
    `${describe()}, column ${column.name}: the text has ${units} characters, and a cell of a spreadsheet holds ${MAX_TEXT_UNITS}. ` +
      'Shorten it in the export, or request CSV.',
  )
}
