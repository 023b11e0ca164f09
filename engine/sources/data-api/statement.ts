/** The statements of one export: its query wrapped, with named parameters. */
import type { SqlParameter } from '@aws-sdk/client-rds-data'
import type { Cursor } from '../../../statemachine/contract.ts'
import { collationOf } from '../mysql/collation.ts'
import { cursorParameter, markerOf, type Parameter, type Place } from '../mysql/parameter.ts'
import { endsWithLimit, queryText } from '../mysql/query-text.ts'
import { longestSortKey } from '../mysql/sort-length.ts'
import { ALL } from '../mysql/statement.ts'
import { quoteName, wrap } from '../mysql/wrapped.ts'
import type { KeyBounds, KeyQuery, RangeQuery } from '../source.ts'
import type { NamedStatement } from './api.ts'
import type { SelectedColumn } from './columns.ts'

/** The last field of a page that continues from a cursor: whether the row has the cursor's key. */
const SAME_KEY = 'carryout_same'

class Names {
  readonly parameters: SqlParameter[] = []

  /** Adds a value and returns the expression that represents it. */
  readonly add = (parameter: Parameter, place: Place = 'any'): string => {
    const name = `carryout_${this.parameters.length}`
    const isConstant = place === 'limit' || place === 'constant'
    const integer = isConstant ? Number(parameter.value) : Number.NaN
    if (Number.isSafeInteger(integer)) {
      this.parameters.push({ name, value: { longValue: integer } })
      return `:${name}`
    }
    this.parameters.push({ name, value: toField(parameter.value) })
    const { expression } = parameter
    const marker = markerOf(parameter, place)
    return (marker === expression ? marker : marker.replace('?', expression)).replace('?', `:${name}`)
  }

  query({ query }: Pick<RangeQuery, 'query'>): string {
    return queryText(query, this.add)
  }
}

function toField(value: Parameter['value']): NonNullable<SqlParameter['value']> {
  if (value === null) return { isNull: true }
  if (typeof value === 'string') return { stringValue: value }
  return typeof value === 'number' ? { doubleValue: value } : { blobValue: value }
}

/**
 * Returns the query's columns but no row.
 *
 * @param limited whether a LIMIT can be appended to the query
 */
export function describeStatement(query: RangeQuery, limited: boolean): NamedStatement {
  const names = new Names()
  const { before, from } = wrap(query, `${names.query(query)}${limited ? '\nLIMIT 0' : ''}`)
  return { text: `${before}SELECT * FROM ${from}${limited ? '' : ' LIMIT 0'}`, parameters: names.parameters }
}

/**
 * Returns the columns of a query that cannot be wrapped because two of them have the same name.
 *
 * @param twice for MariaDB, which wraps a parenthesized query with a LIMIT as a derived table, but not a part of a
 * UNION
 */
export function bareStatement(query: Pick<RangeQuery, 'query'>, { twice }: { twice: boolean }): NamedStatement {
  const names = new Names()
  const text = names.query(query)
  if (!endsWithLimit(query.query)) return { text: `${text}\nLIMIT 0`, parameters: names.parameters }
  const part = `(\n${text}\n)`
  return { text: `${part}${twice ? ` UNION ALL ${part}` : ''} LIMIT 0`, parameters: names.parameters }
}

/** Sums columns to learn their type: the sum of a BIT is unsigned, that of a TINYINT is not. */
export function sumsStatement(query: RangeQuery, columns: readonly SelectedColumn[]): NamedStatement {
  const names = new Names()
  const sums = columns.map((column) => `carryout.${quoteName(column.name)} + 0`)
  const { before, from } = wrap(query, names.query(query))
  return { text: `${before}SELECT ${sums.join(', ')} FROM ${from} LIMIT 0`, parameters: names.parameters }
}

/** Returns the key's collation but no row. */
export function collationStatement(query: Pick<RangeQuery, 'query' | 'names'> & { key: string }): NamedStatement {
  const names = new Names()
  const { key, ...wrapped } = wrap(query, names.query(query))
  return { text: collationOf({ ...wrapped, key: key! }), parameters: names.parameters }
}

/**
 * Returns one page of a range, in the key's order.
 *
 * Keys must be unique, including under their collation: `>` would skip a second row. So a page that continues from a
 * key begins with that key, and says for each row whether it is the same.
 */
