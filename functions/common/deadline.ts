/** Computes when a function stops its work, early enough to pass on its result before its time ends. */
import type { Context } from 'aws-lambda'
import { chunkBudgetMillis } from '../../engine/plan/chunk-budget.ts'
import type { Plan, Range } from '../../statemachine/contract.ts'

type Clock = Pick<Context, 'getRemainingTimeInMillis'>

/** For the upload of the last part, and the response. */
const CHUNK_RESERVE_MILLIS = 60_000
/** For copies in progress, and for S3 to join thousands of parts. */
const FINISH_RESERVE_MILLIS = 180_000

/**
 * Returns when a chunk stops at a row boundary.
 *
 * @param budgetSeconds how long the first chunks of an export may take; 0 is as long as the function may run
 * @returns epoch milliseconds
 */
export function chunkDeadline(
  context: Clock,
  { plan, range }: { plan: Pick<Plan, 'parallelism'>; range: Pick<Range, 'chunks'> },
  budgetSeconds: number,
): number {
  const usable = usableMillis(context, CHUNK_RESERVE_MILLIS)
  const budget = chunkBudgetMillis(budgetSeconds * 1000, range.chunks * plan.parallelism)
  return Date.now() + (budget > 0 ? Math.min(budget, usable) : usable)
}

/** Returns when `finish` starts no further part. @returns epoch milliseconds */
export function finishDeadline(context: Clock): number {
  return Date.now() + usableMillis(context, FINISH_RESERVE_MILLIS)
}

function usableMillis(context: Clock, reserve: number): number {
  const remaining = context.getRemainingTimeInMillis()
  return Math.max(remaining - reserve, remaining / 2)
}
