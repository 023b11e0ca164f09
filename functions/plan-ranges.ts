/**
 * The state `PlanRanges`. It has no function of its own: planning queries the database, which only the function of
 * `ExportChunk` may do, because its reserved concurrency is the limit.
 */
import { type PlanRangesInput, type PlanRangesOptions, planRanges } from '../engine/plan-ranges.ts'
import type { Prepared } from '../statemachine/contract.ts'
import { openSource } from './common/database.ts'
import { logger } from './common/step.ts'

/** Divides the export's keys into as many ranges as it may export at once. */
export async function planRangesOf(
  input: PlanRangesInput,
  options: Pick<PlanRangesOptions, 'catalogue' | 'signal' | 'onThrown'>,
): Promise<Prepared> {
  const warn = (message: string) => logger.warn(message)
  const planned = await planRanges(input, { ...options, source: await openSource(), warn })
  logger.info('Planned the ranges', { ranges: planned.ranges.length, estimatedRows: planned.plan.estimatedRows })
  return planned
}
