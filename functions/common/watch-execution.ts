/**
 * Stopping an execution does not stop the Lambda that works for it. So the function that queries looks whether its
 * execution still runs, and lets go of the database when it does not.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn'
import { logger } from './step.ts'

const LOOK_EVERY_MILLIS = 2_000
/** An end that is described while somebody waits for it is awaited so long; after that the next look finds it. */
const LONGEST_LOOK_MILLIS = 2_000
/** DescribeExecution is eventually consistent: what it says of an end counts once it is said again after this. */
const CONFIRM_MILLIS = 500
/** An end before this invocation began is believed only after so long: until then it may be the one before a redrive. */
const STALE_MILLIS = 10_000

/**
 * Whether the execution runs, as far as is known; was stopped; was redriven, so that somebody else works for it now; or ended
 * otherwise.
 */
export type Standing = 'runs' | 'stopped' | 'redriven' | 'ended'

export interface Watch {
  /** Aborted once the execution no longer runs, or runs for somebody else. */
  signal: AbortSignal
  /**
   * Looks at once, for work that is done between two looks. Says `runs` within two seconds where there is no answer, and at once
   * where the last look had none.
   */
  look(): Promise<Standing>
  end(): void
}

/** @param client one that gives up soon, without attempts of its own */
export function watchExecution(client: SFNClient, executionArn: string): Watch {
  const controller = new AbortController()
  /** Of the run that this invocation belongs to. */
  let ownRedrive: number | null = null
  const begun = Date.now()
  const standing = async (): Promise<Standing> => {
    const { status, redriveCount = 0, stopDate } = await client.send(new DescribeExecutionCommand({ executionArn }))
    if (status === 'RUNNING') ownRedrive ??= redriveCount
    const mayBeStale = ownRedrive === null && stopDate !== undefined && stopDate.getTime() < begun
    if (mayBeStale && Date.now() - begun < STALE_MILLIS) return 'runs'
    if (ownRedrive !== null && redriveCount > ownRedrive) return 'redriven'
    if (status === 'RUNNING' || (ownRedrive !== null && redriveCount < ownRedrive)) return 'runs'
    return status === 'ABORTED' ? 'stopped' : 'ended'
  }
  let answered = true
  const look = async (): Promise<Standing> => {
    try {
      const first = await standing()
      answered = true
      if (first === 'runs') return 'runs'
      await sleep(CONFIRM_MILLIS)
      const confirmed = await standing()
      if (confirmed !== 'runs')
        controller.abort(new Error(`The execution no longer runs for this: it is ${confirmed}.`))
      return confirmed
    } catch (error) {
      answered = false
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
  const lookNow = async (): Promise<Standing> => {
    if (!answered) return 'runs'
    const tooLong = sleep(LONGEST_LOOK_MILLIS, 'runs' as const, { ref: false })
    return await Promise.race([look(), tooLong])
  }
  return { signal: controller.signal, look: lookNow, end: () => clearInterval(timer) }
}
