import { Sql } from 'sql-template-tag'
import type { Request } from '../../statemachine/contract.ts'
import { InvalidRequest, QueryFailed } from '../../statemachine/errors.ts'
import { problemsIn } from '../../statemachine/problems.ts'
import type { Export } from '../catalogue.ts'
import { thrownName } from '../rows/thrown.ts'

/**
 * Called with the complete error that an export's own function threw. Its text may contain data or a secret, so no
 * error's message quotes it.
 */
export type OnThrown = (error: unknown) => void

/**
 * Calls the export's `query` function with a request's parameters.
 * @throws InvalidRequest, and QueryFailed if the function throws or does not return a query
 */
export function queryOf(definition: Export, request: Request, onThrown?: OnThrown): Sql {
  const params = parseParams(definition, request.params)
  let query: unknown
  try {
    query = definition.query(params as never)
  } catch (error) {
    onThrown?.(error)
    throw new QueryFailed(`The query function of ${definition.name} threw ${thrownName(error)}`)
  }
  if (query instanceof Sql) return query
  const what = query instanceof Promise ? 'a promise' : `a value of type ${typeof query}`
  throw new QueryFailed(`The query function of ${definition.name} returned ${what}, but it must return sql\`…\``)
}

/**
 * Parses a request's parameters with the export's schema. `exportChunk` parses them again, so only JSON is passed
 * between steps.
 */
export function parseParams(definition: Export, params: unknown): Record<string, unknown> {
  const parsed = definition.params.safeParse(params)
  if (parsed.success) return parsed.data
  const known = Object.keys(definition.params.shape)
  const problems = problemsIn(parsed.error, {
    prefix: 'params.',
    // Names of nested parameters belong to the app's own schema and are not suggested.
    known: ({ length }) => (length === 0 ? known : undefined),
  })
  throw new InvalidRequest(`The parameters of ${definition.name} are not valid: ${problems.join('; ')}`)
}
