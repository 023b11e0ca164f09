/** The web app's part: a handler to mount, and the contract between pages and server. */
export * from './contract.ts'
export { createDownloads, type DownloadsHandler } from './downloads.ts'
export { type HttpEvent, type HttpResult, toLambdaHandler } from './lambda.ts'
export { toNodeHandler } from './node.ts'
export type { DownloadsOptions, Identity, Wish } from './options.ts'
