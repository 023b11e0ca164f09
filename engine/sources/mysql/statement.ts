import type { Cursor } from '../../../statemachine/contract.ts'
import type { RangeQuery } from '../source.ts'
import { collationOf } from './collation.ts'
import { cursorParameter, markerOf, type Parameter, type Place } from './parameter.ts'
import { endsWithLimit, queryText } from './query-text.ts'
import { wrap } from './wrapped.ts'

/**
 * A statement with its values apart. They are sent as parameters of a binary prepared statement into user variables
 * (`SET @carryout_0 = CAST(? AS SIGNED)`), and used from there by an SQL-level `EXECUTE … USING`, because that is what
 * returns rows in the text protocol: the server's own exact text of every type.
 */
export interface Statement {
  /** With a marker for each value. */
  text: string
  parameters: Parameter[]
}

/** As many as there are. Of 2⁶⁴ − 1 MySQL makes no limit at all, and then drops one that stands in parentheses before it. */
export const ALL = '9223372036854775807'

/** The values of a statement, in the order of their places in its text. */
class Values {
  readonly parameters: Parameter[] = []

  /** What stands for the value in the text. */
  readonly add = (parameter: Parameter, place: Place = 'any'): string => {
    this.parameters.push(parameter)
    return markerOf(parameter, place)
  }
}

/** The export's query as its author wrote it. */
export function bareStatement(query: Pick<RangeQuery, 'query'>): Statement {
  const { add, parameters } = new Values()
  return { text: queryText(query.query, add), parameters }
}

/** The export's query, cut to the range and put into the key's order; without a key as it is. */
export function rangeStatement(query: RangeQuery): Statement {
  const { add, parameters } = new Values()
  const text = queryText(query.query, add)
  const { all, before, from, key } = wrap(query, text)
  if (key === undefined) return query.floats ? wholeStatement(query, { text, parameters }) : { text, parameters }
  const bounds: string[] = []
  if (query.after) bounds.push(`${key} > ${add(cursorParameter(query.after))}`)
  if (query.upTo) {
    const upTo = add(cursorParameter(query.upTo))
    // NULL keys lie before the first range. It must see them, to report them.
    bounds.push(query.after ? `${key} <= ${upTo}` : `(${key} <= ${upTo} OR ${key} IS NULL)`)
  }
  const where = bounds.length > 0 ? ` WHERE ${bounds.join(' AND ')}` : ''
  return { text: `${before}SELECT ${all} FROM ${from}${where} ORDER BY ${key}`, parameters }
}

/** A query without a key whose columns are selected again. A LIMIT of all keeps its own order from being dropped. */
function wholeStatement(query: RangeQuery, { text, parameters }: Statement): Statement {
  const ordered = endsWithLimit(query.query) ? text : `${text}\nLIMIT ${ALL}`
  const { all, before, from } = wrap(query, ordered)
  return { text: `${before}SELECT ${all} FROM ${from} LIMIT ${ALL}`, parameters }
}

/**
 * The keys alone, in their order and at most `limit` of them; all, in any order, for an EXPLAIN. NULL is left out: it is
 * no key, and the export itself reports it.
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

/** Asks for the collation of the key, and no row. */
export function collationStatement(query: Pick<RangeQuery, 'query' | 'names' | 'floats'> & { key: string }): Statement {
  const { add, parameters } = new Values()
  const { key, ...wrapped } = wrap(query, queryText(query.query, add))
  return { text: collationOf({ ...wrapped, key: key! }), parameters }
}

/** Whether two keys compare equal under the column's collation though their text differs: at most two rows. */
export function sameKeyStatement(query: RangeQuery, cursor: Cursor): Statement {
  const { add, parameters } = new Values()
  const { before, from, key } = wrap(query, queryText(query.query, add))
  return {
    text: `${before}SELECT ${key} FROM ${from} WHERE ${key} = ${add(cursorParameter(cursor))} LIMIT 2`,
    parameters,
  }
}
