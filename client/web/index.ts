/** The web app's part: a handler to mount, and what pages and server say to each other. */
export * from './contract.ts'
export { createDownloads, type DownloadsHandler } from './downloads.ts'
export { type HttpEvent, type HttpResult, toLambdaHandler } from './lambda.ts'
export { toNodeHandler } from './node.ts'
export type { DownloadsOptions, Identity, Wish } from './options.ts'
