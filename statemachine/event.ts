/**
 * The notification that apps get about a download, as the detail of an EventBridge event and as the data of a webhook.
 */
import type { Notice } from './notice.ts'

/** The source of the events on the account's default bus. */
export const EVENT_SOURCE = 'carryout'
export const EVENT_TYPE = 'carryout.download'

export interface DownloadEvent {
  /** The same for every delivery of one notification. */
  noticeId: string
  /** The request's id. */
  id: string
  status: 'ready' | 'failed'
  at: string
  export: string | null
  title: string | null
  requestedBy: string | null
  /** It contains no link: the app makes one, or opens the file itself, once it knows who asks. */
  file: { name: string; format: string; rows: number; bytes: number } | null
  failure: { step: string; error: string; redriveCount: number } | null
}

export function eventOf(notice: Notice): DownloadEvent {
  const { id, name, status, at, export: exportName, title, requestedBy, file, failure } = notice
  return {
    noticeId: `${id}.${name}`,
    id,
    status,
    at,
    export: exportName,
    title,
    requestedBy,
    file: file && { name: file.name, format: file.format, rows: file.rows, bytes: file.bytes },
    failure: failure && { step: failure.step, error: failure.error, redriveCount: failure.redriveCount },
  }
}
