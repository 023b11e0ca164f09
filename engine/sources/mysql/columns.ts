import { locateFields } from '../../rows/batch.ts'
import type { ColumnKind, SourceColumn } from '../../rows/column.ts'

/** https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const kinds: Record<number, ColumnKind> = {
  0: 'decimal',
  1: 'integer',
  2: 'integer',
  3: 'integer',
  4: 'float',
  5: 'float',
  7: 'timestamp',
  8: 'integer',
  9: 'integer',
  10: 'date',
  11: 'time',
  12: 'datetime',
  13: 'year',
  14: 'date',
  16: 'bit',
  242: 'binary',
  245: 'json',
  246: 'decimal',
}
const INTEGER_BYTES: Record<number, number> = { 1: 1, 2: 2, 3: 4, 8: 8, 9: 3 }
const TYPE_FLOAT = 4
const TYPE_NULL = 6
const TYPE_ENUM = 247
const TYPE_SET = 248
const TYPE_VAR_STRING = 253
const TYPE_STRING = 254
const TYPE_GEOMETRY = 255
const FLAG_NOT_NULL = 0x1
const FLAG_UNSIGNED = 0x20
const FLAG_ZEROFILL = 0x40
const FLAG_ENUM = 0x100
const FLAG_SET = 0x800
/** The "character set" of binary columns, numbers and dates. */
const CHARSET_BINARY = 63
const FIXED_BYTES = 12

export interface ResultColumn extends SourceColumn {
  /** Whether it is a column of a table or a view, rather than an expression. */
  isOfTable: boolean
}

/**
 * Reads a column definition packet: six strings, MariaDB's extended metadata if it was negotiated, then fixed fields.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html
 * https://mariadb.com/kb/en/result-set-packets/#column-definition-packet
 */
export function readColumn(packet: Buffer): ResultColumn {
  const starts = new Int32Array(6)
  const ends = new Int32Array(6)
  const afterNames = locateFields(packet, 0, 6, starts, ends)
  const fixed = packet.length - FIXED_BYTES
  // MariaDB puts extended type information between the names and the fixed fields, before the byte of their length.
  const extended = packet.toString('latin1', afterNames, fixed)
  const charset = packet.readUInt16LE(fixed)
  const length = packet.readUInt32LE(fixed + 2)
  const type = packet[fixed + 6]!
  const flags = packet.readUInt16LE(fixed + 7)
  const decimals = packet[fixed + 9]!
  const unsigned = (flags & FLAG_UNSIGNED) !== 0
  const kind = extended.includes('json') ? 'json' : isAlwaysNull(type, charset, length) ? 'text' : kindOf(type, charset)
  return {
    name: packet.toString('utf8', starts[4], ends[4]),
    kind,
    unsigned,
    nullable: (flags & FLAG_NOT_NULL) === 0,
    precision: precisionOf(kind, type, length, decimals, unsigned),
    scale: scaleOf(kind, decimals),
    zerofill: (flags & FLAG_ZEROFILL) !== 0,
    sortsBy: orderOf(type, flags),
    isOfTable: ends[3]! > starts[3]!,
  }
}

/** What mysql2 reports for a column whose definition packet it has read. */
export interface Mysql2Field {
  name: string
  decimals: number
  columnType: number
  /** Bytes in the connection's character set. */
  columnLength: number
  characterSet: number
  flags: number
  /** MariaDB's extended format: `json` for a JSON column, which it stores as LONGTEXT. */
  extendedFormat?: string
}

/** Includes FLOAT(7,2), which the Data API cannot distinguish from other FLOATs. */
export function isFloat({ columnType }: Mysql2Field): boolean {
  return columnType === TYPE_FLOAT
}

/** Returns the properties of a column that decide whether it can be a key. */
export function keyColumn(
  name: string,
  { columnType, characterSet, flags, extendedFormat }: Mysql2Field,
): Pick<SourceColumn, 'name' | 'kind' | 'sortsBy'> {
  const kind = extendedFormat === 'json' ? 'json' : kindOf(columnType, characterSet)
  return { name, kind, sortsBy: orderOf(columnType, flags) }
}

function kindOf(type: number, charset: number): ColumnKind {
  return kinds[type] ?? (charset === CHARSET_BINARY || type === TYPE_GEOMETRY ? 'binary' : 'text')
}

/**
 * Whether it is a literal NULL. Servers have a type for it, but report it as bytes of length 0 once it is in a derived
 * table.
 */
function isAlwaysNull(type: number, charset: number, length: number): boolean {
  const isString = type === TYPE_VAR_STRING || type === TYPE_STRING
  return type === TYPE_NULL || (isString && charset === CHARSET_BINARY && length === 0)
}

function orderOf(type: number, flags: number): SourceColumn['sortsBy'] {
  if ((flags & (FLAG_ENUM | FLAG_SET)) !== 0 || type === TYPE_ENUM || type === TYPE_SET) return 'number'
  return type === TYPE_GEOMETRY ? 'nothing' : 'value'
}

function precisionOf(
  kind: ColumnKind,
  type: number,
  length: number,
  decimals: number,
  unsigned: boolean,
): number | null {
  if (kind === 'integer') return INTEGER_BYTES[type]!
  if (kind === 'float') return type === TYPE_FLOAT ? 4 : 8
  if (kind === 'bit') return length
  // A decimal's length includes its sign and its point.
  if (kind === 'decimal') return length - (unsigned ? 0 : 1) - (decimals > 0 ? 1 : 0)
  return null
}

function scaleOf(kind: ColumnKind, decimals: number): number | null {
  if (kind === 'decimal') return decimals
  // 31 means "not fixed" and occurs for expressions; the most is microseconds.
  if (kind === 'datetime' || kind === 'timestamp' || kind === 'time') return Math.min(decimals, 6)
  return null
}
