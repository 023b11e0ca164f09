/** The chunks of an export as the bucket lists them, checked against what was counted while they were written. */
import type { Prepared, Range } from '../../statemachine/contract.ts'
import { FileIncomplete } from '../../statemachine/errors.ts'
import { chunkKey, chunksPrefix } from './chunk-key.ts'
import type { ListedObject, Store } from './store.ts'

/**
 * @returns the chunks of all ranges in the order of their rows
 * @throws FileIncomplete when a chunk is missing, is too many, or is not the one that was written. Bytes that differ
 *   at the same length are found when the whole's CRC-32 is.
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
  if (extra !== undefined) throw new FileIncomplete(`The chunk ${extra} is one too many: this export did not write it`)
  return all
}

function expectWritten({ index, bytes, last }: Range, chunks: readonly ListedObject[]): void {
  const listed = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
  const newest = chunks.at(-1)
  if (newest && newest.etag !== last?.etag)
    throw new FileIncomplete(
      `The chunk ${newest.key} is not what was written: its ETag is ${newest.etag}, not ${last?.etag}`,
    )
  if (listed !== bytes)
    throw new FileIncomplete(`The chunks of range ${index} have ${listed} bytes; written were ${bytes}`)
}
