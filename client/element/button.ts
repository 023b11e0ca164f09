/**
 * The button alone, for pages that count every byte: `<carryout-download>` and its store. The Japanese texts are a module of
 * their own, which is loaded on a Japanese page.
 */
import { define } from './define.ts'
import { CarryoutDownload } from './download-element.ts'
import { others } from './texts.ts'

export * from './exports.ts'

others.load = () => import('./ja.ts')
define('carryout-download', CarryoutDownload)
