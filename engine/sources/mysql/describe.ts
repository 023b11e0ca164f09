/** What a query gives, before it runs. */
import { QueryFailed } from '../../../statemachine/errors.ts'
import { cursorTypeOf } from '../../keys/key.ts'
import type { RangeQuery } from '../source.ts'
import { checkCollation } from './collation.ts'
import { isFloat, keyColumn, type Mysql2Field } from './columns.ts'
import { execution, prepare, valuesOf } from './prepared.ts'
import type { Session } from './session.ts'
import { isSortedByText, longestSortKey, sortLengthOf, sortSettings } from './sort-length.ts'
import { bareStatement, collationStatement, rangeStatement } from './statement.ts'
import { ambiguous, wrap } from './wrapped.ts'

const CALLS = /^\s*CALL\b/i
const WRITES = /^[\s(]*(?:SELECT|WITH)\b[\s\S]*\bINTO\b/i

export interface Described<Query> {
  /** With what its wrapper must know of its columns: their names where two are the same, and which are FLOATs. */
  query: Query
  columns: readonly Mysql2Field[]
}

/**
 * Prepares the query's own text, which is not run: a mistake in it is told as its author wrote it, not as we wrap it.
 *
 * @throws QueryFailed where it would give no rows, even where the account lacks the right to CALL
 */
export async function describe<Query extends Pick<RangeQuery, 'query' | 'names' | 'floats'>>(
  session: Session,
  query: Query,
): Promise<Described<Query>> {
  const text = query.query.sql
  if (CALLS.test(text)) throw givesNoRows('The query calls a procedure, which may give several results or none')
  const statement = bareStatement(query)
  const columns = await session.columnsOf(statement.text, valuesOf(statement))
  if (columns.length === 0) {
    throw givesNoRows(WRITES.test(text) ? 'The query writes its result (INTO)' : 'The query gives no rows')
  }
  const names = columns.map(({ name }) => name)
  const floats = columns.map(isFloat)
  const known = floats.includes(true) ? { names, floats } : { names: ambiguous(names) }
  return { query: { ...query, ...known }, columns }
}

/**
 * Lets the server sort by the whole of a text key.
 *
 * @throws KeyNotUnique where it cannot, or would not sort as it compares
 */
export async function prepareKey(session: Session, described: Described<RangeQuery>): Promise<void> {
  const { query } = described
  const column = columnOf(described)
  await checkKey(session, described)
  if (query.key === null || column === undefined || !isSortedByText(column.kind)) return
  const length = sortLengthOf(column.kind, column.declaredBytes) ?? (await measure(session, query))
  await session.run(`SET ${sortSettings(query.key, length)}`)
}

/** Throws KeyNotUnique where the key has no order, or the server would not sort by it as it compares it. */
export async function checkKey(session: Session, described: Described<KeyedQuery>): Promise<void> {
  const { key } = described.query
  const column = columnOf(described)
  if (key === null || column === undefined) return
  if (cursorTypeOf(column) !== 'text') return
  const statement = collationStatement({ ...described.query, key })
  await prepare(session, statement)
  const [row] = await session.run<{ collation: string }>(execution(statement), valuesOf(statement))
  checkCollation(key, row?.collation ?? '', {
    isLimited: sortLengthOf('text', column.declaredBytes) !== null,
  })
}

type KeyedQuery = Pick<RangeQuery, 'query' | 'names' | 'floats' | 'key'>

function columnOf({ query: { key }, columns }: Described<KeyedQuery>) {
  const column = columns.find(({ name }) => name === key)
  return column && { ...keyColumn(column.name, column), declaredBytes: column.columnLength }
}

/** Reads the range once, without sorting it: a type such as LONGTEXT says nothing of how long its values are. */
async function measure(session: Session, query: RangeQuery): Promise<number> {
  const { text, parameters } = rangeStatement(query)
  const longest = longestSortKey(wrap(query, '').key!)
  const statement = { text: `SELECT ${longest} AS longest FROM (\n${text}\n) AS carryout`, parameters }
  await prepare(session, statement)
  const [row] = await session.run<{ longest: number | string | null }>(execution(statement), valuesOf(statement))
  return Number(row?.longest ?? 0)
}

function givesNoRows(what: string): QueryFailed {
  return new QueryFailed(`${what}, so it was not run. An export is one SELECT.`)
}
