/**
 * How many chunks an execution has room for. Step Functions ends one at 25,000 events; a chunk costs seven (five of its
 * Task, two of the Choice after it).
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
import type { Plan, Range, Request } from '../../statemachine/contract.ts'
import { ExportTooLong } from '../../statemachine/errors.ts'
import { chunksPrefix } from '../stores/chunk-key.ts'
import type { Store } from '../stores/store.ts'

/** Chunks of the budget that was asked for, of all ranges together; later ones take ever longer. */
const EQUAL_CHUNKS = 60
const GROWTH = 1.05
/** Of all ranges together: 23,800 events, and what is left is for retries, planning and the end. */
const MOST_CHUNKS = 3400

/**
 * How long a chunk may take. A short budget lets others have the slot soon; an export that goes on for days must not pay
 * for it with the room that its history has.
 *
 * @param millis of the first chunks; 0 is not a limit
 * @param written chunks so far, of all ranges together
 */
export function chunkBudgetMillis(millis: number, written: number): number {
  return millis * GROWTH ** Math.max(0, written - EQUAL_CHUNKS)
}

/**
 * A range may write more than its share, where others write less: what counts is what all have written, which the bucket
 * knows.
 *
 * @throws ExportTooLong where the history has no room for another chunk, which would end the execution without a word
 */
export async function refuseTooManyChunks(
  name: string,
  { request, plan, range }: { request: Pick<Request, 'id'>; plan: Pick<Plan, 'parallelism'>; range: Range },
  store: Pick<Store, 'list'>,
): Promise<void> {
  if (range.chunks < Math.floor(MOST_CHUNKS / plan.parallelism)) return
  const written = Math.max(range.chunks, (await store.list(chunksPrefix(request))).length)
  if (written < MOST_CHUNKS) return
  throw new ExportTooLong(
    `${name} has written ${written} chunks, and its execution’s history has no room for more: narrow the request`,
  )
}
