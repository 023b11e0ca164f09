/**
 * The button and the list of downloads for a web page: two custom elements and the stores below them. In the published
 * package it is one minified module without imports, so it may be served as it is.
 */
import { CarryoutDownload } from './download-element.ts'
import { CarryoutDownloads } from './list-element.ts'

export type {
  DownloadError,
  DownloadFile,
  DownloadStatus,
  DownloadView,
  Expectation,
  Outcome,
} from '../web/contract.ts'
export {
  createDownload,
  type DownloadOptions,
  type DownloadState,
  type DownloadStore,
  type Phase,
} from './download-store.ts'
export {
  createDownloadList,
  type DownloadListOptions,
  type DownloadListState,
  type DownloadListStore,
} from './list-store.ts'
export type { Store } from './store.ts'
export { CarryoutDownload, CarryoutDownloads }

const elements = { 'carryout-download': CarryoutDownload, 'carryout-downloads': CarryoutDownloads }

// A page may load it twice, and a server has no elements.
for (const [name, element] of Object.entries(elements)) {
  if (globalThis.customElements && !customElements.get(name)) customElements.define(name, element)
}

declare global {
  interface HTMLElementTagNameMap {
    'carryout-download': CarryoutDownload
    'carryout-downloads': CarryoutDownloads
  }
}
