/** Checks a query and reads its columns before it runs. */
import { QueryFailed } from '../../../statemachine/errors.ts'
import { cursorTypeOf } from '../../keys/key.ts'
import type { RangeQuery } from '../source.ts'
import { checkCollation, type KeyFacts } from './collation.ts'
import { isFloat, keyColumn, type Mysql2Field } from './columns.ts'
import { execute, prepare, valuesOf } from './prepared.ts'
import { isEmpty, locksForUpdate, openingOf, writesResult } from './query-text.ts'
import type { Session } from './session.ts'
import { isSortedByText, longestSortKey, sortLengthOf, sortSettings } from './sort-length.ts'
import { bareStatement, collationStatement, rangeStatement } from './statement.ts'
import { ambiguous, wrap } from './wrapped.ts'

/**
 * Refuses queries by their text.
 * @throws QueryFailed if the query is empty; if it locks rows, which a read-only session may not do although the Data
 * API's may; if it calls a procedure, for which a server may report a missing privilege before it reports that there
 * are no rows; and if it asks for HELP, whose result has a shape of its own
 */
export function refuseByText({ query }: Pick<RangeQuery, 'query'>): void {
  if (isEmpty(query)) throw new QueryFailed("The export's query is empty. An export is one SELECT.")
  const opening = openingOf(query)
  if (opening === 'CALL') throw givesNoRows('The query calls a procedure, which may give several results or none')
  if (opening === 'HELP') throw givesNoRows('The query asks the server for help (HELP)')
  if (!locksForUpdate(query)) return
  throw new QueryFailed(
    'The query locks the rows that it reads (FOR UPDATE), so it was not run. An export only reads: leave it out',
  )
}

/**
 * Returns the error for a query that the server refuses because it returns no rows; null if its text does not show why.
 */
export function refusalOfText({ query }: Pick<RangeQuery, 'query'>): QueryFailed | null {
  return writesResult(query) ? givesNoRows('The query writes its result (INTO)') : null
}

export interface Described<Query> {
  /**
   * The query with what its wrapper must know of its columns: their names if two are the same, and which are FLOATs.
   */
  query: Query
  columns: readonly Mysql2Field[]
}

/**
 * Prepares the query's own text without running it, so that a mistake is reported in its author's text rather than in
 * our wrapper.
 *
 * @throws QueryFailed if the query returns no rows, even if the account lacks the privilege to CALL
 */
export async function describe<Query extends Pick<RangeQuery, 'query' | 'names' | 'floats'>>(
  session: Session,
  query: Query,
): Promise<Described<Query>> {
  refuseByText(query)
  const statement = bareStatement(query)
  const columns = await session.columnsOf(statement.text, valuesOf(statement))
  if (columns.length === 0) throw refusalOfText(query) ?? givesNoRows('The query returns no rows')
  const names = columns.map(({ name }) => name)
  const floats = columns.map(isFloat)
  const known = floats.includes(true) ? { names, floats } : { names: ambiguous(names) }
  return { query: { ...query, ...known }, columns }
}

/**
 * Makes the server sort by the whole of a text key.
 *
 * @returns the key's collation; null if it is not a text
 * @throws KeyNotUnique if the server cannot, or sorts differently from how it compares
 */
export async function prepareKey(session: Session, described: Described<RangeQuery>): Promise<string | null> {
  const { query } = described
  const column = columnOf(described)
  const collation = await checkKey(session, described)
  if (query.key === null || column === undefined || !isSortedByText(column.kind)) return null
  const length = sortLengthOf(column.kind, column.declaredBytes) ?? (await measure(session, query))
  await session.run(`SET ${sortSettings(query.key, length)}`)
  return collation
}

/**
 * @returns the key's collation; null if it is not a text
 * @throws KeyNotUnique if the key has no order, or the server sorts by it differently from how it compares it
 */
export async function checkKey(session: Session, described: Described<KeyedQuery>): Promise<string | null> {
  const { key } = described.query
  const column = columnOf(described)
  if (key === null || column === undefined) return null
  if (cursorTypeOf(column) !== 'text') return null
  const statement = collationStatement({ ...described.query, key })
  await prepare(session, statement)
  const [{ collation, version } = { collation: '', version: '' }] = await execute<KeyFacts>(session, statement)
  checkCollation(key, { collation, version }, { isLimited: sortLengthOf('text', column.declaredBytes) !== null })
  return collation
}

type KeyedQuery = Pick<RangeQuery, 'query' | 'names' | 'floats' | 'key'>

function columnOf({ query: { key }, columns }: Described<KeyedQuery>) {
  const column = columns.find(({ name }) => name === key)
  return column && { ...keyColumn(column.name, column), declaredBytes: column.columnLength }
}

/**
 * Measures the longest key by reading the range once, without sorting it: a type such as LONGTEXT does not limit the
 * length of its values.
 */
async function measure(session: Session, query: RangeQuery): Promise<number> {
  const { text, parameters } = rangeStatement(query)
  const longest = longestSortKey(wrap(query, '').key!)
  const statement = { text: `SELECT ${longest} AS longest FROM (\n${text}\n) AS carryout`, parameters }
  await prepare(session, statement)
  const [row] = await execute<{ longest: number | string | null }>(session, statement)
  return Number(row?.longest ?? 0)
}

function givesNoRows(what: string): QueryFailed {
  return new QueryFailed(`${what}, so it was not run. An export is one SELECT.`)
}
