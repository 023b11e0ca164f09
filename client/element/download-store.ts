/** The state of one download button, without a framework. It survives a reload and is shared by all tabs. */
import type { DownloadRequest, DownloadStatus, DownloadView, Expectation, Outcome, Requested } from '../web/contract.ts'
import { call, type Failure } from './server.ts'
import { type Common, createStore, type Store } from './store.ts'

/** The download that a button requests. */
export interface DownloadOptions extends Omit<DownloadRequest, 'id' | 'fresh'> {
  /** Such as `gzip`; the export's first one by default. */
  compression?: string
  /** Such as `cp932`; the export's first one by default. */
  encoding?: string
  /** Where the handler is mounted: `/downloads` by default. */
  src?: string | undefined
  /** Language of the server's sentences, such as `ja`; the browser's by default. */
  language?: string | undefined
}

/** `idle`: nothing is requested. `requesting`: the request is being sent. Otherwise the download's own status. */
export type Phase = 'idle' | 'requesting' | DownloadStatus

/** The button's current state. */
export interface DownloadState extends Common {
  phase: Phase
  /** Null while nothing is requested. */
  download: DownloadView | null
  /** The forecast before it is requested; null until it is known. */
  expected: Expectation | null
  /** How the request was answered; null after a reload. */
  outcome: Outcome | null
}

/** A button's download, and the actions on it. */
export interface DownloadStore extends Store<DownloadState> {
  /** @param options.fresh requests a new run even if the same file is ready */
  request(options?: { fresh?: boolean }): void
  cancel(): Promise<void>
  /** Sends the same request once more. */
  again(): Promise<void>
  /** Returns to idle; the download itself is kept. */
  forget(): void
}

const NOTHING = { phase: 'idle', download: null, outcome: null, problem: null } as const

/** Makes a download's store. Errors are part of the state. */
export function createDownload(options: DownloadOptions): DownloadStore {
  const { src = '/downloads', language = navigator.language, ...wish } = options
  // Parameters are sorted, so that their order does not matter.
  const { params = {} } = wish
  const key = `carryout ${src} ${JSON.stringify({ ...wish, params: Object.entries(params).sort() })}`
  /** The id of a download; or `?` and the id of a request being sent, or `!` if it is for a fresh run. */
  let known = ''
  const keep = (value: string) => {
    known = value
    try {
      localStorage.setItem(key, value)
    } catch {
      // Without storage, the download is forgotten with the page.
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
    // Nothing is shown before the first request.
    if (!known) return false
    const isSending = isOnItsWay()
    if (isSending) keep('')
    else if (status === 404) {
      // The download belongs to another user now, or to nobody.
      forget()
      return false
    }
    set({ problem: message, phase: getState().download?.status ?? 'failed' })
    return !isSending
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
        const isOwn = from === key
        if (!download) {
          if (isOwn) drop()
        } else if (isOwn || download.id === known) {
          show(download)
          // Slightly later than the store that shared the news, so that only one tab asks.
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

/** Makes an id of 96 random bits. `crypto.randomUUID` exists only on https and localhost. */
function newId(): string {
  return crypto.getRandomValues(new Uint32Array(3)).join('-')
}
