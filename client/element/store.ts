/** The base of both stores: a state with subscribers, polling, and news between tabs. */
import type { DownloadView, Requested } from '../web/contract.ts'
import { call, type Failure } from './server.ts'

/** A state with subscribers. It is replaced, never mutated. */
export interface Store<State> {
  /** The same object until something changes. */
  getState(): State
  /** The store polls while it has subscribers. @returns a function that unsubscribes */
  subscribe(listener: () => void): () => void
}

/** What stores with the same mount tell each other, in this tab and all others. */
export interface News {
  /** The key of the sending store; undefined if a list sent it. */
  key?: string | undefined
  /** Null if the download was forgotten. */
  download: DownloadView | null
  /** Seconds for which the news is current; 0 if nothing will change. */
  seconds: number
}

export interface Common {
  /** The server's sentence, if it refused the last action or poll. */
  problem: string | null
  /** Whether the server is unreachable. The call is repeated. */
  isOffline: boolean
}

export interface Work {
  src: string
  language: string
  /** @returns seconds until the next poll, or 0 if nothing will change */
  look(): Promise<number>
  hear(news: News): void
  /** @returns whether the problem is over once a poll succeeds; otherwise it is shown until the next action */
  refuse(failure: Failure): boolean
  onStart?(): void
}

const LONGEST_SECONDS = 30

export function createStore<State extends Common>(state: State, work: Work) {
  const { src, language, look, hear, refuse } = work
  const listeners = new Set<() => void>()
  let channel: BroadcastChannel | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let isLooking = false
  let isAsked = false
  let isPollRefused = false
  const set = (change: Partial<State> | Partial<Common>) => {
    if (Object.entries(change).every(([name, value]) => state[name as keyof State] === value)) return
    state = { ...state, ...change }
    for (const listener of listeners) listener()
  }
  const delay = (seconds: number) => {
    clearTimeout(timer)
    if (channel && seconds) timer = setTimeout(now, seconds * 1000)
  }
  /** Polls now, unless the page is hidden. If a poll is in progress, another one follows it. */
  const now = async () => {
    delay(0)
    isAsked = isLooking
    if (isLooking || !channel || document.hidden) return
    isLooking = true
    let seconds = 0
    try {
      seconds = await look()
      failures = 0
      set({ isOffline: false, ...(isPollRefused && { problem: null }) })
    } catch (error) {
      const failure = error as Failure
      if (!failure.status) {
        seconds = failure.seconds || Math.min(LONGEST_SECONDS, 2 ** failures++)
        set({ isOffline: true })
      } else if (!isAsked) {
        // If something happened meanwhile, the poll that follows decides.
        isPollRefused = refuse(failure)
      }
    }
    isLooking = false
    if (isAsked) now()
    else delay(seconds)
  }
  const listen = (change: 'addEventListener' | 'removeEventListener') => {
    window[change]('online', now)
    document[change]('visibilitychange', now)
  }
  return {
    set,
    now,
    delay,
    getState: () => state,
    tell: (news: News) => channel?.postMessage(news),
    /** Runs an action of the user. It is not repeated automatically. */
    async act(path: string, use: (body: DownloadView & Requested) => void) {
      set({ problem: null })
      isPollRefused = false
      try {
        use((await call<DownloadView & Requested>(`${src}/${path}`, language, {})).body)
      } catch (error) {
        if ((error as Failure).status) refuse(error as Failure)
        else set({ isOffline: true })
      }
      now()
    },
    subscribe(listener: () => void) {
      listeners.add(listener)
      if (!channel) {
        channel = new BroadcastChannel(`carryout ${src}`)
        channel.onmessage = ({ data }) => hear(data)
        work.onStart?.()
        listen('addEventListener')
        now()
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size || !channel) return
        delay(0)
        listen('removeEventListener')
        channel.close()
        channel = undefined
      }
    },
  }
}
