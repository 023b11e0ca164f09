import type { Request } from '../statemachine/contract.ts'
import { chunksPrefix, filesPrefix, MANIFEST_SUFFIX } from './stores/chunk-key.ts'
import type { Store } from './stores/store.ts'

/**
 * Leaves nothing of an export that was given up: neither chunks nor the beginning of its file, nor uploads under way, of
 * whichever range. When its execution is redriven, `exportChunk` starts over.
 */
export async function discard(request: Pick<Request, 'id'>, store: Store): Promise<void> {
  const files = filesPrefix(request)
  // What was finished is kept for as long as files are: a redrive goes on with announcing it.
  const isFinished = (await store.list(files)).some(({ key }) => key.endsWith(MANIFEST_SUFFIX))
  await Promise.all([store.discard(chunksPrefix(request)), ...(isFinished ? [] : [store.discard(files)])])
}
