import { Sql } from 'sql-template-tag'
import type { Request } from '../../statemachine/contract.ts'
import { InvalidRequest, QueryFailed } from '../../statemachine/errors.ts'
import { problemsIn } from '../../statemachine/problems.ts'
import type { Export } from '../catalogue.ts'
import { thrownName } from '../rows/thrown.ts'

/** Given what an export's own function threw, whole: its text may be data or a secret, so no error's message has it. */
export type OnThrown = (error: unknown) => void

/**
 * The query that an export makes of a request's params.
 * @throws InvalidRequest, and QueryFailed where the function throws or makes something else
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
  throw new QueryFailed(`The query function of ${definition.name} returned ${what}: it must return sql\`…\``)
}

/** A request's parameters as the export's schema gives them; `exportChunk` asks again, so nothing but JSON is carried. */
export function parseParams(definition: Export, params: unknown): Record<string, unknown> {
  const parsed = definition.params.safeParse(params)
  if (parsed.success) return parsed.data
  const known = Object.keys(definition.params.shape)
  const problems = problemsIn(parsed.error, {
    prefix: 'params.',
    // Deeper down the names are those of a schema of the app's own.
    known: ({ length }) => (length === 0 ? known : undefined),
  })
  throw new InvalidRequest(`The parameters of ${definition.name} are not valid: ${problems.join('; ')}`)
}
