import type { Plan, Range, Request } from '../../statemachine/contract.ts'

/** Appended to the file's key. */
export const MANIFEST_SUFFIX = '.manifest.json'

/** Padded so that chunks are listed in order. An execution has room for some thousands (`plan/chunk-budget.ts`). */
const NUMBER_DIGITS = 7

/** The prefix of the keys of an export's chunks, except the first, which may be the file itself. */
export function chunksPrefix({ id }: Pick<Request, 'id'>): string {
  return `chunks/${id}/`
}

/** The prefix of the keys of an export's file and manifest. */
export function filesPrefix({ id }: Pick<Request, 'id'>): string {
  return `files/${id}/`
}

/** The prefix of the keys of a range's chunks. */
export function rangePrefix(request: Pick<Request, 'id'>, { index }: Pick<Range, 'index'>): string {
  return `${chunksPrefix(request)}${index}/`
}

/**
 * Returns the key of a chunk. The first chunk of a single range is the file or its beginning, so most exports are never
 * copied.
 */
export function chunkKey(
  { request, plan }: { request: Pick<Request, 'id'>; plan: Pick<Plan, 'key'> },
  range: Pick<Range, 'index' | 'after' | 'upTo'>,
  number: number,
): string {
  if (isOnly(range) && number === 0) return plan.key
  return `${rangePrefix(request, range)}${String(number).padStart(NUMBER_DIGITS, '0')}`
}

/** Whether the range covers the whole export. */
export function isOnly({ index, after, upTo }: Pick<Range, 'index' | 'after' | 'upTo'>): boolean {
  return index === 0 && after === null && upTo === null
}
