/**
 * Text as a sheet's XML has it. What XML cannot hold becomes `_xHHHH_`, as spreadsheets write it (ECMA-376, 22.9.2.19), and
 * so does an underscore that would be read as the beginning of one.
 */
import { Output } from '../../rows/output.ts'
import { copyWords, specialIn, wordsOf } from '../../rows/words.ts'

/** The most that escaping makes of a byte: `_x0001_`. */
export const MOST_ESCAPED_BYTES = 7

const UNDERSCORE = 0x5f
/** Of U+F000 to U+FFFF in UTF-8. */
const LAST_LEAD = 0xef

/** By byte: 0 is written as it is; 1 may need an escape. */
const SPECIAL = new Uint8Array(256)
SPECIAL.fill(1, 0, 0x20)
SPECIAL[0x09] = 0
SPECIAL[0x0a] = 0
for (const character of '&<>_') SPECIAL[character.charCodeAt(0)] = 1
SPECIAL[LAST_LEAD] = 1

/** Writes the text `bytes[start, end)` into an output that has room for it; `words` are the same bytes. */
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

/** For what is rare: a heading. */
export function cellText(text: string): string {
  const bytes = Buffer.from(text)
  const output = new Output(0, bytes.length * MOST_ESCAPED_BYTES)
  writeText(bytes, wordsOf(bytes), 0, bytes.length, output)
  return output.written.toString()
}

/** Whether readers of XML keep the text without being told to: it neither begins nor ends with what they call space. */
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

/** U+FFFE and U+FFFF, which XML does not have: https://www.w3.org/TR/xml/#charsets */
function isNoCharacter(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 1] === 0xbf && (bytes[at + 2] === 0xbe || bytes[at + 2] === 0xbf)
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Of a text between quotes. */
export function attributeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!)
}

function escaped(byte: number): string {
  const entity = ENTITIES[String.fromCharCode(byte)]
  if (entity !== undefined) return entity
  return `_x00${byte.toString(16).toUpperCase().padStart(2, '0')}_`
}

/** Its last underscore may be the first of another escape. */
function startsEscape(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 6 >= end || (bytes[at + 1]! | 0x20) !== 0x78 || !writesUnderscore(bytes, at + 6)) return false
  return /^[0-9a-f]{4}$/i.test(String.fromCharCode(...bytes.subarray(at + 2, at + 6)))
}

function writesUnderscore(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at]!
  if (byte === LAST_LEAD) return isNoCharacter(bytes, at)
  return byte === UNDERSCORE || (byte < 0x20 && SPECIAL[byte] === 1)
}
