import type { RangeQuery } from '../source.ts'
import { valuesOf } from './prepared.ts'
import type { Session } from './session.ts'
import { bareStatement } from './statement.ts'
import { ambiguous } from './wrapped.ts'

/**
 * The query with the names of its columns where it must be wrapped with others. Its own text is prepared for that, not run: a
 * mistake in it is told as its author wrote it, not as we wrap it.
 */
export async function withNames<Query extends Pick<RangeQuery, 'query' | 'key' | 'names'>>(
  session: Session,
  query: Query,
): Promise<Query> {
  if (query.key === null) return query
  const statement = bareStatement(query)
  const columns = await session.columnsOf(statement.text, valuesOf(statement))
  return { ...query, names: ambiguous(columns.map(({ name }) => name)) }
}
