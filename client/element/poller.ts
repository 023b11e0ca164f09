/** Looks again and again: not while the page is hidden, ever more seldom while nobody answers, at once when that ends. */
import type { Unreachable } from './server.ts'

export interface Poller {
  start(): void
  stop(): void
  /** Looks at once; a look that is under way is followed by another. */
  now(): void
  /** Puts the next look off, since somebody else has looked. */
  delay(seconds: number): void
}

const LONGEST_SECONDS = 30

/**
 * @param look returns the seconds until the next one, or null where nothing more comes; throws Unreachable
 * @param onConnection hears whether the server could be reached
 */
export function createPoller(look: () => Promise<number | null>, onConnection: (isOffline: boolean) => void): Poller {
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let isStarted = false
  let isLooking = false
  let isAsked = false
  const delay = (seconds: number) => {
    clearTimeout(timer)
    if (isStarted) timer = setTimeout(now, seconds * 1000)
  }
  const now = async () => {
    clearTimeout(timer)
    isAsked = isLooking
    if (isLooking || !isStarted || document.hidden) return
    isLooking = true
    let seconds: number | null
    try {
      seconds = await look()
      failures = 0
      onConnection(false)
    } catch (error) {
      seconds = (error as Unreachable).seconds ?? Math.min(LONGEST_SECONDS, 2 ** failures++)
      onConnection(true)
    }
    isLooking = false
    if (isAsked) now()
    else if (seconds !== null) delay(seconds)
  }
  const events = (change: 'addEventListener' | 'removeEventListener') => {
    window[change]('online', now)
    document[change]('visibilitychange', now)
  }
  return {
    start() {
      if (isStarted) return
      isStarted = true
      events('addEventListener')
      now()
    },
    stop() {
      isStarted = false
      clearTimeout(timer)
      events('removeEventListener')
    },
    now,
    delay,
  }
}
