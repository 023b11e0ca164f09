import type { Request } from '../statemachine/contract.ts'
import { chunksPrefix, filesPrefix, MANIFEST_SUFFIX } from './stores/chunk-key.ts'
import type { Store } from './stores/store.ts'

/**
 * Deletes everything of an abandoned export: the chunks of all ranges, an unfinished file, and uploads in progress. If
 * its execution is redriven, `exportChunk` starts over.
 */
export async function discard(request: Pick<Request, 'id'>, store: Store): Promise<void> {
  const files = filesPrefix(request)
  // A finished file is kept for its usual retention: a redrive continues with the announcement.
  const isFinished = (await store.list(files)).some(({ key }) => key.endsWith(MANIFEST_SUFFIX))
  await Promise.all([store.discard(chunksPrefix(request)), ...(isFinished ? [] : [store.discard(files)])])
}
