import type { Request } from '../statemachine/contract.ts'
import type { Store } from './store.ts'

/**
 * Leaves nothing of an export that was given up: neither chunks nor the beginning of its file, nor uploads under way, of
 * whichever range. When its execution is redriven, `exportChunk` begins anew.
 */
export async function discard({ id }: Pick<Request, 'id'>, store: Store): Promise<void> {
  await Promise.all([store.discard(`chunks/${id}/`), store.discard(`files/${id}/`)])
}
