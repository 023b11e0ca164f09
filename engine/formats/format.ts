/**
 * The port that a file format implements: rows in, bytes out. The pipeline around it does everything else: reading, the
 * `row` function (whose results arrive as an ordinary batch), compression, parts, checksums, cutting into chunks.
 *
 * An encoder is opened once per chunk and called in this order:
 * - `head` – only in the first chunk of the file's first range
 * - `rows` – many times
 * - `tail` – only at the end of the file's last range
 * A cuttable format keeps no state between two rows that changes the bytes of the next one, so several encoders in
 * sequence write the same bytes as one. A format that cannot be cut gets head, all rows and tail in one encoder.
 */
import type { Charset } from '../charsets/charset.ts'
import type { Batch } from '../rows/batch.ts'
import type { Column } from '../rows/column.ts'
import type { Output } from '../rows/output.ts'
import type { FormatFacts } from './facts.ts'

export interface Format extends FormatFacts {
  open(context: FormatContext): Encoder
}

/** What an encoder needs to know. It is the same in every chunk of a file. */
export interface FormatContext {
  /** The file's columns in order; `column.index` is the field's index in a row of a batch. */
  columns: readonly Column[]
  /** The number of fields in a row of a batch, at least the number of columns. */
  fieldCount: number
  charset: Charset
  options: FormatOptions
  /**
   * The session's time zone as the source reported it (`+09:00`, `Asia/Tokyo`), in which `timestamp` text is written.
   */
  timeZone: string
  /** Names a row of the current batch in messages: `the row with id 42`, or `row 42` if the export has no key. */
  describeRow(row: number): string
}

/** The options of an export that formats use. */
export interface FormatOptions {
  title: string
  csv: CsvOptions
}

export interface CsvOptions {
  /**
   * One ASCII punctuation character that does not occur in numbers, dates or base64; `,` by default. TSV always uses a
   * tab.
   */
  delimiter?: string
  /** `\r\n` by default, as RFC 4180 requires. */
  lineEnding?: '\r\n' | '\n'
  /** The text for NULL; empty by default, while an empty string is written `""`. */
  nullText?: string
  /** Quote every field that is not NULL. */
  alwaysQuote?: boolean
  /**
   * Prefixes a single quote to a text that a spreadsheet would run as a formula because it begins with `=`, `+`, `-`,
   * `@`, a tab or a line break. Also quotes texts with a comma, semicolon or tab, where some spreadsheets would begin a
   * new cell. True by default. Numbers, dates and headings are never changed.
   * See https://owasp.org/www-community/attacks/CSV_Injection
   */
  neutralizeFormulas?: boolean
  /**
   * What happens to a character that the encoding lacks: `error` (the default) fails the export, `replace` writes `?`.
   */
  unmappable?: 'error' | 'replace'
}

export interface Encoder {
  head(output: Output): void | Promise<void>
  /**
   * Encodes rows `from` ≤ i < `to` of the batch and returns the index of the first row that it did not encode. It stops
   * after the row with which `output.length` reaches `output.limit`, never in the middle of a row, and always encodes
   * at least one row. A format that buffers rows (a row group, a sheet's compressor) may leave `output.length`
   * unchanged.
   */
  rows(batch: Batch, from: number, to: number, output: Output): number | Promise<number>
  tail(output: Output): void | Promise<void>
}
