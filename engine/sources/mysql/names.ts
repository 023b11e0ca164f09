import type { RangeQuery } from '../source.ts'
import { isFloat } from './columns.ts'
import { valuesOf } from './prepared.ts'
import type { Session } from './session.ts'
import { bareStatement } from './statement.ts'
import { ambiguous } from './wrapped.ts'

/**
 * The query with what its wrapper must know of its columns: their names where two are the same, and which are FLOATs. Its own text
 * is prepared for that, not run: a mistake in it is told as its author wrote it, not as we wrap it.
 */
export async function withNames<Query extends Pick<RangeQuery, 'query' | 'names' | 'floats'>>(
  session: Session,
  query: Query,
): Promise<Query> {
  const statement = bareStatement(query)
  const columns = await session.columnsOf(statement.text, valuesOf(statement))
  const names = columns.map(({ name }) => name)
  const floats = columns.map(isFloat)
  return floats.includes(true) ? { ...query, names, floats } : { ...query, names: ambiguous(names) }
}
