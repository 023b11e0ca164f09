/** One download button's state, without any framework: it is remembered over a reload and the same in every tab. */
import type { DownloadRequest, DownloadStatus, DownloadView, Expectation, Outcome, Requested } from '../web/contract.ts'
import { type News, openNews } from './news.ts'
import { observable, type Store } from './observable.ts'
import { createPoller } from './poller.ts'
import { call, Refused } from './server.ts'

export interface DownloadOptions extends Omit<DownloadRequest, 'id' | 'fresh'> {
  /** As `gzip`; the export's first one by default. */
  compression?: string
  /** As `cp932`; the export's first one by default. */
  encoding?: string
  /** Where the handler is mounted: `/downloads` by default. */
  src?: string | undefined
  /** Of the server's sentences, such as `ja`: the browser's by default. */
  language?: string | undefined
}

/** `idle`: nothing is requested. `requesting`: the request is on its way. The rest is the download's own. */
export type Phase = 'idle' | 'requesting' | DownloadStatus

export interface DownloadState {
  phase: Phase
  /** Null while nothing is requested. */
  download: DownloadView | null
  /** What to expect before it is requested; null until it is known. */
  expected: Expectation | null
  /** How the request was answered; null after a reload. */
  outcome: Outcome | null
  /** A sentence of the server, which refused the last thing that was asked of it. */
  problem: string | null
  /** The server cannot be reached. What was asked is asked again. */
  isOffline: boolean
}

export interface DownloadStore extends Store<DownloadState> {
  /** @param options.fresh asks for a new run although the same file is ready */
  request(options?: { fresh?: boolean }): void
  cancel(): Promise<void>
  /** The same request once more. */
  again(): Promise<void>
  /** Back to idle; the download itself stays. */
  forget(): void
}

const NOTHING = { phase: 'idle', download: null, outcome: null, problem: null } as const

/** @throws nothing: what goes wrong is in the state */
export function createDownload({ src = '/downloads', language, ...wish }: DownloadOptions): DownloadStore {
  const speak = language ?? navigator.language
  const key = `carryout ${src} ${JSON.stringify(wish, sorted)}`
  let news: ReturnType<typeof openNews> | undefined
  /** The id of a download, or of a request on its way with `?` before it, and `!` where it is to be a fresh one. */
  let known = ''
  const keep = (value: string) => {
    known = value
    try {
      if (value) localStorage.setItem(key, value)
      else localStorage.removeItem(key)
    } catch {
      // It is forgotten with the page.
    }
  }
  const store = observable<DownloadState>(
    { ...NOTHING, expected: null, isOffline: false },
    () => {
      try {
        known ||= localStorage.getItem(key) ?? ''
      } catch {}
      if (known[0] === '?') store.set({ phase: 'requesting' })
      news = openNews(src, hear)
      poller.start()
    },
    () => {
      poller.stop()
      news?.close()
    },
  )
  const { set, getState } = store
  const show = (download: DownloadView) => {
    keep(download.id)
    const was = getState().download
    if (JSON.stringify(was) !== JSON.stringify(download)) set({ phase: download.status, download })
    else set({ phase: download.status })
  }
  const hear = ({ key: from, download, seconds }: News) => {
    if (from === key && !download) {
      keep('')
      set(NOTHING)
    } else if (download && (from === key || download.id === known)) {
      show(download)
      // A little later than whoever told it, so that one tab asks for all.
      if (seconds !== null) poller.delay(seconds * (1.2 + Math.random() / 2))
    }
  }
  const tell = (download: DownloadView | null, seconds: number | null = null) => news?.tell({ key, download, seconds })
  const adopt = (download: DownloadView, seconds: number | null) => {
    show(download)
    tell(download, seconds)
    return seconds
  }
  const forget = () => {
    keep('')
    set(NOTHING)
    tell(null)
  }
  const look = async (): Promise<number | null> => {
    try {
      if (known[0] === '?') return await send()
      if (!known) {
        const { body } = await call<Expectation>(`${src}/expect?export=${encodeURIComponent(wish.export)}`, speak)
        set({ expected: body })
        return null
      }
      const asked = known
      const { body, seconds } = await call<DownloadView>(`${src}/${known}`, speak)
      return known === asked ? adopt(body, seconds) : null
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      // It is another user's now, or nobody's.
      if (error.status === 404 && known && known[0] !== '?') forget()
      // Before anything is asked for, nothing is said.
      else if (known) refuse(error)
      return null
    }
  }
  const send = async () => {
    const [, fresh, id] = /^\?(!?)(.*)/.exec(known)!
    const { body } = await call<Requested>(src, speak, { ...wish, id, ...(fresh && { fresh: true }) })
    set({ outcome: body.outcome })
    adopt(body.download, 1)
    return 1
  }
  const refuse = ({ message }: Error) => {
    const { download } = getState()
    if (known[0] === '?') keep('')
    set({ problem: message, phase: known ? (download?.status ?? 'failed') : 'failed' })
  }
  /** What somebody does by hand is not repeated by itself. */
  const act = async (action: 'cancel' | 'again', use: (body: DownloadView & Requested) => void) => {
    set({ problem: null })
    try {
      use((await call<DownloadView & Requested>(`${src}/${known}/${action}`, speak, {})).body)
      set({ isOffline: false })
    } catch (error) {
      if (error instanceof Refused) refuse(error)
      else set({ isOffline: true })
    }
    poller.now()
  }
  const request = ({ fresh = false } = {}) => {
    if (getState().phase === 'requesting') return
    keep(`?${fresh ? '!' : ''}${newId()}`)
    set({ ...NOTHING, phase: 'requesting' })
    poller.now()
  }
  const poller = createPoller(look, (isOffline) => set({ isOffline }))
  return {
    getState,
    subscribe: store.subscribe,
    request,
    cancel: () => act('cancel', (body) => adopt(body, null)),
    async again() {
      if (!getState().download) return request()
      await act('again', ({ outcome, download }) => {
        set({ outcome })
        adopt(download, 1)
      })
    },
    forget,
  }
}

/** Two orders of the same parameters are one request. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** Of 96 random bits: `crypto.randomUUID` is only there on https and localhost. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint32Array(3))].map((number) => number.toString(36)).join('-')
}
