/**
 * What a column of a result is, in the Data API's words: those of JDBC, on which it was built.
 *
 * Known, from answers that others have published (https://github.com/jeremydaly/data-api-client, fixtures and
 * integration tests against Aurora MySQL 3): the members and their order, `INT UNSIGNED`, `VARCHAR`, `TIMESTAMP` with
 * precision 19 and scale 0; TINYINT(1) comes as a booleanValue, which is Connector/J's `tinyInt1isBit`, so its typeName
 * is BIT. Assumed, after Connector/J: the precision of dates with fractions, the names of the types of text and bytes.
 */
import type { FieldPacket } from 'mysql2'

/** mysql2's column, with members that its types omit. */
export type ResultColumn = FieldPacket & {
  columnLength: number
  columnType: number
  characterSet: number
  decimals: number
  /** MariaDB's extended format: `json`. */
  extendedFormat?: string
}

/** How values are rendered. */
export type Rendering = 'long' | 'double' | 'float' | 'decimal' | 'string' | 'blob' | 'boolean' | 'bit1' | 'year'

export interface DescribedColumn {
  rendering: Rendering
  metadata: ColumnMetadata
}

export interface ColumnMetadata {
  arrayBaseColumnType: number
  isAutoIncrement: boolean
  isCaseSensitive: boolean
  isCurrency: boolean
  isSigned: boolean
  label: string
  name: string
  nullable: number
  precision: number
  scale: number
  schemaName: string
  tableName: string
  type: number
  typeName: string
}

const CHARSET_BINARY = 63
const FLAG = { notNull: 1, unsigned: 32, enum: 256, autoIncrement: 512, set: 2048 } as const
/** The connection uses utf8mb4: lengths are in bytes, precisions in characters. */
const BYTES_PER_CHARACTER = 4

interface TypeFacts {
  name: string
  /** https://docs.oracle.com/en/java/javase/21/docs/api/constant-values.html#java.sql.Types.ARRAY */
  jdbc: number
  rendering: Rendering
  precision: number
  scale?: number
  numeric?: boolean
}

export function describeColumn(column: ResultColumn): DescribedColumn {
  const flags = Number(column.flags)
  const unsigned = (flags & FLAG.unsigned) !== 0
  const facts = factsOf(column, flags, unsigned)
  return {
    rendering: facts.rendering,
    metadata: {
      arrayBaseColumnType: 0,
      isAutoIncrement: (flags & FLAG.autoIncrement) !== 0,
      isCaseSensitive: false,
      isCurrency: false,
      isSigned: facts.numeric === true && !unsigned,
      label: column.name,
      name: column.orgName || column.name,
      nullable: (flags & FLAG.notNull) !== 0 ? 0 : 1,
      precision: facts.precision,
      scale: facts.scale ?? 0,
      schemaName: '',
      tableName: column.orgTable ?? '',
      type: facts.jdbc,
      typeName: facts.numeric && unsigned ? `${facts.name} UNSIGNED` : facts.name,
    },
  }
}

/** https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
function factsOf(column: ResultColumn, flags: number, unsigned: boolean): TypeFacts {
  const { columnType: type, columnLength: length, decimals } = column
  const integer = (name: string, jdbc: number, precision: number): TypeFacts => {
    return { name, jdbc, precision, rendering: 'long', numeric: true }
  }
  switch (type) {
    case 1:
      return length === 1 && !unsigned
        ? { name: 'BIT', jdbc: -7, precision: 1, rendering: 'boolean' }
        : integer('TINYINT', -6, 3)
    case 2:
      return integer('SMALLINT', 5, 5)
    case 9:
      return integer('MEDIUMINT', 4, unsigned ? 8 : 7)
    case 3:
      return integer('INT', 4, 10)
    case 8:
      return integer('BIGINT', -5, unsigned ? 20 : 19)
    case 0:
    case 246:
      return {
        name: 'DECIMAL',
        jdbc: 3,
        rendering: 'decimal',
        numeric: true,
        precision: length - (unsigned ? 0 : 1) - (decimals > 0 ? 1 : 0),
        scale: decimals,
      }
    case 4:
      return { name: 'FLOAT', jdbc: 7, precision: 12, rendering: 'float', numeric: true }
    case 5:
      return { name: 'DOUBLE', jdbc: 8, precision: 22, rendering: 'double', numeric: true }
    case 16:
      return { name: 'BIT', jdbc: -7, precision: length, rendering: length === 1 ? 'bit1' : 'blob' }
    case 10:
    case 14:
      return { name: 'DATE', jdbc: 91, precision: 10, rendering: 'string' }
    case 11:
      return { name: 'TIME', jdbc: 92, precision: length, rendering: 'string' }
    case 7:
      return { name: 'TIMESTAMP', jdbc: 93, precision: length, rendering: 'string' }
    case 12:
      return { name: 'DATETIME', jdbc: 93, precision: length, rendering: 'string' }
    case 13:
      return { name: 'YEAR', jdbc: 91, precision: 4, rendering: 'year' }
    case 245:
      return { name: 'JSON', jdbc: -1, precision: length, rendering: 'string' }
    case 242:
      return { name: 'VECTOR', jdbc: -4, precision: length, rendering: 'blob' }
    case 255:
      return { name: 'GEOMETRY', jdbc: -2, precision: length, rendering: 'blob' }
  }
  const characters = Math.floor(length / BYTES_PER_CHARACTER)
  if (column.extendedFormat === 'json') return { name: 'JSON', jdbc: -1, precision: characters, rendering: 'string' }
  if ((flags & FLAG.enum) !== 0 || type === 247) {
    return { name: 'ENUM', jdbc: 1, precision: characters, rendering: 'string' }
  }
  if ((flags & FLAG.set) !== 0 || type === 248) {
    return { name: 'SET', jdbc: 1, precision: characters, rendering: 'string' }
  }
  const isBlob = type >= 249 && type <= 252
  if (column.characterSet === CHARSET_BINARY && type !== 6) {
    if (isBlob) return { name: blobName(length, 'BLOB'), jdbc: -4, precision: length, rendering: 'blob' }
    return type === 254
      ? { name: 'BINARY', jdbc: -2, precision: length, rendering: 'blob' }
      : { name: 'VARBINARY', jdbc: -3, precision: length, rendering: 'blob' }
  }
  if (isBlob) return { name: blobName(characters, 'TEXT'), jdbc: -1, precision: characters, rendering: 'string' }
  return type === 254
    ? { name: 'CHAR', jdbc: 1, precision: characters, rendering: 'string' }
    : { name: 'VARCHAR', jdbc: 12, precision: characters, rendering: 'string' }
}

/** Named by length, as in Connector/J, because the protocol has one type for all sizes. */
function blobName(length: number, kind: 'BLOB' | 'TEXT'): string {
  if (length <= 255) return `TINY${kind}`
  if (length <= 65_535) return kind
  return length <= 16_777_215 ? `MEDIUM${kind}` : `LONG${kind}`
}
