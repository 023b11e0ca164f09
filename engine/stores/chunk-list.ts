/** Lists an export's chunks in the bucket and checks them against what was counted while they were written. */
import type { Prepared, Range } from '../../statemachine/contract.ts'
import { FileIncomplete } from '../../statemachine/errors.ts'
import { chunkKey, chunksPrefix } from './chunk-key.ts'
import type { ListedObject, Store } from './store.ts'

/**
 * @returns the chunks of all ranges in the order of their rows
 * @throws FileIncomplete if a chunk is missing, surplus, or was replaced. Changed bytes of the same length are found by
 * the whole file's CRC-32.
 */
export async function listChunks(prepared: Prepared, store: Store): Promise<ListedObject[]> {
  const { request, plan, ranges } = prepared
  const listed = await store.list(chunksPrefix(request))
  const found = new Map(listed.map((object) => [object.key, object]))
  const first = await store.head(plan.key)
  if (first) found.set(plan.key, { key: plan.key, ...first })
  const all: ListedObject[] = []
  for (const range of ranges) {
    const chunks = Array.from({ length: range.chunks }, (_, number) => {
      const key = chunkKey(prepared, range, number)
      const chunk = found.get(key)
      if (!chunk) throw new FileIncomplete(`The chunk ${key} is gone: range ${range.index} has ${range.chunks} chunks`)
      found.delete(key)
      return chunk
    })
    expectWritten(range, chunks)
    all.push(...chunks)
  }
  found.delete(plan.key)
  const [extra] = found.keys()
  if (extra !== undefined) throw new FileIncomplete(`The chunk ${extra} was not written by this export`)
  return all
}

function expectWritten({ index, bytes, last }: Range, chunks: readonly ListedObject[]): void {
  const listed = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
  const newest = chunks.at(-1)
  if (newest && newest.etag !== last?.etag)
    throw new FileIncomplete(
      `The chunk ${newest.key} was replaced after it was written: its ETag is ${newest.etag}, expected ${last?.etag}`,
    )
  if (listed !== bytes) throw new FileIncomplete(`The chunks of range ${index} have ${listed} bytes; expected ${bytes}`)
}
