import type { Cursor } from '../../../statemachine/contract.ts'
import { QueryFailed } from '../../../statemachine/errors.ts'

/** A value on its way to the server. It never becomes part of a statement's text. */
export interface Parameter {
  type: 'integer' | 'decimal' | 'double' | 'text' | 'bytes' | 'instant' | 'null'
  /** Wraps the bound `?` where the protocol's types are too few: integers would otherwise arrive as doubles or text. */
  expression: string
  /**
   * Represents the value in the statement. On MySQL a bare `?` gets its type from its surroundings, whatever is bound:
   * `ABS(?)` becomes a double, `CAST(? AS UNSIGNED)` a signed integer, `COALESCE(?, 0)` turns a text into a number. So
   * the marker states the type.
   * https://dev.mysql.com/doc/refman/8.4/en/prepare.html
   */
  marker: string
  value: string | number | Buffer | null
}

/**
 * Where a value occurs in the statement:
 * - `limit`: after LIMIT or OFFSET;
 * - `constant`: in other places where SQL allows only a constant, such as the number of rows that a window function
 * goes back;
 * - `compared`: beside `=` or `<`, in IN or BETWEEN. A number that is visibly a constant is compared as the column's
 * type: a date with 20260228;
 * - `unified`: among values that all get one type, where a text beside a number would become a number.
 */
export type Place = 'limit' | 'constant' | 'compared' | 'unified' | 'any'

/**
 * Returns the marker of a value in a statement. A text is a plain `?` almost everywhere, because it then takes the
 * character set and collation of what it is compared with. A double is also plain, because MySQL rounds a cast of it
 * when it looks it up in an index of integers.
 */
export function markerOf({ marker, type }: Parameter, place: Place): string {
  if (place === 'limit' || place === 'constant') return '?'
  if (place === 'compared' && type === 'integer') return '?'
  return place === 'unified' && type === 'text' ? 'CONCAT(?)' : marker
}

const MIN_SIGNED = -(2n ** 63n)
const MAX_SIGNED = 2n ** 63n - 1n
const MAX_UNSIGNED = 2n ** 64n - 1n
/** Digits of the longest DECIMAL. */
const MAX_DIGITS = 65

/** The latest instant that every server supports, in seconds: 2038-01-19. */
const LAST_INSTANT = 2 ** 31 - 1
/** The range of years of a DATETIME. */
const FIRST_YEAR = 1000
const LAST_YEAR = 9999

/**
 * Converts a value of an export's query; booleans are SQL keywords instead (`keywordOf`). Throws QueryFailed for values
 * that cannot be bound.
 */
export function toParameter(value: unknown): Parameter {
  switch (typeof value) {
    case 'string':
      if (value.isWellFormed()) return plain('text', value)
      throw new QueryFailed("The export's query has a text with an unpaired surrogate, which is not a character")
    case 'bigint':
      return integerParameter(value)
    case 'number':
      if (Number.isSafeInteger(value)) return integerParameter(BigInt(value))
      if (Number.isFinite(value)) return plain('double', value)
      break
    case 'object':
      if (value === null) return plain('null', value)
      if (value instanceof Uint8Array) return bytesParameter(Buffer.from(value))
      if (value instanceof Date && !Number.isNaN(value.getTime())) return instantParameter(value)
      break
  }
  throw new QueryFailed(`The export's query has a value that cannot be bound: ${describe(value)}`)
}

/**
 * Returns TRUE or FALSE for a boolean, null for any other value. As 0 or 1 it would not equal a boolean in a JSON
 * column.
 */
export function keywordOf(value: unknown): 'TRUE' | 'FALSE' | null {
  if (typeof value !== 'boolean') return null
  return value ? 'TRUE' : 'FALSE'
}

export function cursorParameter(cursor: Cursor): Parameter {
  switch (cursor.type) {
    case 'integer':
      return integerParameter(BigInt(cursor.value))
    case 'decimal': {
      const cast = `CAST(? AS DECIMAL(65, ${cursor.value.split('.')[1]?.length ?? 0}))`
      return { type: 'decimal', expression: cast, marker: cast, value: cursor.value }
    }
    case 'binary':
      return bytesParameter(Buffer.from(cursor.value, 'base64'))
    case 'temporal':
    case 'text':
      return plain('text', cursor.value)
  }
}

function plain(type: Parameter['type'], value: Parameter['value']): Parameter {
  return { type, expression: '?', marker: '?', value }
}

function bytesParameter(bytes: Buffer): Parameter {
  return { type: 'bytes', expression: 'UNHEX(?)', marker: 'CAST(? AS BINARY)', value: bytes.toString('hex') }
}

function integerParameter(value: bigint): Parameter {
  const cast = integerCastOf(value)
  return { type: 'integer', expression: cast, marker: cast, value: value.toString() }
}

function integerCastOf(value: bigint): string {
  if (value >= MIN_SIGNED && value <= MAX_SIGNED) return 'CAST(? AS SIGNED)'
  // The value goes through a DECIMAL: MySQL takes the ? of CAST(? AS UNSIGNED) for a signed integer and clamps it.
  if (value >= 0n && value <= MAX_UNSIGNED) return 'CAST(CAST(? AS DECIMAL(20)) AS UNSIGNED)'
  if (value.toString().replace('-', '').length <= MAX_DIGITS) return `CAST(? AS DECIMAL(${MAX_DIGITS}))`
  throw new QueryFailed(`The export's query has an integer of more than ${MAX_DIGITS} digits, which no column holds`)
}

/**
 * The server shows an instant in the session's time zone, as it does TIMESTAMP columns. Instants beyond its range would
 * become NULL, so they are counted from 1970 with the zone's offset at that time, up to the last moment of a DATETIME.
 */
function instantParameter(instant: Date): Parameter {
  const year = instant.getUTCFullYear()
  if (year < FIRST_YEAR || year > LAST_YEAR)
    throw new QueryFailed(
      `The export's query has a Date of the year ${year}: the database knows ${FIRST_YEAR} to ${LAST_YEAR}`,
    )
  const seconds = instant.getTime() / 1000
  const expression =
    seconds >= 0 && seconds < LAST_INSTANT
      ? 'FROM_UNIXTIME(CAST(? AS DECIMAL(20, 3)))'
      : `COALESCE(FROM_UNIXTIME(0) + INTERVAL CAST(? AS DECIMAL(20, 3)) SECOND, '${LAST_YEAR}-12-31 23:59:59.999')`
  return { type: 'instant', expression, marker: 'CAST(? AS DATETIME(3))', value: seconds.toFixed(3) }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list (use join([…]) from sql-template-tag)'
  if (value instanceof Date) return 'an invalid Date'
  if (typeof value === 'number') return String(value)
  return value !== null && typeof value === 'object' ? 'an object (bind JSON as text: JSON.stringify(…))' : typeof value
}
