/**
 * The items of the one DynamoDB table. It is an index of requests, which can be rebuilt from executions, and the order of
 * those that wait; and it holds a few facts: which notices were sent, the pause, revoked links. It never holds an
 * execution's progress.
 */

/** The table's own attributes. */
export const TABLE_KEYS = { partition: 'pk', sort: 'sk', timeToLive: 'expiresAt' } as const

/** The two indexes. Items without an index's attributes are not in it. */
export const TABLE_INDEXES = {
  /** What one requester asked for, by the time of the request. */
  byRequester: { name: 'by-requester', partition: 'requester', sort: 'requestedAt' },
  /** What is in one state, by the time it came into it; waiting requests are so in the order of their arrival. */
  byState: { name: 'by-state', partition: 'state', sort: 'at' },
} as const

/** As long as Step Functions knows an execution, counted from the last change. */
const KEPT_SECONDS = 90 * 24 * 60 * 60

export const DOWNLOAD_STATES = ['waiting', 'running', 'ready', 'failed', 'cancelled'] as const
/** The state that a download is in. */
export type DownloadState = (typeof DOWNLOAD_STATES)[number]

/** In place of an error's name: no execution came of the message. */
export const NOT_STARTED = 'NotStarted'

export interface TableKey {
  pk: string
  sk: string
}

/** A request and what became of it. Times are ISO 8601, UTC. */
export interface DownloadEntry {
  /** The request's id, or the message's where it had none that could name an execution. */
  id: string
  state: DownloadState
  /** When it came into this state. */
  at: string
  requestedAt: string
  /** While it waits: its place among all that wait, which sorts as they start. */
  place?: string
  /** Of the message's body, while it waits and after. */
  digest?: string
  /** As it stands in the request; absent where the message named none. */
  requestedBy?: string
  /** `requestedBy` in lower case: what the index is searched by. */
  requester?: string
  export?: string
  /** The parameters as JSON; absent where they are longer than 1 KiB. */
  params?: string
  /** As the request names it, then as it was planned. */
  format?: string
  /** As the request names them; absent where it does not. */
  compression?: string
  encoding?: string
  /** The same for requests that ask for the same file for the same requester; see `likenessOf`. */
  likeness?: string
  startedAt?: string
  endedAt?: string
  redriveCount: number
  /** Of a failed one: the error's name and one line about its reason. */
  error?: string
  reason?: string
  /** Of a ready one. */
  title?: string
  fileName?: string
  rows?: number
  bytes?: number
  /** Of the code that made it, as the plan has it: with other code the same request may give another file. */
  catalogue?: string
  /** When it was last redriven; absent where it never was. */
  redrivenAt?: string
  /** The download that this one was sent in place of. */
  replayedFrom?: string
  /** The download that was sent in place of this one. */
  replayedAs?: string
}

/** Something that a person did to a download or to the queue: who, when and why. */
export interface Action {
  /** ISO 8601, UTC. */
  at: string
  by: string
  /** Empty where none was given. */
  reason: string
  action: 'request' | 'replay' | 'resend' | 'stop' | 'cancel' | 'pause' | 'resume' | 'sendDeadLetter' | 'dropDeadLetter'
  /** The download that came of it, or the dead letter that it was done to. */
  other?: string
  /** The bulk replay that it was part of. */
  bulk?: string
}

/** That a notice was sent, and by which ways. Times are ISO 8601, UTC. */
export interface NoticeFacts {
  /** Until then somebody is at work on the way of this name; afterwards whoever comes may take it up. */
  publishClaimedUntil?: string
  mailClaimedUntil?: string
  webhookClaimedUntil?: string
  eventClaimedUntil?: string
  /** When the topic took it. */
  publishDone?: string
  /** When the event bus took it. */
  eventDone?: string
  /** When SES took the requester's mail. */
  mailDone?: string
  /** When the webhook's receiver answered with success. */
  webhookDone?: string
  /** SES's id of the mail. */
  messageId?: string
  /** What SES heard back of the mail: `bounce` or `complaint`. */
  feedback?: string
  feedbackAt?: string
}

/** The ways by which a notice goes out; each is claimed and confirmed for itself. */
export type NoticeWay = 'publish' | 'event' | 'mail' | 'webhook'

/** Nothing new starts while there is one. */
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

/** What was done to the queue rather than to one download. */
export const QUEUE_PARTITION = 'queue'

export function entryKey(id: string): TableKey {
  return { pk: `download#${id}`, sk: 'entry' }
}

export function noticeKey(id: string, notice: string): TableKey {
  return { pk: `download#${id}`, sk: `notice#${notice}` }
}

/** @param pk of a download's items, or `QUEUE_PARTITION` @param suffix tells two of one millisecond apart */
export function actionKey(pk: string, { at }: Action, suffix: string): TableKey {
  return { pk, sk: `action#${at}#${suffix}` }
}

/** That a waiting request was cancelled: its execution then ends at Prepare. */
export interface Cancellation {
  /** ISO 8601, UTC. */
  at: string
  by: string
}

export function cancelledKey(id: string): TableKey {
  return { pk: `download#${id}`, sk: 'cancelled' }
}

/** The fact that the links to one download were revoked. */
export function revokedDownloadKey(id: string): TableKey {
  return { pk: `download#${id}`, sk: 'revoked' }
}

/** The fact that all links sent to one requester until then were revoked. @param digest see `requesterDigest` */
export function revokedRequesterKey(digest: string): TableKey {
  return { pk: `requester#${digest}`, sk: 'revoked' }
}

/**
 * E-mail addresses are told apart without regard to case: of A to Z alone, since `toLowerCase` makes a k of the Kelvin sign,
 * and so somebody else's address of it.
 */
export function requesterOf(address: string): string {
  return address.trim().replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** @returns when an item that changed at this time is deleted, in epoch seconds */
export function expiryOf(changedAt: string): number {
  return Math.floor(Date.parse(changedAt) / 1000) + KEPT_SECONDS
}

/**
 * Grows with every step of a download's life, so that a late or repeated report never undoes a newer one: waiting is 0,
 * running 1, ended 2, running again after a redrive 3, and so on. What never started may still do so: 0.5. What was cancelled
 * while it waited starts and ends later, and only its end is newer: 1.5.
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
