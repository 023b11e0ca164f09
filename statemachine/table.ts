/**
 * The items of the one DynamoDB table: an index of requests, which can be rebuilt from executions; the order of waiting
 * requests; and a few facts, such as sent notices, a pause, and revoked links. It never holds an execution's progress.
 */

/** The table's own attributes. */
export const TABLE_KEYS = { partition: 'pk', sort: 'sk', timeToLive: 'expiresAt' } as const

/** The two indexes. Items without an index's attributes are not in it. */
export const TABLE_INDEXES = {
  /** One requester's requests, by the time of the request. */
  byRequester: { name: 'by-requester', partition: 'requester', sort: 'requestedAt' },
  /** Requests in one state, by the time they entered it; for waiting requests that is the order of arrival. */
  byState: { name: 'by-state', partition: 'state', sort: 'at' },
} as const

/** How long entries are kept: as long as Step Functions keeps an execution, counted from the last change. */
const KEPT_SECONDS = 90 * 24 * 60 * 60

export const DOWNLOAD_STATES = ['waiting', 'running', 'ready', 'failed', 'cancelled'] as const
/** The state that a download is in. */
export type DownloadState = (typeof DOWNLOAD_STATES)[number]

/** The error name of a message from which no execution was started. */
export const NOT_STARTED = 'NotStarted'

export interface TableKey {
  pk: string
  sk: string
}

/** A request and its outcome. Times are ISO 8601, UTC. */
export interface DownloadEntry {
  /** The request's id, or the message's id if the request has none that can name an execution. */
  id: string
  state: DownloadState
  /** When it entered this state. */
  at: string
  requestedAt: string
  /** Its place in the order of waiting requests, which sorts in the order of starting; set while it waits. */
  place?: string
  /** Digest of the message's body, set from the time it waits. */
  digest?: string
  /** As written in the request; undefined if the message has none. */
  requestedBy?: string
  /** `requestedBy` in lower case, by which the index is searched. */
  requester?: string
  export?: string
  /** The parameters as JSON; undefined if they are longer than 1 KiB. */
  params?: string
  /** The format in the request, and later the planned one. */
  format?: string
  /** As in the request; undefined if it has none. */
  compression?: string
  encoding?: string
  /** Equal for requests of the same requester for the same file; see `likenessOf`. */
  likeness?: string
  startedAt?: string
  endedAt?: string
  redriveCount: number
  /** Of a failed download: the error's name, and its reason on one line. */
  error?: string
  reason?: string
  /** Set for a ready download. */
  title?: string
  fileName?: string
  rows?: number
  bytes?: number
  /** Digest of the code that made it, from the plan. With other code the same request may give another file. */
  catalogue?: string
  /** When it was last redriven; undefined if never. */
  redrivenAt?: string
  /** The download that this one replaces. */
  replayedFrom?: string
  /** The download that replaces this one. */
  replayedAs?: string
}

/** An action of a person on a download or on the queue: who, when and why. */
export interface Action {
  /** ISO 8601, UTC. */
  at: string
  by: string
  /** Empty if none was given. */
  reason: string
  action: 'request' | 'replay' | 'resend' | 'stop' | 'cancel' | 'pause' | 'resume' | 'sendDeadLetter' | 'dropDeadLetter'
  /** The resulting download, or the dead letter that was handled. */
  other?: string
  /** The bulk replay that it was part of. */
  bulk?: string
}

/** Which ways of sending a notice are done. Times are ISO 8601, UTC. */
export interface NoticeFacts {
  /** Until then, an invocation has claimed this way; afterwards another one may claim it. */
  publishClaimedUntil?: string
  mailClaimedUntil?: string
  webhookClaimedUntil?: string
  eventClaimedUntil?: string
  /** When the topic accepted it. */
  publishDone?: string
  /** When the event bus accepted it. */
  eventDone?: string
  /** When SES accepted the requester's mail. */
  mailDone?: string
  /** When the webhook's receiver answered with success. */
  webhookDone?: string
  /** SES's id of the mail. */
  messageId?: string
  /** SES's feedback about the mail: `bounce` or `complaint`. */
  feedback?: string
  feedbackAt?: string
}

/** The ways in which a notice is sent; each is claimed and confirmed separately. */
export type NoticeWay = 'publish' | 'event' | 'mail' | 'webhook'

/** A pause, during which nothing new starts. */
export interface Pause {
  /** ISO 8601, UTC. */
  at: string
  by: string
  reason: string
}

/** `ready`, or `failed#0` for the failure of the first run and `failed#1` for that of its first redrive. */
export function noticeName(status: 'ready' | 'failed', redriveCount: number): string {
  return status === 'ready' ? 'ready' : `failed#${redriveCount}`
}

export const PAUSE_KEY: TableKey = { pk: 'fact', sk: 'pause' }

/** The partition of actions on the queue rather than on one download. */
export const QUEUE_PARTITION = 'queue'

export function entryKey(id: string): TableKey {
  return { pk: `download#${id}`, sk: 'entry' }
}

export function noticeKey(id: string, notice: string): TableKey {
  return { pk: `download#${id}`, sk: `notice#${notice}` }
}

/**
 * @param pk of a download's items, or `QUEUE_PARTITION` @param suffix distinguishes two actions of the same millisecond
 */
export function actionKey(pk: string, { at }: Action, suffix: string): TableKey {
  return { pk, sk: `action#${at}#${suffix}` }
}

/** The cancellation of a waiting request; its execution then ends at Prepare. */
export interface Cancellation {
  /** ISO 8601, UTC. */
  at: string
  by: string
}

export function cancelledKey(id: string): TableKey {
  return { pk: `download#${id}`, sk: 'cancelled' }
}

/** Key of the fact that the links to one download were revoked. */
export function revokedDownloadKey(id: string): TableKey {
  return { pk: `download#${id}`, sk: 'revoked' }
}

/** Key of the fact that all links sent to one requester until then were revoked. @param digest see `requesterDigest` */
export function revokedRequesterKey(digest: string): TableKey {
  return { pk: `requester#${digest}`, sk: 'revoked' }
}

/**
 * Normalizes an e-mail address for comparison. Only A to Z are lowered: `toLowerCase` turns the Kelvin sign into a k,
 * which would make it another person's address.
 */
export function requesterOf(address: string): string {
  return address.trim().replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** @returns when an item that changed at this time is deleted, in epoch seconds */
export function expiryOf(changedAt: string): number {
  return Math.floor(Date.parse(changedAt) / 1000) + KEPT_SECONDS
}

/**
 * A version that grows with every step of a download's life, so that a late or repeated report never replaces a newer
 * one: waiting is 0, running 1, ended 2, running again after a redrive 3, and so on. A request that could not be
 * started may still start: 0.5. One that was cancelled while waiting starts and ends later, and only its end is newer:
 * 1.5.
 */
export function versionOf({
  state,
  redriveCount,
  error,
  startedAt,
}: Pick<DownloadEntry, 'state' | 'redriveCount' | 'error' | 'startedAt'>): number {
  if (state === 'waiting') return 0
  if (error === NOT_STARTED) return 0.5
  if (state === 'cancelled' && startedAt === undefined) return 1.5
  return 2 * redriveCount + (state === 'running' ? 1 : 2)
}
