import { setTimeout as sleep } from 'node:timers/promises'
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn'
import { readCause, thrownName } from '../statemachine/cause.ts'
import type { Failure } from '../statemachine/contract.ts'
import { connect, limits } from './common/clients.ts'
import { logger, logRequest, step } from './common/step.ts'

const client = connect(SFNClient, limits.call)

export interface HaltInput {
  /** The execution's ARN. */
  execution: string
  /** The count when the state machine evaluated the arguments, which may have been before the redrive. */
  redriveCount: number
  failure: Failure
}

/** Enough for the events of all attempts of `Halt` and the one before them. */
const EVENTS = 50
const LOOKS = 5
const PAUSE_MILLIS = 400

/**
 * Throws the recorded error, so that the execution fails with its true name and cause. Once the execution has been
 * redriven it returns instead, and `Resume` returns to the failed step.
 */
export const handler = step<HaltInput, void>(async ({ execution, redriveCount, failure }) => {
  logRequest(execution.split(':').at(-1))
  if (redriveCount > failure.redriveCount || (await isRedriven(execution))) {
    logger.info('Redriven; continues from the failed step', { failedStep: failure.step })
    return
  }
  const name = thrownName(failure.error)
  // AWS reserves the prefix `States.`. Where it is removed, the cause has the full name.
  const original = name === failure.error ? '' : `${failure.error}: `
  const error = new Error(`${failure.step}: ${original}${readCause(failure.cause)}`)
  error.name = name
  throw error
})

/**
 * AWS does not document whether a redriven Task's arguments are evaluated again, so the history is checked too: which
 * came last before this Task's attempts, the redrive or the entry into its state? DescribeExecution is not enough: it
 * is eventually consistent and may report the state before the redrive for a while. If the history cannot be read, the
 * arguments' count decides; at worst the redrive halts once more and is repeated.
 */
async function isRedriven(executionArn: string): Promise<boolean> {
  try {
    for (let look = 1; look <= LOOKS; look++) {
      const { events = [] } = await client.send(
        new GetExecutionHistoryCommand({
          executionArn,
          reverseOrder: true,
          maxResults: EVENTS,
          includeExecutionData: false,
        }),
      )
      const types = events.map(({ type = '' }) => type)
      // This invocation is in the history. An execution's end must therefore be from before the redrive.
      if (!/^Execution(Failed|Aborted|TimedOut)$/.test(types[0] ?? '')) {
        return types.find((type) => type === 'ExecutionRedriven' || type === 'TaskStateEntered') === 'ExecutionRedriven'
      }
      await sleep(PAUSE_MILLIS)
    }
    logger.warn('The history does not show the redrive yet')
  } catch (error) {
    logger.warn('The history could not be read', error as Error)
  }
  return false
}
