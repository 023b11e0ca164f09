/**
 * How many chunks an execution has room for. Step Functions ends an execution at 25,000 events, and a chunk takes seven
 * (five of its Task, two of the Choice after it).
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
import type { Plan, Range, Request } from '../../statemachine/contract.ts'
import { ExportTooLong } from '../../statemachine/errors.ts'
import { chunksPrefix } from '../stores/chunk-key.ts'
import type { Store } from '../stores/store.ts'

/** How many chunks, over all ranges, get the configured budget; later ones get increasingly more. */
const EQUAL_CHUNKS = 60
const GROWTH = 1.05
/** Over all ranges. They take 23,800 events; the remainder is for retries, planning and the end. */
const MOST_CHUNKS = 3400

/**
 * Returns how long a chunk may take. A short budget frees the slot for others soon, but an export that runs for days
 * must not use up its execution's history.
 *
 * @param millis budget of the first chunks; 0 is not a limit
 * @param written chunks so far, over all ranges
 */
export function chunkBudgetMillis(millis: number, written: number): number {
  return millis * GROWTH ** Math.max(0, written - EQUAL_CHUNKS)
}

/**
 * A range may write more than its share if others write less: the limit applies to the total, which the bucket's
 * listing gives.
 *
 * @throws ExportTooLong if the history has no room for another chunk, which would end the execution without a notice
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
