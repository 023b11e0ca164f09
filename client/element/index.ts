/**
 * The button and the list of downloads for a web page: two custom elements and their stores. In the published package
 * it is one minified module without imports, so it can be served unchanged.
 */
import { define } from './define.ts'
import { CarryoutDownload } from './download-element.ts'
import { ja } from './ja.ts'
import { CarryoutDownloads } from './list-element.ts'
import { others } from './texts.ts'

export * from './exports.ts'
export {
  createDownloadList,
  type DownloadListOptions,
  type DownloadListState,
  type DownloadListStore,
} from './list-store.ts'
export { CarryoutDownloads }

others.ja = ja
define('carryout-download', CarryoutDownload)
define('carryout-downloads', CarryoutDownloads)

declare global {
  interface HTMLElementTagNameMap {
    'carryout-downloads': CarryoutDownloads
  }
}
