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
  /** As the state machine saw it when it evaluated the arguments, which may have been before the redrive. */
  redriveCount: number
  failure: Failure
}

/** The events of all tries of `Halt`, and the one before them. */
const EVENTS = 50
const LOOKS = 5
const PAUSE_MILLIS = 400

/**
 * Throws the recorded error, so that the execution fails with its true name and cause. Once the execution has been
 * redriven it returns instead, and `Resume` goes back to the step that failed.
 */
export const handler = step<HaltInput, void>(async ({ execution, redriveCount, failure }) => {
  logRequest(execution.split(':').at(-1))
  if (redriveCount > failure.redriveCount || (await isRedriven(execution))) {
    logger.info('Redriven: goes on from the step that failed', { failedStep: failure.step })
    return
  }
  const name = thrownName(failure.error)
  // AWS reserves the prefix for itself; where it is left out the cause has the whole name.
  const original = name === failure.error ? '' : `${failure.error}: `
  const error = new Error(`${failure.step}: ${original}${readCause(failure.cause)}`)
  error.name = name
  throw error
})

/**
 * AWS does not document whether a redriven Task's arguments are evaluated again, so the history is asked too: what came
 * last before this Task's tries, the redrive or the entry into its state? DescribeExecution would not do: it is
 * eventually consistent, and says for a while what was true before the redrive. When the history cannot be read the
 * arguments' count decides: at worst the redrive halts once more and is repeated.
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
      // This very invocation is in the history; what ends with the execution's end is from before.
      if (!/^Execution(Failed|Aborted|TimedOut)$/.test(types[0] ?? '')) {
        return types.find((type) => type === 'ExecutionRedriven' || type === 'TaskStateEntered') === 'ExecutionRedriven'
      }
      await sleep(PAUSE_MILLIS)
    }
    logger.warn('The history still ends with the execution’s end')
  } catch (error) {
    logger.warn('The history cannot be read', error as Error)
  }
  return false
}
