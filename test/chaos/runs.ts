/** Measures how long executions run, with this process's clock, because the stack's clock may jump. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChaosCloud } from './cloud.ts'

export interface Runs {
  /** The longest run so far, ended or not; a redrive is another run. */
  longest(): { name: string; seconds: number }
  /** Measures all runs from now on, because after a kill the process begins the running steps again. */
  beginAgain(): void
  forget(): void
  stop(): Promise<void>
}

const LOOK_MILLIS = 1_000

export function watchRuns(cloud: Pick<ChaosCloud, 'executions'>): Runs {
  const since = new Map<string, number>()
  const ending = new AbortController()
  const none = { name: '', seconds: 0 }
  let longest = none
  const look = async () => {
    const running = new Set((await cloud.executions('RUNNING')).map(({ name }) => name))
    const now = performance.now()
    for (const name of running) {
      if (!since.has(name)) since.set(name, now)
      const seconds = (now - since.get(name)!) / 1000
      if (seconds > longest.seconds) longest = { name, seconds }
    }
    for (const name of since.keys()) if (!running.has(name)) since.delete(name)
  }
  const watch = async () => {
    while (!ending.signal.aborted) {
      // A killed process does not respond until it has restarted.
      await look().catch(() => undefined)
      await sleep(LOOK_MILLIS, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }
  const watched = watch()
  return {
    longest: () => longest,
    beginAgain: () => since.clear(),
    forget() {
      longest = none
    },
    async stop() {
      ending.abort()
      await watched
    },
  }
}
