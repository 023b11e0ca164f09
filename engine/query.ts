import { Sql } from 'sql-template-tag'
import type { Request } from '../statemachine/contract.ts'
import type { Export } from './catalogue.ts'
import { QueryFailed } from './errors.ts'
import { parseParams } from './prepare.ts'

/**
 * The query that an export makes of a request's params.
 * @throws InvalidRequest, and QueryFailed where the function throws or makes something else
 */
export function queryOf(definition: Export, request: Request): Sql {
  const params = parseParams(definition, request.params)
  let query: unknown
  try {
    query = definition.query(params as never)
  } catch (error) {
    throw new QueryFailed(`The query function of ${definition.name} threw: ${error}`, { cause: error })
  }
  if (query instanceof Sql) return query
  const what = query instanceof Promise ? 'a promise' : `a value of type ${typeof query}`
  throw new QueryFailed(`The query function of ${definition.name} returned ${what}: it must return sql\`…\``)
}
