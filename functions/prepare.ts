import { prepare } from '../engine/prepare.ts'
import { catalogue } from '../exports/index.ts'
import type { Prepared } from '../statemachine/contract.ts'
import { logger, logRequest, step } from './step.ts'

export interface PrepareInput {
  /** As it came from the queue: anything. */
  request: unknown
}

/** Checks the request against the catalogue and plans its file. */
export const handler = step<PrepareInput, Prepared>(async ({ request }) => {
  const prepared = prepare(request, { catalogue, now: new Date() })
  logRequest(prepared.request.id)
  logger.info('Prepared', { export: prepared.request.export, key: prepared.plan.key })
  return prepared
})
