import type { Encoding } from '../../statemachine/contract.ts'
import type { Output } from '../rows/output.ts'

/**
 * The encoding of a text format. Columns arrive in UTF-8. ASCII characters have the same bytes in every charset here,
 * so a format passes on only fields that contain a byte of 0x80 or more.
 */
export interface Charset {
  name: Encoding
  /** The name in a Content-Type header. */
  label: string
  /** The byte order mark, written once at the beginning of the file; empty if the charset has none. */
  mark: Uint8Array
  /**
   * Appends the UTF-8 text `source[start, end)` to the output in this charset, reserving room for it; null if the bytes
   * can be copied unchanged. Throws `Unmappable` at a character that the charset lacks, unless the policy is to replace
   * it.
   */
  write: ((source: Uint8Array, start: number, end: number, output: Output) => void) | null
}

/**
 * Thrown by a charset for a character that it lacks. The format, which knows the row and the column, turns it into an
 * `UnmappableCharacter`.
 */
export class Unmappable extends Error {
  constructor(character: string) {
    super(`the character ${character} (U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')})`)
    this.name = 'Unmappable'
  }
}

const none = new Uint8Array()

export const utf8: Charset = { name: 'utf-8', label: 'utf-8', mark: none, write: null }

/** UTF-8 with a byte order mark. Excel reads a CSV file without it in the system's legacy code page. */
export const utf8Bom: Charset = {
  name: 'utf-8-bom',
  label: 'utf-8',
  mark: Uint8Array.of(0xef, 0xbb, 0xbf),
  write: null,
}
