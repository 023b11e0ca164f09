/** "My downloads" without any framework: the newest first, more when asked for, each as it changes. */
import { type DownloadList, type DownloadView, OVER, type Requested } from '../web/contract.ts'
import { openNews } from './news.ts'
import { observable, type Store } from './observable.ts'
import { createPoller } from './poller.ts'
import { call, Refused } from './server.ts'

export interface DownloadListOptions {
  /** Where the handler is mounted: `/downloads` by default. */
  src?: string | undefined
  /** Of the server's sentences, such as `ja`: the browser's by default. */
  language?: string | undefined
  /** How many at first, and how many more each time, from 1 to 50: 10 by default. */
  limit?: number | undefined
}

export interface DownloadListState {
  /** Null until they are known. */
  downloads: readonly DownloadView[] | null
  hasMore: boolean
  /** A sentence of the server, which refused the last thing that was asked of it. */
  problem: string | null
  isOffline: boolean
}

export interface DownloadListStore extends Store<DownloadListState> {
  more(): void
  cancel(id: string): Promise<void>
  again(id: string): Promise<void>
}

/** The handler lists no more at once. */
const MOST = 100
const PENDING_SECONDS = 3

export function createDownloadList(options: DownloadListOptions = {}): DownloadListStore {
  const { src = '/downloads', limit = 10, language: speak = navigator.language } = options
  let news: ReturnType<typeof openNews> | undefined
  let wanted = limit
  const store = observable<DownloadListState>(
    { downloads: null, hasMore: false, problem: null, isOffline: false },
    () => {
      news = openNews(src, ({ download }) => {
        if (download) take(download)
      })
      poller.start()
    },
    () => {
      poller.stop()
      news?.close()
    },
  )
  const { set, getState } = store
  const take = (download: DownloadView) => {
    const { downloads } = getState()
    if (!downloads) return
    const isKnown = downloads.some(({ id }) => id === download.id)
    set({
      downloads: isKnown
        ? downloads.map((each) => (each.id === download.id ? download : each))
        : [download, ...downloads],
    })
    if (!OVER.includes(download.status)) poller.delay(PENDING_SECONDS)
  }
  const look = async () => {
    try {
      let downloads: DownloadView[] = []
      let next: string | null = ''
      while (next !== null && downloads.length < wanted) {
        const count = Math.min(MOST, wanted - downloads.length)
        const after: string = next && `&after=${encodeURIComponent(next)}`
        const { body } = await call<DownloadList>(`${src}?limit=${count}${after}`, speak)
        downloads = [...downloads, ...body.downloads]
        next = body.next
      }
      set({ downloads, hasMore: next !== null })
      return downloads.every(({ status }) => OVER.includes(status)) ? null : PENDING_SECONDS
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      set({ problem: error.message })
      return null
    }
  }
  const act = async (path: string, use: (body: DownloadView & Requested) => DownloadView) => {
    set({ problem: null })
    try {
      const download = use((await call<DownloadView & Requested>(`${src}/${path}`, speak, {})).body)
      take(download)
      news?.tell({ download, seconds: 1 })
    } catch (error) {
      set(error instanceof Refused ? { problem: error.message } : { isOffline: true })
    }
    poller.now()
  }
  const poller = createPoller(look, (isOffline) => set({ isOffline }))
  return {
    getState,
    subscribe: store.subscribe,
    more() {
      wanted = (getState().downloads?.length ?? 0) + limit
      poller.now()
    },
    cancel: (id) => act(`${id}/cancel`, (body) => body),
    again: (id) => act(`${id}/again`, ({ download }) => download),
  }
}
