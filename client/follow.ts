/** Looks at an execution again and again until it has ended. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { NoSuchExecution } from './errors.ts'
import type { Executions } from './executions.ts'
import { History, type Progress } from './progress.ts'

/** Between two looks: soon after something has happened, ever more seldom while nothing does. */
const FIRST_PAUSE_MILLIS = 250
const LONGEST_PAUSE_MILLIS = 4_000

/** How an execution is followed. */
export interface FollowOptions {
  /** The execution need not exist yet: its request may wait in the queue. True after `request`. */
  queued?: boolean
  /** As `replay` returned it: what came before that redrive does not end the following. */
  redriveCount?: number
  /** Ends the following with its reason. The execution goes on. */
  signal?: AbortSignal | undefined
}

/**
 * Yields whenever something has changed, last when the execution has ended.
 *
 * @param nameOf asked again until the execution exists: it may exist only later, and be another's
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
