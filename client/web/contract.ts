/**
 * What the web app's server and its pages say to each other about downloads. It is imported by browsers, too: nothing here
 * needs Node or the AWS SDK. `{base}` is where the handler is mounted, `/downloads` by default.
 *
 * | route | does | answers |
 * | --- | --- | --- |
 * | `GET {base}?limit=20&after=…` | lists my downloads, the newest first | 200 `DownloadList` |
 * | `GET {base}/expect?export=orders` | tells what to expect of an export, from past runs | 200 `Expectation` |
 * | `POST {base}` with `DownloadRequest` | requests a download | 202 `Requested` |
 * | `GET {base}/{id}` | tells how far one is, as JSON or as server-sent events | 200 `DownloadView`, 304 |
 * | `POST {base}/{id}/cancel` | cancels one that waits or runs | 200 `DownloadView` |
 * | `POST {base}/{id}/again` | requests the same once more, or replays a failed one | 202 `Requested` |
 * | `GET {base}/{id}/file` | opens the file | 303 to a link of five minutes |
 *
 * Every POST has `Content-Type: application/json` and comes from a page of the same origin. Every refusal is a
 * `DownloadProblem`.
 */

/** Where the handler is mounted when nothing else is said. */
export const DEFAULT_BASE = '/downloads'

/** The name of each server-sent event; its data is a `DownloadView`. The stream ends when the download is over. */
export const DOWNLOAD_EVENT = 'download'

/**
 * `waiting` and `running` go on by themselves; the others are over. `expired`: the file was ready, and its retention has
 * ended.
 */
export type DownloadStatus = 'waiting' | 'running' | 'ready' | 'failed' | 'cancelled' | 'expired'

/** Where a download is over: its view changes no more, but that a ready one expires. */
export const OVER: readonly DownloadStatus[] = ['ready', 'failed', 'cancelled', 'expired']

/** A download as its requester sees it. */
export interface DownloadView {
  /** Of the request: 1 to 80 characters of A-Z a-z 0-9 - _ */
  id: string
  /** The export's name. */
  export: string
  /** The file's name for people, in the requester's language; null until it is known. */
  title: string | null
  /** As `csv`; empty where the request named none, until the file is ready. */
  format: string
  /** As they were requested; empty where they are longer than 1 KiB. */
  params: Record<string, unknown>
  status: DownloadStatus
  /** ISO 8601, UTC. */
  requestedAt: string
  /** ISO 8601, UTC; null until it is over. */
  endedAt: string | null
  /** How many are to start before it; null unless it waits. */
  position: number | null
  /** ISO 8601, UTC, from past runs; null where nothing like it has run, and once it has started. */
  expectedStartAt: string | null
  /** ISO 8601, UTC, from past runs; null where nothing like it has run, and once it is over. */
  expectedReadyAt: string | null
  /** Written so far, or in the file; null before the first are. */
  rows: number | null
  /** The database's guess, or that of past runs; null where there is none. */
  expectedRows: number | null
  /** Written so far, or in the file; null before the first are. */
  bytes: number | null
  file: DownloadFile | null
  /** Null unless it failed. */
  error: DownloadError | null
  /** True while nothing new starts; then nothing is expected, either. */
  paused: boolean
}

/** The file of a download that is ready. */
export interface DownloadFile {
  name: string
  bytes: number
  /** ISO 8601, UTC; null where it is not known. */
  availableUntil: string | null
}

/** Why a download failed. */
export interface DownloadError {
  /** As `QueryFailed`; for support, not for sentences. */
  name: string
  /** A sentence for the requester, in their language. */
  message: string
  /** Whether “try again” makes sense. */
  retryable: boolean
}

/** The body of `POST {base}`. */
export interface DownloadRequest {
  export: string
  /** `{}` by default. */
  params?: Record<string, unknown>
  /** The export's first one by default. */
  format?: string
  /** As `gzip`; the export's first one by default. */
  compression?: string
  /** As `cp932`; the export's first one by default. */
  encoding?: string
  /** Sent twice with one id, it is one download. A new one by default. The download's own id is made of it. */
  id?: string
  /** Asks for a new run although the same file is finished; what runs already is joined all the same. */
  fresh?: boolean
}

/**
 * `requested`: a new download. `joined`: the same one waits or runs already. `finished`: the same file is ready; ask with
 * `fresh: true` for a new one.
 */
export type Outcome = 'requested' | 'joined' | 'finished'

/** The answer to a request. */
export interface Requested {
  outcome: Outcome
  download: DownloadView
}

/** The answer of `GET {base}`: a page of the user’s downloads, the newest first. */
export interface DownloadList {
  downloads: DownloadView[]
  /** For `after` of the next page; null where this is the last. */
  next: string | null
}

/** How an export usually goes. Null where it has not run lately. */
export interface Expectation {
  export: string
  /** From start to file, without the wait. */
  seconds: number | null
  bytes: number | null
  /** How many requests are waiting now, anybody's; null where it is not known. */
  waiting: number | null
}

/** The body of every refusal. */
export interface DownloadProblem {
  error: {
    /** As `TooManyPending`. */
    name: ProblemName
    /** A sentence for people, in their language. */
    message: string
  }
}

/**
 * | name | status |
 * | --- | --- |
 * | `InvalidRequest` | 400 when the body is not JSON, 413 when it is too large, 415 when it is another type, 422 otherwise |
 * | `NotSignedIn` | 401 |
 * | `NotAllowed` | 403: `allow` says no |
 * | `OtherOrigin` | 403: the POST comes from a page of another origin |
 * | `NotFound` | 404: unknown, or another's; nobody can tell which |
 * | `MethodNotAllowed` | 405 |
 * | `NotReady` | 409: the file is not ready, or the download has none |
 * | `Expired` | 410: the file's retention has ended |
 * | `TooManyPending` | 429 with `Retry-After` |
 * | `Unavailable` | 503 with `Retry-After`: AWS does not answer; 500 where the app's own `identify` or `allow` failed |
 */
export type ProblemName =
  | 'InvalidRequest'
  | 'NotSignedIn'
  | 'NotAllowed'
  | 'OtherOrigin'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'NotReady'
  | 'Expired'
  | 'TooManyPending'
  | 'Unavailable'
