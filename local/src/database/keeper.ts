/** Restarts a throwaway server that ended unexpectedly, because it crashed or the system killed it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseUnusable, messageOf } from './errors.ts'

/** How often to check a server that is not a child of this process. */
const LOOK_MILLIS = 1000
/** A server that keeps ending is restarted at most this often. */
const STARTS = 5
const STEADY_MILLIS = 60_000

export interface Keeper {
  /** Prevents further starts. Resolves when none is in progress. */
  stop(): Promise<void>
}

export function keepRunning(options: {
  isRunning(): boolean
  /** Starts it again. @throws DatabaseUnusable if it must not be retried */
  restart(signal: AbortSignal): Promise<void>
  onProgress(line: string): void
  log: string
}): Keeper {
  const { isRunning, restart, onProgress, log } = options
  const stopping = new AbortController()
  const { signal } = stopping

  async function watch() {
    let starts = 0
    let startedAt = performance.now()
    for (;;) {
      await sleep(LOOK_MILLIS, undefined, { signal, ref: false })
      if (isRunning()) continue
      if (performance.now() - startedAt > STEADY_MILLIS) starts = 0
      if (++starts > STARTS)
        return onProgress(`The database server keeps ending and will not be restarted (log: ${log}).`)
      onProgress(`The database server ended unexpectedly (log: ${log}). Restarting it …`)
      startedAt = performance.now()
      try {
        await restart(signal)
        onProgress('The database server is running again; committed data is kept.')
      } catch (error) {
        signal.throwIfAborted()
        onProgress(`The database server does not start: ${messageOf(error)}`)
        if (error instanceof DatabaseUnusable) return
      }
    }
  }

  const done = watch().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  return {
    async stop() {
      stopping.abort()
      await done
    },
  }
}
