import type { Plan, Range, Request } from '../../statemachine/contract.ts'

/** After the file's key. */
export const MANIFEST_SUFFIX = '.manifest.json'

/** Chunks are listed in their order: an execution has room for some thousands (`plan/chunk-budget.ts`). */
const NUMBER_DIGITS = 7

/** What the keys of an export's chunks begin with, but of the first, which may be the file's own. */
export function chunksPrefix({ id }: Pick<Request, 'id'>): string {
  return `chunks/${id}/`
}

/** What the keys of an export's file and manifest begin with. */
export function filesPrefix({ id }: Pick<Request, 'id'>): string {
  return `files/${id}/`
}

/** What the keys of a range's chunks begin with. */
export function rangePrefix(request: Pick<Request, 'id'>, { index }: Pick<Range, 'index'>): string {
  return `${chunksPrefix(request)}${index}/`
}

/** Where a chunk of a range lies. The first one of the only range is the file, or its beginning: most exports are never copied. */
export function chunkKey(
  { request, plan }: { request: Pick<Request, 'id'>; plan: Pick<Plan, 'key'> },
  range: Pick<Range, 'index' | 'after' | 'upTo'>,
  number: number,
): string {
  if (isOnly(range) && number === 0) return plan.key
  return `${rangePrefix(request, range)}${String(number).padStart(NUMBER_DIGITS, '0')}`
}

/** Whether the range is all of the export. */
export function isOnly({ index, after, upTo }: Pick<Range, 'index' | 'after' | 'upTo'>): boolean {
  return index === 0 && after === null && upTo === null
}
