/**
 * How many chunks an execution has room for. Step Functions ends one at 25,000 events; a chunk costs seven (five of its
 * Task, two of the Choice behind it).
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
import type { Plan, Range } from '../../statemachine/contract.ts'
import { ExportTooLong } from '../../statemachine/errors.ts'

/** Chunks of the budget that was asked for, of all ranges together; later ones take ever longer. */
const EQUAL_CHUNKS = 60
const GROWTH = 1.05
/** Of all ranges together: 23,800 events, and what is left is for retries, planning and the end. */
const MOST_CHUNKS = 3400

/**
 * How long a chunk may take. A short budget lets others have the slot soon; an export that goes on for days must not pay
 * for it with the room that its history has.
 *
 * @param millis of the first chunks; 0 is no limit
 * @param written chunks so far, of all ranges together
 */
export function chunkBudgetMillis(millis: number, written: number): number {
  return millis * GROWTH ** Math.max(0, written - EQUAL_CHUNKS)
}

/** @throws ExportTooLong where the history has no room for another chunk, which would end the execution without a word */
export function refuseTooManyChunks(name: string, { parallelism }: Pick<Plan, 'parallelism'>, range: Range): void {
  const most = Math.floor(MOST_CHUNKS / parallelism)
  if (range.chunks < most) return
  throw new ExportTooLong(
    `${name} has written ${range.chunks} chunks of range ${range.index}, and its execution’s history has no room for more: ask for less at once`,
  )
}
