import type { Plan, Range, Request } from '../../statemachine/contract.ts'

/** After the file's key. */
export const MANIFEST_SUFFIX = '.manifest.json'

/** What the keys of an export's chunks begin with, but of the first, which may be the file's own. */
export function chunksPrefix({ id }: Pick<Request, 'id'>): string {
  return `chunks/${id}/`
}

/** Where a chunk of a range lies. The first one of the only range is the file, or its beginning: most exports are never copied. */
export function chunkKey(
  { request, plan }: { request: Pick<Request, 'id'>; plan: Pick<Plan, 'key'> },
  { index, after, upTo }: Pick<Range, 'index' | 'after' | 'upTo'>,
  number: number,
): string {
  const isOnly = index === 0 && after === null && upTo === null
  return isOnly && number === 0 ? plan.key : `${chunksPrefix(request)}${index}/${number}`
}
