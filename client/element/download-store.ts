/** One download button's state, without any framework: it is remembered over a reload and the same in every tab. */
import type { DownloadRequest, DownloadStatus, DownloadView, Expectation, Outcome, Requested } from '../web/contract.ts'
import { call, type Failure } from './server.ts'
import { type Common, createStore, type Store } from './store.ts'

/** Which download a button requests. */
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

/** The button at a moment. */
export interface DownloadState extends Common {
  phase: Phase
  /** Null while nothing is requested. */
  download: DownloadView | null
  /** What to expect before it is requested; null until it is known. */
  expected: Expectation | null
  /** How the request was answered; null after a reload. */
  outcome: Outcome | null
}

/** The button’s download, and what can be done with it. */
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

/** What goes wrong is in the state. */
export function createDownload(options: DownloadOptions): DownloadStore {
  const { src = '/downloads', language = navigator.language, ...wish } = options
  // Two orders of the same parameters are one request.
  const { params = {} } = wish
  const key = `carryout ${src} ${JSON.stringify({ ...wish, params: Object.entries(params).sort() })}`
  /** The id of a download, or of a request on its way with `?` before it, or `!` where it is to be a fresh one. */
  let known = ''
  const keep = (value: string) => {
    known = value
    try {
      localStorage.setItem(key, value)
    } catch {
      // It is forgotten with the page.
    }
  }
  const isOnItsWay = () => /^[?!]/.test(known)
  const show = (download: DownloadView) => {
    keep(download.id)
    const was = getState().download
    set({ phase: download.status, download: JSON.stringify(was) === JSON.stringify(download) ? was : download })
  }
  const adopt = (download: DownloadView, seconds: number) => {
    show(download)
    tell({ key, download, seconds })
    return seconds
  }
  const requested = ({ outcome, download }: Requested) => {
    set({ outcome })
    return adopt(download, 1)
  }
  const drop = () => {
    keep('')
    set(NOTHING)
  }
  const forget = () => {
    drop()
    tell({ key, download: null, seconds: 0 })
  }
  const refuse = ({ status, message }: Failure) => {
    // Before anything is asked for, nothing is said.
    if (!known) return
    if (isOnItsWay()) keep('')
    // It is another user's now, or nobody's.
    else if (status === 404) return forget()
    set({ problem: message, phase: getState().download?.status ?? 'failed' })
  }
  const store = createStore<DownloadState>(
    { ...NOTHING, expected: null, isOffline: false },
    {
      src,
      language,
      refuse,
      onStart() {
        try {
          known ||= localStorage.getItem(key) ?? ''
        } catch {}
        if (isOnItsWay()) set({ phase: 'requesting' })
      },
      async look() {
        const asked = known
        if (isOnItsWay()) {
          const body = { ...wish, id: known.slice(1), fresh: known[0] === '!' }
          return requested((await call<Requested>(src, language, body)).body)
        }
        if (!known) {
          const url = `${src}/expect?export=${encodeURIComponent(wish.export)}`
          set({ expected: (await call<Expectation>(url, language)).body })
          return 0
        }
        const { body, seconds } = await call<DownloadView>(`${src}/${known}`, language)
        return known === asked ? adopt(body, seconds) : 0
      },
      hear({ key: from, download, seconds }) {
        if (from === key && !download) drop()
        else if (download && (from === key || download.id === known)) {
          show(download)
          // A little later than whoever told it, so that one tab asks for all.
          delay(seconds * (1.2 + Math.random() / 2))
        }
      },
    },
  )
  const { set, getState, tell, now, delay, act, subscribe } = store
  const request = ({ fresh = false } = {}) => {
    if (getState().phase === 'requesting') return
    keep((fresh ? '!' : '?') + newId())
    set({ ...NOTHING, phase: 'requesting' })
    now()
  }
  return {
    getState,
    subscribe,
    request,
    cancel: () => act(`${known}/cancel`, (body) => adopt(body, 0)),
    async again() {
      if (getState().download) await act(`${known}/again`, requested)
      else request()
    },
    forget,
  }
}

/** Of 96 random bits: `crypto.randomUUID` is only there on https and localhost. */
function newId(): string {
  return crypto.getRandomValues(new Uint32Array(3)).join('-')
}