export function pageStatement(
  query: RangeQuery & { key: string },
  { columns, after, rows }: { columns: readonly SelectedColumn[]; after: Cursor | null; rows: number },
): NamedStatement {
  const names = new Names()
  const { before, from, key } = wrap(query, names.query(query))
  const selected = columns.map(({ expression }, index) => `${expression} AS c${index}`)
  const bounds: string[] = []
  let limit = rows
  if (after) {
    const cursor = names.add(cursorParameter(after))
    selected.push(`${key} = ${cursor} AS ${SAME_KEY}`)
    limit++
    bounds.push(`${key} >= ${cursor}`)
  }
  if (query.upTo) {
    const upTo = names.add(cursorParameter(query.upTo))
    // NULL keys sort before the first range, which must include them to report them.
    bounds.push(after ? `${key} <= ${upTo}` : `(${key} <= ${upTo} OR ${key} IS NULL)`)
  }
  const where = bounds.length > 0 ? ` WHERE ${bounds.join(' AND ')}` : ''
  return {
    text: `${before}SELECT ${selected.join(', ')} FROM ${from}${where} ORDER BY ${key} LIMIT ${limit}`,
    parameters: names.parameters,
  }
}

/**
 * Reads a query without a key, whole and in its own order. MySQL keeps a derived table's order if it merges it
 * (https://dev.mysql.com/doc/refman/8.0/en/derived-table-optimization.html); a LIMIT makes MariaDB keep it.
 *
 * @param limited whether a LIMIT can be appended to the query; false if it already has one
 */
export function wholeStatement(
  query: RangeQuery,
  { columns, limited }: { columns: readonly SelectedColumn[]; limited: boolean },
): NamedStatement {
  const names = new Names()
  const selected = columns.map(({ expression }, index) => `${expression} AS c${index}`)
  const { before, from } = wrap(query, `${names.query(query)}${limited ? `\nLIMIT ${ALL}` : ''}`)
  return {
    text: `${before}SELECT ${selected.join(', ')} FROM ${from} LIMIT ${ALL}`,
    parameters: names.parameters,
  }
}

/** Reads keys without NULL: the first or the last `limit` of them, or all in any order for an EXPLAIN. */
export function keysStatement(
  query: KeyQuery,
  {
    column,
    bounds,
    some,
  }: { column: SelectedColumn; bounds: KeyBounds; some?: { limit: number; end: 'first' | 'last' } },
): NamedStatement {
  const names = new Names()
  const { before, from, key } = wrap(query, names.query(query))
  const conditions = bounds.after ? [`${key} > ${names.add(cursorParameter(bounds.after))}`] : [`${key} IS NOT NULL`]
  if (bounds.upTo) conditions.push(`${key} <= ${names.add(cursorParameter(bounds.upTo))}`)
  const order = some ? ` ORDER BY ${key}${some.end === 'last' ? ' DESC' : ''} LIMIT ${some.limit}` : ''
  const where = conditions.join(' AND ')
  return {
    text: `${before}SELECT ${column.expression} AS c0 FROM ${from} WHERE ${where}${order}`,
    parameters: names.parameters,
  }
}

/** Reads the whole range without pages, for the optimizer to estimate. */
export function rangeStatement(query: RangeQuery): NamedStatement {
  const names = new Names()
  const text = names.query(query)
  const { before, from, key } = wrap(query, text)
  if (key === undefined) return { text, parameters: names.parameters }
  const conditions: string[] = []
  if (query.after) conditions.push(`${key} > ${names.add(cursorParameter(query.after))}`)
  if (query.upTo) conditions.push(`${key} <= ${names.add(cursorParameter(query.upTo))}`)
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  return {
    text: `${before}SELECT * FROM ${from}${where} ORDER BY ${key}`,
    parameters: names.parameters,
  }
}

/** Returns the longest sort key in the range in bytes, or NULL if there are no rows. */
export function longestKeyStatement(query: RangeQuery & { key: string }): NamedStatement {
  const { text, parameters } = rangeStatement(query)
  const longest = longestSortKey(wrap(query, '').key!)
  return { text: `SELECT ${longest} AS longest FROM (\n${text}\n) AS carryout`, parameters }
}
