import type { Plan, Range, Request } from '../statemachine/contract.ts'
import { chunksPrefix } from './discard.ts'

/** Where a chunk of a range lies. The first one of the only range is the file, or its beginning: most exports are never copied. */
export function chunkKey(
  { request, plan }: { request: Pick<Request, 'id'>; plan: Pick<Plan, 'key'> },
  { index, after, upTo }: Pick<Range, 'index' | 'after' | 'upTo'>,
  number: number,
): string {
  const isOnly = index === 0 && after === null && upTo === null
  return isOnly && number === 0 ? plan.key : `${chunksPrefix(request)}${index}/${number}`
}
