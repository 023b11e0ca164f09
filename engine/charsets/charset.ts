import type { Encoding } from '../../statemachine/contract.ts'
import type { Output } from '../rows/output.ts'

/**
 * The encoding of a text format. Columns arrive in UTF-8; ASCII means the same in every charset here, so a format
 * hands over only fields that hold a byte of 0x80 or more.
 */
export interface Charset {
  name: Encoding
  /** In a Content-Type header. */
  label: string
  /** Written once, before everything else. */
  mark: Uint8Array
  /**
   * Appends `source[start, end)`, UTF-8, to the output in this charset; null where that is a plain copy. Reserves its
   * own room. Throws `Unmappable` at a character that the charset lacks, unless it replaces.
   */
  write: ((source: Uint8Array, start: number, end: number, output: Output) => void) | null
}

/** Thrown by a charset; the format, which knows row and column, makes an `UnmappableCharacter` of it. */
export class Unmappable extends Error {
  readonly character: string
  constructor(character: string) {
    super(`the character ${character} (U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')})`)
    this.name = 'Unmappable'
    this.character = character
  }
}

const none = new Uint8Array()

export const utf8: Charset = { name: 'utf-8', label: 'utf-8', mark: none, write: null }

/** Excel takes a CSV without this mark for the system's legacy code page. */
export const utf8Bom: Charset = {
  name: 'utf-8-bom',
  label: 'utf-8',
  mark: Uint8Array.of(0xef, 0xbb, 0xbf),
  write: null,
}
