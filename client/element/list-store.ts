/**
 * The state of the list of the user's downloads, without a framework: newest first, with more on request, updated as
 * they change.
 */
import { type DownloadList, type DownloadView, OVER } from '../web/contract.ts'
import { call } from './server.ts'
import { type Common, createStore, type Store } from './store.ts'

/** Which list a page shows. */
export interface DownloadListOptions {
  /** Where the handler is mounted: `/downloads` by default. */
  src?: string | undefined
  /** Language of the server's sentences, such as `ja`; the browser's by default. */
  language?: string | undefined
  /** How many are listed at first, and how many more each time, from 1 to 50; 10 by default. */
  limit?: number | undefined
}

/** The list's current state. */
export interface DownloadListState extends Common {
  /** Null until they are known. */
  downloads: readonly DownloadView[] | null
  hasMore: boolean
}

/** The list, and the actions on it. */
export interface DownloadListStore extends Store<DownloadListState> {
  more(): void
  cancel(id: string): Promise<void>
  again(id: string): Promise<void>
}

/** The handler's maximum page size. */
const MOST = 100
const PENDING_SECONDS = 3

/** The store behind `<carryout-downloads>`. It asks the server only while somebody subscribes. */
export function createDownloadList(options: DownloadListOptions = {}): DownloadListStore {
  const { src = '/downloads', limit = 10, language = navigator.language } = options
  let wanted = limit
  const isOver = ({ status }: DownloadView) => OVER.includes(status)
  const take = (download: DownloadView) => {
    const { downloads } = getState()
    if (!downloads) return
    const known = downloads.findIndex(({ id }) => id === download.id)
    set({ downloads: known < 0 ? [download, ...downloads] : downloads.with(known, download) })
    if (!isOver(download)) delay(PENDING_SECONDS)
  }
  const { set, getState, tell, now, delay, act, subscribe } = createStore<DownloadListState>(
    { downloads: null, hasMore: false, problem: null, isOffline: false },
    {
      src,
      language,
      refuse({ message }) {
        set({ problem: message })
        return true
      },
      hear({ download }) {
        if (download) take(download)
      },
      async look() {
        const downloads: DownloadView[] = []
        let after: string | null = ''
        do {
          const query: string = `?limit=${Math.min(MOST, wanted - downloads.length)}${after && `&after=${encodeURIComponent(after)}`}`
          const { body } = await call<DownloadList>(src + query, language)
          downloads.push(...body.downloads)
          after = body.next
        } while (after && downloads.length < wanted)
        set({ downloads, hasMore: !!after })
        return downloads.every(isOver) ? 0 : PENDING_SECONDS
      },
    },
  )
  const adopt = (download: DownloadView) => {
    take(download)
    tell({ download, seconds: 1 })
  }
  return {
    getState,
    subscribe,
    more() {
      wanted = (getState().downloads?.length ?? 0) + limit
      now()
    },
    cancel: (id) => act(`${id}/cancel`, adopt),
    again: (id) => act(`${id}/again`, ({ download }) => adopt(download)),
  }
}
