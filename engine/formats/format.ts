/**
 * The port a file format implements: rows in, bytes out. The pipeline around it owns everything else: reading, the
 * `row` function (whose rows come back as an ordinary batch), compression, parts, checksums, cutting into chunks.
 *
 * An encoder is opened once per chunk. It is called in this order:
 *   `head`  – only in the first chunk of the file's first range
 *   `rows`  – many times
 *   `tail`  – only at the end of the file's last range
 * A cuttable format keeps nothing between two rows that changes the bytes of the next one, so any number of encoders
 * one after another write the same bytes as one. A format that cannot be cut sees head, all rows and tail in one life.
 */
import type { Charset } from '../charsets/charset.ts'
import type { Batch } from '../rows/batch.ts'
import type { Column } from '../rows/column.ts'
import type { Output } from '../rows/output.ts'
import type { FormatFacts } from './facts.ts'

export interface Format extends FormatFacts {
  open(context: FormatContext): Encoder
}

/** What an encoder needs to know; the same in every chunk of a file. */
export interface FormatContext {
  /** The file's columns in their order; `column.index` is the field in a batch's row. */
  columns: readonly Column[]
  /** How many fields a row of a batch has: at least as many as there are columns. */
  fieldCount: number
  charset: Charset
  options: FormatOptions
  /** The session's time zone as the source had it (`+09:00`, `Asia/Tokyo`): what `timestamp` text is in. */
  timeZone: string
  /** A row of the batch at work for messages: `the row with id 42`, or `row 42` where the export has no key. */
  describeRow(row: number): string
}

/** Options of an export that formats look at. */
export interface FormatOptions {
  title: string
  csv: CsvOptions
}

export interface CsvOptions {
  /** One ASCII sign that is none of numbers, dates or base64; `,` by default (TSV has its tab). */
  delimiter?: string
  /** `\r\n` by default, as RFC 4180 has it. */
  lineEnding?: '\r\n' | '\n'
  /** What NULL becomes; nothing at all by default, while an empty string is written `""`. */
  nullText?: string
  /** Quote every field that is not NULL. */
  alwaysQuote?: boolean
  /**
   * Puts a single quote before a text that a spreadsheet would run as a formula, since it begins with `=`, `+`, `-`, `@`, a
   * tab or a line break, and quotes one with a comma, semicolon or tab, where some would begin a cell; true by default. Numbers,
   * dates and headings are never changed.
   * See https://owasp.org/www-community/attacks/CSV_Injection
   */
  neutralizeFormulas?: boolean
  /** What becomes of a character that the encoding lacks: `error` (the default) refuses the file, `replace` writes `?`. */
  unmappable?: 'error' | 'replace'
}

export interface Encoder {
  head(output: Output): void | Promise<void>
  /**
   * Encodes rows `from` ≤ i < `to` of the batch and returns the index of the first row it left out. It stops early after
   * the row with which `output.length` reaches `output.limit`, and never in the middle of a row; it always writes at
   * least one row. A format that keeps rows back (a row group, a sheet's compressor) may leave `output.length` as it is.
   */
  rows(batch: Batch, from: number, to: number, output: Output): number | Promise<number>
  tail(output: Output): void | Promise<void>
}
