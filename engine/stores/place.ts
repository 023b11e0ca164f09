/** Determines where a chunk is written, and what must be there until then. */
import type { Plan, Range, Request } from '../../statemachine/contract.ts'
import { chunkKey, chunksPrefix, rangePrefix } from './chunk-key.ts'
import type { Store } from './store.ts'

export interface Place {
  key: string
  /** The ETag of an earlier attempt's object; null if there is none. */
  replaces: string | null
}

/**
 * Checks the place of a range's next chunk. Before the first chunk it deletes the chunks of attempts before the range
 * was started over, so that the bucket's listing holds only the current ones.
 */
export async function clearPlace(
  input: { request: Pick<Request, 'id'>; plan: Pick<Plan, 'key'>; range: Range },
  { store, warn }: { store: Store; warn?: ((message: string) => void) | undefined },
): Promise<Place> {
  const { range } = input
  if (range.chunks === 0) {
    const stale = await stalePrefixes(input, store)
    if (stale.length > 0) warn?.(`Chunks of an earlier run of range ${range.index} were deleted`)
    for (const prefix of stale) await store.discard(prefix)
  }
  const key = chunkKey(input, range, range.chunks)
  return { key, replaces: (await store.head(key))?.etag ?? null }
}

/** The prefix of the range's own chunks and, after the last range, those of ranges that are no longer planned. */
async function stalePrefixes(
  { request, range }: { request: Pick<Request, 'id'>; range: Range },
  store: Store,
): Promise<string[]> {
  const all = chunksPrefix(request)
  const isLast = range.upTo === null
  const keys = await store.list(isLast ? all : rangePrefix(request, range))
  const indexes = keys.map(({ key }) => Number.parseInt(key.slice(all.length), 10))
  return [...new Set(indexes)].filter((index) => index >= range.index).map((index) => `${all}${index}/`)
}
