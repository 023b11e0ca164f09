/** The exports of the button's module, with and without the list. */
import type { CarryoutDownload } from './download-element.ts'

export type {
  DownloadError,
  DownloadFile,
  DownloadStatus,
  DownloadView,
  Expectation,
  Outcome,
} from '../web/contract.ts'
export { CarryoutDownload } from './download-element.ts'
export {
  createDownload,
  type DownloadOptions,
  type DownloadState,
  type DownloadStore,
  type Phase,
} from './download-store.ts'
export type { Store } from './store.ts'

declare global {
  interface HTMLElementTagNameMap {
    'carryout-download': CarryoutDownload
  }
}
