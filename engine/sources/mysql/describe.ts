/** What a statement gives, before it runs. */
import { QueryFailed } from '../../../statemachine/errors.ts'
import type { RangeQuery } from '../source.ts'
import { keyColumn } from './columns.ts'
import { execution, prepare, valuesOf } from './prepared.ts'
import type { Session } from './session.ts'
import { isSortedByText, longestSortKey, sortLengthOf, sortSettings } from './sort-length.ts'
import { rangeStatement, type Statement } from './statement.ts'
import { wrap } from './wrapped.ts'

const CALLS = /^\s*CALL\b/i
const WRITES = /^[\s(]*(?:SELECT|WITH)\b[\s\S]*\bINTO\b/i

/** Refuses CALL, even where the account lacks the right. Throws QueryFailed. */
export function refuseCall({ query }: Pick<RangeQuery, 'query'>): void {
  if (CALLS.test(query.sql)) throw givesNoRows('The query calls a procedure, which may give several results or none')
}

/**
 * Refuses a statement that would give no rows, before it does anything, and lets the server sort by the whole of a text key.
 *
 * @throws QueryFailed, KeyNotUnique
 */
export async function checkStatement(session: Session, query: RangeQuery, statement: Statement): Promise<void> {
  const columns = await session.columnsOf(statement.text, valuesOf(statement))
  if (columns.length === 0) {
    throw givesNoRows(WRITES.test(query.query.sql) ? 'The query writes its result (INTO)' : 'The query gives no rows')
  }
  const { key, names } = query
  // Wrapped with names of ours, the columns are in the places of their own.
  const index = names ? names.indexOf(key ?? '') : columns.findIndex(({ name }) => name === key)
  const column = columns[index]
  if (key === null || column === undefined) return
  const { kind } = keyColumn(key, column)
  if (!isSortedByText(kind)) return
  const length = sortLengthOf(kind, column.columnLength) ?? (await measure(session, query))
  await session.run(`SET ${sortSettings(key, length)}`)
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
