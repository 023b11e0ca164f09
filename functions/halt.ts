import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn'
import { readCause } from '../statemachine/cause.ts'
import type { Failure } from '../statemachine/contract.ts'
import { connect, limits } from './common/clients.ts'
import { logger, logRequest, step } from './common/step.ts'

const client = connect(SFNClient, limits.call)

export interface HaltInput {
  /** The execution's ARN. */
  execution: string
  /** As the state machine saw it when it evaluated the arguments, which may have been before the redrive. */
  redriveCount: number
  failure: Failure
}

/**
 * Throws the recorded error, so that the execution fails with its true name and cause. Once the execution has been
 * redriven it returns instead, and `Resume` goes back to the step that failed.
 */
export const handler = step<HaltInput, void>(async ({ execution, redriveCount, failure }) => {
  logRequest(execution.split(':').at(-1))
  if (redriveCount > failure.redriveCount || (await describedRedriveCount(execution)) > failure.redriveCount) {
    logger.info('Redriven: goes on from the step that failed', { failedStep: failure.step })
    return
  }
  const error = new Error(`${failure.step}: ${readCause(failure.cause)}`)
  error.name = failure.error
  throw error
})

/**
 * AWS does not document whether a redriven Task's arguments are evaluated anew, so the execution itself is asked too.
 * When it cannot be, the arguments' count decides: at worst the redrive halts once more and is repeated.
 */
async function describedRedriveCount(executionArn: string): Promise<number> {
  try {
    const { redriveCount } = await client.send(new DescribeExecutionCommand({ executionArn }))
    return redriveCount ?? 0
  } catch (error) {
    logger.warn('The execution cannot be described', error as Error)
    return 0
  }
}
