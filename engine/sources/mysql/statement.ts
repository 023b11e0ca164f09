import type { Cursor } from '../../../statemachine/contract.ts'
import type { RangeQuery } from '../source.ts'
import { collationOf } from './collation.ts'
import { cursorParameter, markerOf, type Parameter, type Place } from './parameter.ts'
import { endsWithLimit, queryText } from './query-text.ts'
import { wrap } from './wrapped.ts'

/**
 * A statement with its values kept separate. They are sent as parameters of a binary prepared statement into user
 * variables (`SET @carryout_0 = CAST(? AS SIGNED)`) and used by an SQL-level `EXECUTE … USING`, which returns rows in
 * the text protocol: the server's own exact text of every type.
 */
export interface Statement {
  /** The statement's text, with a marker for each value. */
  text: string
  parameters: Parameter[]
}

/** A LIMIT of all rows. MySQL ignores a limit of 2⁶⁴ − 1, and then drops the one in parentheses before it. */
export const ALL = '9223372036854775807'

/** A statement's values, in the order of their places in its text. */
class Values {
  readonly parameters: Parameter[] = []

  /** Adds a value and returns what represents it in the text. */
  readonly add = (parameter: Parameter, place: Place = 'any'): string => {
    this.parameters.push(parameter)
    return markerOf(parameter, place)
  }
}

/** Returns the export's query as its author wrote it. */
export function bareStatement(query: Pick<RangeQuery, 'query'>): Statement {
  const { add, parameters } = new Values()
  return { text: queryText(query.query, add), parameters }
}

/** Returns the export's query, cut to the range and in the key's order; without a key it is unchanged. */
export function rangeStatement(query: RangeQuery): Statement {
  const { add, parameters } = new Values()
  const text = queryText(query.query, add)
  const { all, before, from, key } = wrap(query, text)
  if (key === undefined) return query.floats ? wholeStatement(query, { text, parameters }) : { text, parameters }
  const bounds: string[] = []
  if (query.after) bounds.push(`${key} > ${add(cursorParameter(query.after))}`)
  if (query.upTo) {
    const upTo = add(cursorParameter(query.upTo))
    // NULL keys sort before the first range, which must include them to report them.
    bounds.push(query.after ? `${key} <= ${upTo}` : `(${key} <= ${upTo} OR ${key} IS NULL)`)
  }
  const where = bounds.length > 0 ? ` WHERE ${bounds.join(' AND ')}` : ''
  return { text: `${before}SELECT ${all} FROM ${from}${where} ORDER BY ${key}`, parameters }
}

/** Wraps a query without a key whose columns must be selected again. A LIMIT of all rows keeps its own order. */
function wholeStatement(query: RangeQuery, { text, parameters }: Statement): Statement {
  const ordered = endsWithLimit(query.query) ? text : `${text}\nLIMIT ${ALL}`
  const { all, before, from } = wrap(query, ordered)
  return { text: `${before}SELECT ${all} FROM ${from} LIMIT ${ALL}`, parameters }
}

/**
 * Reads keys: at most `limit` of them in order, or all in any order for an EXPLAIN. NULL is left out, since the export
 * itself reports it.
 */
export function keysStatement(
  query: RangeQuery & { key: string },
  some?: { limit: number; end: 'first' | 'last' },
): Statement {
  const { add, parameters } = new Values()
  const { before, from, key } = wrap(query, queryText(query.query, add))
  const bounds = [query.after ? `${key} > ${add(cursorParameter(query.after))}` : `${key} IS NOT NULL`]
  if (query.upTo) bounds.push(`${key} <= ${add(cursorParameter(query.upTo))}`)
  const order = some ? ` ORDER BY ${key}${some.end === 'last' ? ' DESC' : ''} LIMIT ${some.limit}` : ''
  return { text: `${before}SELECT ${key} FROM ${from} WHERE ${bounds.join(' AND ')}${order}`, parameters }
}

/** Returns the key's collation but no row. */
export function collationStatement(query: Pick<RangeQuery, 'query' | 'names' | 'floats'> & { key: string }): Statement {
  const { add, parameters } = new Values()
  const { key, ...wrapped } = wrap(query, queryText(query.query, add))
  return { text: collationOf({ ...wrapped, key: key! }), parameters }
}

/**
 * Finds whether two keys compare equal under the column's collation although their text differs; returns at most two
 * rows.
 */
export function sameKeyStatement(query: RangeQuery, cursor: Cursor): Statement {
  const { add, parameters } = new Values()
  const { before, from, key } = wrap(query, queryText(query.query, add))
  return {
    text: `${before}SELECT ${key} FROM ${from} WHERE ${key} = ${add(cursorParameter(cursor))} LIMIT 2`,
    parameters,
  }
}
