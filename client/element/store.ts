/** What both stores have in common: a state to listen to, a look again and again, and news among tabs. */
import type { DownloadView, Requested } from '../web/contract.ts'
import { call, type Failure } from './server.ts'

/** A state that is replaced, never changed, and that somebody listens to. */
export interface Store<State> {
  /** The same object until something changes. */
  getState(): State
  /** It works while somebody listens. @returns what ends it */
  subscribe(listener: () => void): () => void
}

/** What stores of one mount tell each other, in this tab and in all others. */
export interface News {
  /** Of the store that it comes from; absent where a list has it. */
  key?: string | undefined
  /** Null: it is forgotten. */
  download: DownloadView | null
  /** How long it is good for; 0 where nothing more comes. */
  seconds: number
}

export interface Common {
  /** A sentence of the server, which refused the last thing that was asked of it. */
  problem: string | null
  /** The server cannot be reached. What was asked is asked again. */
  isOffline: boolean
}

export interface Work {
  src: string
  language: string
  /** @returns the seconds until the next one, or 0 where nothing more comes */
  look(): Promise<number>
  hear(news: News): void
  refuse(failure: Failure): void
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
  const set = (change: Partial<State>) => {
    if (Object.entries(change).every(([name, value]) => state[name as keyof State] === value)) return
    state = { ...state, ...change }
    for (const listener of listeners) listener()
  }
  const common = (change: Partial<Common>) => set(change as Partial<State>)
  const delay = (seconds: number) => {
    clearTimeout(timer)
    if (channel && seconds) timer = setTimeout(now, seconds * 1000)
  }
  /** Not while the page is hidden; a look that is under way is followed by another. */
  const now = async () => {
    delay(0)
    isAsked = isLooking
    if (isLooking || !channel || document.hidden) return
    isLooking = true
    let seconds = 0
    try {
      seconds = await look()
      failures = 0
      common({ isOffline: false })
    } catch (error) {
      const failure = error as Failure
      if (failure.status) refuse(failure)
      else {
        seconds = failure.seconds || Math.min(LONGEST_SECONDS, 2 ** failures++)
        common({ isOffline: true })
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
    /** What somebody does by hand is not repeated by itself. */
    async act(path: string, use: (body: DownloadView & Requested) => void) {
      common({ problem: null })
      try {
        use((await call<DownloadView & Requested>(`${src}/${path}`, language, {})).body)
      } catch (error) {
        if ((error as Failure).status) refuse(error as Failure)
        else common({ isOffline: true })
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
