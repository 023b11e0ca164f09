/**
 * Stopping an execution does not stop the Lambda that works for it. So the function that queries looks whether its
 * execution still runs, and lets go of the database when it does not.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn'
import { logger } from './step.ts'

const LOOK_EVERY_MILLIS = 2_000
/** DescribeExecution is eventually consistent: what it says of an end counts once it is said again after this. */
const CONFIRM_MILLIS = 500

/**
 * Whether the execution runs, as far as is known; was stopped; was redriven, so that somebody else works for it now; or ended
 * otherwise.
 */
export type Standing = 'runs' | 'stopped' | 'redriven' | 'ended'

export interface Watch {
  /** Aborted once the execution no longer runs, or runs for somebody else. */
  signal: AbortSignal
  /** Looks at once, for work that is done between two looks. */
  look(): Promise<Standing>
  end(): void
}

export function watchExecution(client: SFNClient, executionArn: string): Watch {
  const controller = new AbortController()
  /** Of the run that this invocation belongs to. */
  let ownRedrive: number | null = null
  const standing = async (): Promise<Standing> => {
    const { status, redriveCount = 0 } = await client.send(new DescribeExecutionCommand({ executionArn }))
    if (status === 'RUNNING') ownRedrive ??= redriveCount
    if (ownRedrive !== null && redriveCount > ownRedrive) return 'redriven'
    if (status === 'RUNNING' || (ownRedrive !== null && redriveCount < ownRedrive)) return 'runs'
    return status === 'ABORTED' ? 'stopped' : 'ended'
  }
  const look = async (): Promise<Standing> => {
    try {
      if ((await standing()) === 'runs') return 'runs'
      await sleep(CONFIRM_MILLIS)
      const confirmed = await standing()
      if (confirmed !== 'runs')
        controller.abort(new Error(`The execution no longer runs for this: it is ${confirmed}.`))
      return confirmed
    } catch (error) {
      // It is asked again; an export is not given up because a look failed.
      logger.warn('The execution cannot be described', { error: error instanceof Error ? error.name : 'unknown' })
      return 'runs'
    }
  }
  let looking = false
  const lookAgain = async () => {
    if (looking) return
    looking = true
    await look()
    looking = false
  }
  void lookAgain()
  const timer = setInterval(() => void lookAgain(), LOOK_EVERY_MILLIS)
  return { signal: controller.signal, look, end: () => clearInterval(timer) }
}
