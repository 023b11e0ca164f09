/**
 * The columns of a query, from the Data API's metadata, and how each is selected: as the server's own text (or bytes),
 * so that a value arrives as the text protocol would have sent it. Left to itself the Data API makes a boolean of TINYINT(1) and
 * doubles of FLOAT, and knows neither SET nor geometry.
 *
 * https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ColumnMetadata.html
 */
import type { ColumnMetadata } from '@aws-sdk/client-rds-data'
import type { ColumnKind, SourceColumn } from '../../rows/column.ts'
import { quoteName } from '../mysql/wrapped.ts'

export interface SelectedColumn extends SourceColumn {
  /** What is selected of the derived table `carryout`. */
  expression: string
  /** How a `stringValue` stands for the value's bytes. */
  arrives: 'text' | 'number' | 'hex'
  /** What a text's or a binary's type allows, in bytes; 0 where the Data API does not say. */
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
/** The characters of `2026-01-01 00:00:00` and of `-838:59:59`; a fraction adds its point and its digits. */
const DATETIME_LENGTH = 19
const TIME_LENGTH = 10
/** Of utf8mb4, in bytes. */
const LONGEST_CHARACTER = 4

export function selectColumn(metadata: ColumnMetadata): SelectedColumn {
  const [typeName, ...rest] = (metadata.typeName ?? '').toUpperCase().split(/[\s(]+/)
  // Bytes of no length are a literal NULL, as a direct connection has it.
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

/** Of a column that the Data API calls BIT though it is a TINYINT(1). */
export function selectTinyInt(column: SelectedColumn): SelectedColumn {
  const integer: SourceColumn = { ...column, kind: 'integer', unsigned: false, precision: 1, scale: null }
  return { ...column, ...integer, ...selectionOf(integer, 'TINYINT') }
}

function selectionOf({ name, kind }: SourceColumn, typeName: string): Pick<SelectedColumn, 'expression' | 'arrives'> {
  const column = `carryout.${quoteName(name)}`
  // A string of a BIT's bytes: HEX of the number itself would drop the leading zeros.
  if (kind === 'bit') return { expression: `HEX(CAST(${column} AS BINARY))`, arrives: 'hex' }
  if (typeName === 'FLOAT') {
    return { expression: `CAST(${column} + 0e0 AS CHAR CHARACTER SET utf8mb4)`, arrives: 'text' }
  }
  if (kind === 'float') return { expression: textOfDouble(column), arrives: 'number' }
  if (kind !== 'binary') return { expression: `CAST(${column} AS CHAR CHARACTER SET utf8mb4)`, arrives: 'text' }
  // Bytes are what the Data API does carry, at less than the length of HEX. What it does not know it gets as HEX.
  return /BLOB$|BINARY$/.test(typeName)
    ? { expression: column, arrives: 'hex' }
    : { expression: `HEX(${column})`, arrives: 'hex' }
}

/**
 * A server makes text of an expression's double in 22 characters, and rounds what is longer: a small negative number of 17 digits,
 * and those with an exponent of three digits, of which MySQL's JSON has all digits.
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

/** JDBC, whose words these are, knows no scale of dates: it shows in their length. */
function scaleOf(kind: ColumnKind, { precision = 0, scale = 0 }: ColumnMetadata): number | null {
  if (kind === 'decimal') return scale
  if (kind !== 'datetime' && kind !== 'timestamp' && kind !== 'time') return null
  const longer = precision - (kind === 'time' ? TIME_LENGTH : DATETIME_LENGTH) - 1
  return Math.min(6, Math.max(0, scale > 0 ? scale : longer))
}
