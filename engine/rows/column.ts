import type { ColumnFormat } from '../formats/display/number.ts'

/**
 * The kind of a column's values, independent of the source. `text` is any string, also ENUM and SET; `binary` is bytes
 * without a character set (BLOB, BINARY, GEOMETRY); `bit` is BIT(n) as big-endian bytes; `float` is FLOAT and DOUBLE.
 */
export type ColumnKind =
  | 'integer'
  | 'decimal'
  | 'float'
  | 'text'
  | 'json'
  | 'binary'
  | 'bit'
  | 'date'
  | 'datetime'
  | 'timestamp'
  | 'time'
  | 'year'

export interface SourceColumn {
  name: string
  kind: ColumnKind
  unsigned: boolean
  nullable: boolean
  /**
   * Total digits of a `decimal`, bytes (1, 2, 3, 4, 8) of an `integer`, bits of a `bit`, 4 or 8 for a `float`;
   * otherwise null.
   */
  precision: number | null
  /**
   * Digits after the point of a `decimal`, fractional digits of a second of a temporal column (0 to 6); otherwise null.
   */
  scale: number | null
  /** Whether its numbers are padded with leading zeros to the column's width. */
  zerofill: boolean
  /**
   * What the server sorts the column by: its `value`, except that an ENUM or SET sorts by its `number` although it
   * compares as text, and a GEOMETRY has no order (`nothing`).
   */
  sortsBy: 'value' | 'number' | 'nothing'
}

/** A column of the file. */
export interface Column extends SourceColumn {
  /** Heading in the request's language. */
  heading: string
  /** How its values are shown; null writes them unchanged. */
  format: ColumnFormat | null
  /** The kind of the query's column if a `row` function may have replaced its values by any text; otherwise null. */
  transformedFrom: ColumnKind | null
  /** The index of the field in a row. */
  index: number
}
