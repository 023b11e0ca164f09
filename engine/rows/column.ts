import type { ColumnFormat } from '../formats/display/number.ts'

/**
 * What a column holds, independent of the source.
 * `text` is any string, ENUM and SET too; `binary` is bytes without a character set (BLOB, BINARY, GEOMETRY);
 * `bit` is BIT(n), big-endian bytes; `float` is FLOAT and DOUBLE.
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
  /** Digits in all of a `decimal`, bytes (1, 2, 3, 4, 8) of an `integer`, bits of a `bit`, 4 or 8 for a `float`; else null. */
  precision: number | null
  /** Digits after the point of a `decimal`, digits of a second's fraction of a temporal column (0 to 6); else null. */
  scale: number | null
  /** Its numbers may begin with zeros, as wide as they are. */
  zerofill: boolean
  /**
   * What the server sorts it by: its value, unless it is an ENUM or SET, which sorts by its `number` but compares as text, or a
   * GEOMETRY, which has no order (`nothing`).
   */
  sortsBy: 'value' | 'number' | 'nothing'
}

/** A column of the file. */
export interface Column extends SourceColumn {
  /** In the request's language. */
  heading: string
  /** How its values are shown; null: as they are. */
  format: ColumnFormat | null
  /** Behind a `row` function, which may have put any text in a field's place: what the query's column holds; else null. */
  transformedFrom: ColumnKind | null
  /** Which field of a row it is. */
  index: number
}
