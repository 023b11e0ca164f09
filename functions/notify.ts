import type { Failed, Finished } from '../statemachine/contract.ts'
import { noticeOf } from '../statemachine/notice.ts'
import { announce } from './common/announce.ts'
import { logRequest, step } from './common/step.ts'

/** For the calls after another's claim has ended. */
const RESERVE_MILLIS = 27_000

export interface NotifyInput {
  /** The execution's ARN. */
  execution: string
  document: Finished | Failed
}

/** Announces “ready”, or “failed” with the step, the reason and what to do. */
export const handler = step<NotifyInput, void>(async ({ execution, document }, context) => {
  logRequest(execution.split(':').at(-1))
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MILLIS
  await announce(noticeOf(document, execution, new Date()), deadline)
})
