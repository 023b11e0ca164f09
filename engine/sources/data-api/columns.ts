/**
 * The columns of a query according to the Data API's metadata, and the expression that selects each as the server's own
 * text (or bytes), so that a value arrives as the text protocol would send it. By itself the Data API turns TINYINT(1)
 * into booleans and FLOAT into doubles, and supports neither SET nor geometry.
 *
 * https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ColumnMetadata.html
 */
import type { ColumnMetadata } from '@aws-sdk/client-rds-data'
import type { ColumnKind, SourceColumn } from '../../rows/column.ts'
import { quoteName } from '../mysql/wrapped.ts'

export interface SelectedColumn extends SourceColumn {
  /** The expression that is selected from the derived table `carryout`. */
  expression: string
  /** How a `stringValue` represents the value's bytes. */
  arrives: 'text' | 'number' | 'hex'
  /** The maximum length of a text or binary type in bytes; 0 if the Data API does not report it. */
  declaredBytes: number
}

const kinds: Record<string, ColumnKind> = {
  TINYINT: 'integer',
  SMALLINT: 'integer',
  MEDIUMINT: 'integer',
  INT: 'integer',
  INTEGER: 'integer',
  BIGINT: 'integer',
  BOOL: 'integer',
  BOOLEAN: 'integer',
  DECIMAL: 'decimal',
  NUMERIC: 'decimal',
  FLOAT: 'float',
  REAL: 'float',
  DOUBLE: 'float',
  BIT: 'bit',
  DATE: 'date',
  TIME: 'time',
  DATETIME: 'datetime',
  TIMESTAMP: 'timestamp',
  YEAR: 'year',
  JSON: 'json',
  BINARY: 'binary',
  VARBINARY: 'binary',
  TINYBLOB: 'binary',
  BLOB: 'binary',
  MEDIUMBLOB: 'binary',
  LONGBLOB: 'binary',
  VECTOR: 'binary',
}
const SPATIAL = new Set(
  'GEOMETRY POINT LINESTRING POLYGON MULTIPOINT MULTILINESTRING MULTIPOLYGON GEOMETRYCOLLECTION GEOMCOLLECTION'.split(
    ' ',
  ),
)
const INTEGER_BYTES: Record<string, number> = { BOOL: 1, BOOLEAN: 1, TINYINT: 1, SMALLINT: 2, MEDIUMINT: 3, BIGINT: 8 }
/** Lengths of `2026-01-01 00:00:00` and `-838:59:59`; a fraction adds its point and digits. */
const DATETIME_LENGTH = 19
const TIME_LENGTH = 10
/** Bytes of the longest character in utf8mb4. */
const LONGEST_CHARACTER = 4

export function selectColumn(metadata: ColumnMetadata): SelectedColumn {
  const [typeName, ...rest] = (metadata.typeName ?? '').toUpperCase().split(/[\s(]+/)
  // Bytes of length 0 are a literal NULL, as on a direct connection.
  const isAlwaysNull = /^(VAR)?BINARY$/.test(typeName!) && !metadata.precision
  const kind = isAlwaysNull ? 'text' : SPATIAL.has(typeName!) ? 'binary' : (kinds[typeName!] ?? 'text')
  const isNumber = kind === 'integer' || kind === 'decimal' || kind === 'float'
  const column: SourceColumn = {
    name: metadata.label || metadata.name || '',
    kind,
    unsigned:
      kind === 'bit' || kind === 'year' || rest.includes('UNSIGNED') || (isNumber && metadata.isSigned === false),
    nullable: metadata.nullable !== 0,
    precision: precisionOf(kind, typeName!, metadata),
    scale: scaleOf(kind, metadata),
    zerofill: rest.includes('ZEROFILL'),
    sortsBy: typeName === 'ENUM' || typeName === 'SET' ? 'number' : SPATIAL.has(typeName!) ? 'nothing' : 'value',
  }
  const declaredBytes = (metadata.precision ?? 0) * (kind === 'text' ? LONGEST_CHARACTER : 1)
  return { ...column, ...selectionOf(column, typeName!), declaredBytes }
}

/** Returns the selection for a column that the Data API reports as BIT although it is a TINYINT(1). */
export function selectTinyInt(column: SelectedColumn): SelectedColumn {
  const integer: SourceColumn = { ...column, kind: 'integer', unsigned: false, precision: 1, scale: null }
  return { ...column, ...integer, ...selectionOf(integer, 'TINYINT') }
}

function selectionOf({ name, kind }: SourceColumn, typeName: string): Pick<SelectedColumn, 'expression' | 'arrives'> {
  const column = `carryout.${quoteName(name)}`
  // CAST makes a string of a BIT's bytes: HEX of the number would drop leading zeros.
  if (kind === 'bit') return { expression: `HEX(CAST(${column} AS BINARY))`, arrives: 'hex' }
  if (typeName === 'FLOAT') {
    return { expression: `CAST(${column} + 0e0 AS CHAR CHARACTER SET utf8mb4)`, arrives: 'text' }
  }
  if (kind === 'float') return { expression: textOfDouble(column), arrives: 'number' }
  if (kind !== 'binary') return { expression: `CAST(${column} AS CHAR CHARACTER SET utf8mb4)`, arrives: 'text' }
  // The Data API can carry bytes, in less space than HEX. A type that it does not know is read as HEX.
  return /BLOB$|BINARY$/.test(typeName)
    ? { expression: column, arrives: 'hex' }
    : { expression: `HEX(${column})`, arrives: 'hex' }
}

/**
 * Selects a double's exact text. A server converts an expression's double to at most 22 characters and rounds longer
 * ones: small negative numbers of 17 digits, and those with a three-digit exponent. MySQL's JSON keeps all digits.
 */
function textOfDouble(column: string): string {
  const json = `TRIM(TRAILING ']' FROM TRIM(LEADING '[' FROM JSON_ARRAY(${column})))`
  const far = `${column} <> 0 AND ABS(${column}) NOT BETWEEN 1e-99 AND 1e99`
  const exact = `IF(${far}, ${json}, IF(${column} BETWEEN -1e-9 AND -1e-99, CONCAT('-', ABS(${column})), ${column}))`
  return `CAST(${exact} AS CHAR CHARACTER SET utf8mb4)`
}

function precisionOf(kind: ColumnKind, typeName: string, { precision = 0 }: ColumnMetadata): number | null {
  if (kind === 'integer') return INTEGER_BYTES[typeName] ?? 4
  if (kind === 'float') return typeName === 'FLOAT' ? 4 : 8
  return kind === 'bit' || kind === 'decimal' ? precision : null
}

/**
 * Returns a column's scale. The metadata uses JDBC's terms, which give no scale for dates: it follows from their
 * length.
 */
function scaleOf(kind: ColumnKind, { precision = 0, scale = 0 }: ColumnMetadata): number | null {
  if (kind === 'decimal') return scale
  if (kind !== 'datetime' && kind !== 'timestamp' && kind !== 'time') return null
  const longer = precision - (kind === 'time' ? TIME_LENGTH : DATETIME_LENGTH) - 1
  return Math.min(6, Math.max(0, scale > 0 ? scale : longer))
}
