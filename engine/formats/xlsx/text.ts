/**
 * Text in a sheet's XML. A character that XML cannot contain becomes `_xHHHH_`, as spreadsheets write it (ECMA-376,
 * 22.9.2.19); an underscore that would be read as the beginning of such an escape is escaped as well.
 */
import { Output } from '../../rows/output.ts'
import { copyWords, specialIn, wordsOf } from '../../rows/words.ts'

/** The most bytes that escaping makes of one byte: `_x0001_`. */
export const MOST_ESCAPED_BYTES = 7

const UNDERSCORE = 0x5f
/** The first UTF-8 byte of U+F000 to U+FFFF. */
const LAST_LEAD = 0xef

/** By byte: 0 is written unchanged; 1 may need an escape. */
const SPECIAL = new Uint8Array(256)
SPECIAL.fill(1, 0, 0x20)
SPECIAL[0x09] = 0
SPECIAL[0x0a] = 0
for (const character of '&<>_') SPECIAL[character.charCodeAt(0)] = 1
SPECIAL[LAST_LEAD] = 1

/** Writes the text `bytes[start, end)` into an output with enough room; `words` is a view of the same bytes. */
export function writeText(bytes: Uint8Array, words: DataView, start: number, end: number, output: Output): void {
  if (isPlain(words, start, end)) {
    copyWords(words, start, end, output.words, output.length)
    output.length += end - start
    return
  }
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

/** Returns a cell's escaped text; for headings, since it makes strings. */
export function cellText(text: string): string {
  const bytes = Buffer.from(text)
  const output = new Output(0, bytes.length * MOST_ESCAPED_BYTES)
  writeText(bytes, wordsOf(bytes), 0, bytes.length, output)
  return output.written.toString()
}

/** Whether XML readers keep the text's spaces without an attribute: it neither begins nor ends with white space. */
export function keepsItsSpace(bytes: Uint8Array, start: number, end: number): boolean {
  return end === start || (bytes[start]! > 0x20 && bytes[end - 1]! > 0x20)
}

function isPlain(words: DataView, start: number, end: number): boolean {
  if (end - start < 4) return false
  const last = end - 4
  let found = specialIn(words.getInt32(last, true))
  for (let at = start; at < last; at += 4) found |= specialIn(words.getInt32(at, true))
  return found === 0
}

/** Whether the bytes are U+FFFE or U+FFFF, which are not XML characters: https://www.w3.org/TR/xml/#charsets */
function isNoCharacter(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 1] === 0xbf && (bytes[at + 2] === 0xbe || bytes[at + 2] === 0xbf)
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Escapes a text for an attribute in double quotes. */
export function attributeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!)
}

function escaped(byte: number): string {
  const entity = ENTITIES[String.fromCharCode(byte)]
  if (entity !== undefined) return entity
  return `_x00${byte.toString(16).toUpperCase().padStart(2, '0')}_`
}

/**
 * Whether an underscore here would be read as an escape. The escape's last underscore may itself begin the next one.
 */
function startsEscape(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 6 >= end || (bytes[at + 1]! | 0x20) !== 0x78 || !writesUnderscore(bytes, at + 6)) return false
  return /^[0-9a-f]{4}$/i.test(String.fromCharCode(...bytes.subarray(at + 2, at + 6)))
}

function writesUnderscore(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at]!
  if (byte === LAST_LEAD) return isNoCharacter(bytes, at)
  return byte === UNDERSCORE || (byte < 0x20 && SPECIAL[byte] === 1)
}
