/** Starts a throwaway server again when it ends by itself: it crashed, or the system killed it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseUnusable, messageOf } from './errors.ts'

/** How often a server is looked for that is not a child of this process. */
const LOOK_MILLIS = 1000
/** A server that keeps ending is not started for ever. */
const STARTS = 5
const STEADY_MILLIS = 60_000

export interface Keeper {
  /** No further start. Resolves when none is under way. */
  stop(): Promise<void>
}

export function keepRunning(options: {
  isRunning(): boolean
  /** Starts it again. @throws DatabaseUnusable when it is not to be tried once more. */
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
        return onProgress(`The database server keeps ending; it is not started any more (log: ${log}).`)
      onProgress(`The database server has ended by itself (log: ${log}). Starting it again …`)
      startedAt = performance.now()
      try {
        await restart(signal)
        onProgress('The database server runs again; what was committed is there.')
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
