/** Where a chunk is written, and what must lie there until it is. */
import type { Plan, Range, Request } from '../../statemachine/contract.ts'
import { chunkKey, chunksPrefix, rangePrefix } from './chunk-key.ts'
import type { Store } from './store.ts'

export interface Place {
  key: string
  /** The ETag of what an earlier try left there; null where there is nothing. */
  replaces: string | null
}

/**
 * Looks at the place of a range's next chunk. Before the first one it deletes what a try of the range before it was
 * started over has left, so that the bucket's listing holds chunks of this one alone.
 */
export async function clearPlace(
  input: { request: Pick<Request, 'id'>; plan: Pick<Plan, 'key'>; range: Range },
  { store, warn }: { store: Store; warn?: ((message: string) => void) | undefined },
): Promise<Place> {
  const { range } = input
  if (range.chunks === 0) {
    const stale = await stalePrefixes(input, store)
    if (stale.length > 0) warn?.(`Chunks of an earlier run of range ${range.index} are deleted`)
    for (const prefix of stale) await store.discard(prefix)
  }
  const key = chunkKey(input, range, range.chunks)
  return { key, replaces: (await store.head(key))?.etag ?? null }
}

/** The range's own, and after the last range those of ranges that are no longer planned. */
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
