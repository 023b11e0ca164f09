import type { Cursor } from '../../../statemachine/contract.ts'
import { QueryFailed } from '../../../statemachine/errors.ts'
import type { RangeQuery } from '../source.ts'

/**
 * A statement with its values apart. They are sent as parameters of a binary prepared statement into user variables
 * (`SET @carryout_0 = CAST(? AS SIGNED)`), and used from there by an SQL-level `EXECUTE … USING`, because that is what
 * returns rows in the text protocol: the server's own exact text of every type.
 */
export interface Statement {
  /** With a `?` for each value. */
  text: string
  parameters: Parameter[]
}

export interface Parameter {
  /** Around the `?` where the protocol's types are too few: integers would arrive as doubles or as text. */
  expression: string
  value: string | number | Buffer | null
}

/** The export's query, cut to the range and put into the key's order; without a key as it is. */
export function rangeStatement(query: RangeQuery): Statement {
  const text = query.query.sql.replace(/[\s;]+$/, '')
  const parameters = query.query.values.map(toParameter)
  if (query.key === null) return { text, parameters }
  const key = `carryout.${quoteName(query.key)}`
  const bounds: string[] = []
  if (query.after) {
    bounds.push(`${key} > ?`)
    parameters.push(cursorParameter(query.after))
  }
  if (query.upTo) {
    // NULL keys lie before the first range. It must see them, to report them.
    bounds.push(query.after ? `${key} <= ?` : `(${key} <= ? OR ${key} IS NULL)`)
    parameters.push(cursorParameter(query.upTo))
  }
  const where = bounds.length > 0 ? ` WHERE ${bounds.join(' AND ')}` : ''
  // The line breaks end a comment that the query may end with.
  return { text: `SELECT * FROM (\n${text}\n) AS carryout${where} ORDER BY ${key}`, parameters }
}

/**
 * The keys alone, in their order and at most `limit` of them; all, in any order, for an EXPLAIN. NULL is left out: it is
 * no key, and the export itself reports it.
 */
export function keysStatement(
  query: RangeQuery & { key: string },
  some?: { limit: number; end: 'first' | 'last' },
): Statement {
  const { text, parameters } = rangeStatement({ ...query, key: null })
  const key = `carryout.${quoteName(query.key)}`
  const bounds = query.after ? [`${key} > ?`] : [`${key} IS NOT NULL`]
  if (query.after) parameters.push(cursorParameter(query.after))
  if (query.upTo) {
    bounds.push(`${key} <= ?`)
    parameters.push(cursorParameter(query.upTo))
  }
  const order = some ? ` ORDER BY ${key}${some.end === 'last' ? ' DESC' : ''} LIMIT ${some.limit}` : ''
  return { text: `SELECT ${key} FROM (\n${text}\n) AS carryout WHERE ${bounds.join(' AND ')}${order}`, parameters }
}

/** Whether two keys compare equal under the column's collation though their text differs: at most two rows. */
export function sameKeyStatement(query: RangeQuery, key: string, cursor: Cursor): Statement {
  const { text, parameters } = rangeStatement({ ...query, key: null })
  const column = `carryout.${quoteName(key)}`
  return {
    text: `SELECT ${column} FROM (\n${text}\n) AS carryout WHERE ${column} = ? LIMIT 2`,
    parameters: [...parameters, cursorParameter(cursor)],
  }
}

export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/**
 * How much of a key a server sorts by, in bytes: all. By default it is 1024, while `key > cursor` compares all of it, so
 * that of long keys which begin alike some would be passed over.
 * https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_max_sort_length
 */
export const MAX_SORT_LENGTH = 8_388_608

const MIN_SIGNED = -(2n ** 63n)
const MAX_SIGNED = 2n ** 63n - 1n
const MAX_UNSIGNED = 2n ** 64n - 1n
/** The digits of the longest DECIMAL. */
const MAX_DIGITS = 65

/** Up to where every server knows instants, in seconds: 2038-01-19. */
const LAST_INSTANT = 2 ** 31 - 1
/** The years that a DATETIME has. */
const FIRST_YEAR = 1000
const LAST_YEAR = 9999

export function toParameter(value: unknown): Parameter {
  switch (typeof value) {
    case 'string':
      return { expression: '?', value }
    case 'boolean':
      return { expression: 'CAST(? AS SIGNED)', value: value ? '1' : '0' }
    case 'bigint':
      return integerParameter(value)
    case 'number':
      if (Number.isSafeInteger(value)) return integerParameter(BigInt(value))
      if (Number.isFinite(value)) return { expression: '?', value }
      break
    case 'object':
      if (value === null) return { expression: '?', value }
      if (value instanceof Uint8Array) return { expression: 'UNHEX(?)', value: Buffer.from(value).toString('hex') }
      if (value instanceof Date && !Number.isNaN(value.getTime())) return instantParameter(value)
      break
  }
  const what = Array.isArray(value) ? 'a list (use join([…]) from sql-template-tag)' : typeof value
  throw new QueryFailed(`The export's query has a value that cannot be bound: ${what}`)
}

function integerParameter(value: bigint): Parameter {
  const text = value.toString()
  if (value >= MIN_SIGNED && value <= MAX_SIGNED) return { expression: 'CAST(? AS SIGNED)', value: text }
  if (value >= 0n && value <= MAX_UNSIGNED) return { expression: 'CAST(? AS UNSIGNED)', value: text }
  if (text.replace('-', '').length <= MAX_DIGITS)
    return { expression: `CAST(? AS DECIMAL(${MAX_DIGITS}))`, value: text }
  throw new QueryFailed(`The export's query has an integer of more than ${MAX_DIGITS} digits, which no column holds`)
}

/**
 * The server shows an instant in the session's time zone, as it does TIMESTAMP columns. Of one that it does not know as such it
 * would make a NULL: that is counted from 1970, with the zone's offset of then, and up to the last moment of a DATETIME.
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
      : `CAST(COALESCE(FROM_UNIXTIME(0) + INTERVAL CAST(? AS DECIMAL(20, 3)) SECOND, '${LAST_YEAR}-12-31 23:59:59.999') AS DATETIME(3))`
  return { expression, value: seconds.toFixed(3) }
}

export function cursorParameter(cursor: Cursor): Parameter {
  switch (cursor.type) {
    case 'integer':
      return integerParameter(BigInt(cursor.value))
    case 'decimal': {
      const digits = cursor.value.split('.')[1]?.length ?? 0
      return { expression: `CAST(? AS DECIMAL(65, ${digits}))`, value: cursor.value }
    }
    case 'binary':
      return { expression: 'UNHEX(?)', value: Buffer.from(cursor.value, 'base64').toString('hex') }
    case 'temporal':
    case 'text':
      return { expression: '?', value: cursor.value }
  }
}
