/**
 * Detects that an execution was stopped, which does not stop the Lambda that works for it. The function that queries
 * checks whether its execution still runs, and releases the database if it does not.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn'
import { logger } from './step.ts'

const CHECK_EVERY_MILLIS = 2_000
/** How long a check waits for a response about an end; after that the next check finds it. */
const LONGEST_CHECK_MILLIS = 2_000
/** DescribeExecution is eventually consistent: an end counts once it is reported again after this time. */
const CONFIRM_MILLIS = 500
/**
 * An end from before this invocation is believed only after this time. Until then it may be the one before a redrive.
 */
const STALE_MILLIS = 10_000

/**
 * The execution's last known state: it runs; it was stopped; it was redriven, so that another invocation works for it;
 * or it ended otherwise.
 */
export type RunState = 'runs' | 'stopped' | 'redriven' | 'ended'

export interface Watch {
  /** Aborted once the execution no longer runs, or another invocation works for it. */
  signal: AbortSignal
  /**
   * Checks immediately, for work between two regular checks. Returns `runs` after two seconds without a response, or
   * immediately if the last check had none.
   */
  check(): Promise<RunState>
  end(): void
}

/** @param client one with short limits and without retries */
export function watchExecution(client: Pick<SFNClient, 'send'>, executionArn: string): Watch {
  const controller = new AbortController()
  /** The redrive count of the run that this invocation belongs to. */
  let ownRedrive: number | null = null
  const begun = Date.now()
  const describe = async (): Promise<RunState> => {
    const { status, redriveCount = 0, stopDate } = await client.send(new DescribeExecutionCommand({ executionArn }))
    if (status === 'RUNNING') ownRedrive ??= redriveCount
    const mayBeStale = ownRedrive === null && stopDate !== undefined && stopDate.getTime() < begun
    if (mayBeStale && Date.now() - begun < STALE_MILLIS) return 'runs'
    if (ownRedrive !== null && redriveCount > ownRedrive) return 'redriven'
    if (status === 'RUNNING' || (ownRedrive !== null && redriveCount < ownRedrive)) return 'runs'
    return status === 'ABORTED' ? 'stopped' : 'ended'
  }
  let answered = true
  const check = async (): Promise<RunState> => {
    try {
      const first = await describe()
      answered = true
      if (first === 'runs') return 'runs'
      await sleep(CONFIRM_MILLIS)
      const confirmed = await describe()
      if (confirmed !== 'runs')
        controller.abort(new Error(`This invocation no longer works for the execution, which was ${confirmed}.`))
      return confirmed
    } catch (error) {
      answered = false
      // The check is repeated; an export is not abandoned because one check failed.
      logger.warn('The execution could not be described', { error: error instanceof Error ? error.name : 'unknown' })
      return 'runs'
    }
  }
  let checking = false
  const checkAgain = async () => {
    if (checking) return
    checking = true
    await check()
    checking = false
  }
  void checkAgain()
  const timer = setInterval(() => void checkAgain(), CHECK_EVERY_MILLIS)
  const checkNow = async (): Promise<RunState> => {
    if (!answered) return 'runs'
    const tooLong = sleep(LONGEST_CHECK_MILLIS, 'runs' as const, { ref: false })
    return await Promise.race([check(), tooLong])
  }
  return { signal: controller.signal, check: checkNow, end: () => clearInterval(timer) }
}
