/**
 * Stopping an execution does not stop the Lambda that works for it. So the function that queries looks whether its
 * execution still runs, and lets go of the database when it does not.
 */
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn'
import { logger } from './step.ts'

const LOOK_EVERY_MILLIS = 2_000

export interface Watch {
  /** Aborted once the execution no longer runs. */
  signal: AbortSignal
  /** Looks at once, for work that is done between two looks. @returns whether the execution runs, as far as is known */
  look(): Promise<boolean>
  end(): void
}

export function watchExecution(client: SFNClient, executionArn: string): Watch {
  const controller = new AbortController()
  let looking = false
  const look = async () => {
    try {
      const { status } = await client.send(new DescribeExecutionCommand({ executionArn }))
      if (status === 'RUNNING') return true
      controller.abort(new Error(`The execution no longer runs: it is ${status}.`))
      return false
    } catch (error) {
      // It is asked again; an export is not given up because a look failed.
      logger.warn('The execution cannot be described', { error: error instanceof Error ? error.name : 'unknown' })
      return true
    }
  }
  const timer = setInterval(async () => {
    if (looking) return
    looking = true
    await look()
    looking = false
  }, LOOK_EVERY_MILLIS)
  return { signal: controller.signal, look, end: () => clearInterval(timer) }
}
