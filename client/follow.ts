/** Polls an execution until it has ended. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { NoSuchExecution } from './errors.ts'
import type { Executions } from './executions.ts'
import { History, type Progress } from './progress.ts'

/** Pauses between two polls: short after a change, increasingly longer while nothing happens. */
const FIRST_PAUSE_MILLIS = 250
const LONGEST_PAUSE_MILLIS = 4_000

/** Options for following an execution. */
export interface FollowOptions {
  /** Whether the execution may not exist yet, because its request waits in the queue. True after `request`. */
  queued?: boolean
  /** As returned by `replay`: an end before that redrive is ignored. */
  redriveCount?: number
  /** Stops following, with the signal's reason. The execution continues. */
  signal?: AbortSignal | undefined
}

/**
 * Yields whenever something has changed, and finally when the execution has ended.
 *
 * @param nameOf called again until the execution exists: it may appear later, and belong to another request
 * @throws NoSuchExecution unless `queued`
 */
export async function* followExecution(
  executions: Pick<Executions, 'events'>,
  nameOf: () => Promise<string>,
  { queued = false, redriveCount = 0, signal }: FollowOptions,
): AsyncGenerator<Progress, void> {
  let name = await nameOf()
  let history = new History(name)
  if (queued) yield history.progress
  for (let pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MILLIS)) {
    signal?.throwIfAborted()
    if (history.seen === 0) {
      name = await nameOf()
      history = new History(name)
    }
    const events = await eventsOf(executions, name, { after: history.seen, queued })
    if (events.length > 0) {
      history.add(events)
      pause = FIRST_PAUSE_MILLIS
      const { progress } = history
      yield progress
      if (progress.stoppedAt && progress.redriveCount >= redriveCount) return
    }
    await sleep(pause, undefined, { signal }).catch(() => signal?.throwIfAborted())
  }
}

async function eventsOf(
  executions: Pick<Executions, 'events'>,
  name: string,
  { after, queued }: { after: number; queued: boolean },
): Promise<HistoryEvent[]> {
  try {
    return await executions.events(name, after)
  } catch (error) {
    if (queued && error instanceof NoSuchExecution) return []
    throw error
  }
}
