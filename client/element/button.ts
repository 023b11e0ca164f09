/**
 * The button alone, for pages that need the smallest module: `<carryout-download>` and its store. The Japanese texts
 * are a separate module, loaded on Japanese pages.
 */
import { define } from './define.ts'
import { CarryoutDownload } from './download-element.ts'
import { others } from './texts.ts'

export * from './exports.ts'

others.load = () => import('./ja.ts')
define('carryout-download', CarryoutDownload)
