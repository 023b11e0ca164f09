/** The construct: the entry point of `carryout/cdk`. */
export { Carryout } from './carryout.ts'
export type { ClusterProps, DatabaseProps, ServerProps } from './database.ts'
export type { DownloadBucket } from './download-bucket.ts'
export type { DownloadMachine } from './download-machine.ts'
export type { DownloadQueue } from './download-queue.ts'
export type { NotificationTopic } from './notification-topic.ts'
export type { CarryoutProps } from './props.ts'
export type { Subscription } from './settings.ts'
