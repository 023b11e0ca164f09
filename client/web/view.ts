/** Converts the table's entry and the execution's progress to what the requester sees. */
import type { Language } from '../../statemachine/request.ts'
import type { Forecast, Typical } from '../forecast.ts'
import type { Status } from '../progress.ts'
import type { DownloadFile, DownloadStatus, DownloadView } from './contract.ts'
import type { Look } from './looks.ts'
import { failureSentence } from './texts.ts'

export interface ViewFacts {
  look: Look
  language: Language
  forecast: Forecast | null
  typical: Typical | undefined
  isPaused: boolean
  /** Null if unknown. */
  retentionDays: number | null
  now: number
}

const DAY_MILLIS = 24 * 60 * 60 * 1000

/** The status of an ended execution that the table does not have yet. */
const ENDED: Partial<Record<Status, DownloadStatus>> = {
  SUCCEEDED: 'ready',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  ABORTED: 'cancelled',
}

export function toView(facts: ViewFacts): DownloadView {
  const { look, language, typical, isPaused } = facts
  const { entry, progress } = look
  const file = fileOf(facts)
  const status = statusOf(facts, file)
  const forecast = status === entry.state && !isPaused ? facts.forecast : null
  const isPending = status === 'waiting' || status === 'running'
  const error = status === 'failed' ? (progress?.failure?.error ?? entry.error ?? 'Failed') : null
  return {
    id: entry.id,
    export: entry.export ?? '',
    title: entry.title ?? progress?.title ?? null,
    format: entry.format ?? progress?.format ?? '',
    params: entry.params === undefined ? {} : (JSON.parse(entry.params) as Record<string, unknown>),
    status,
    requestedAt: entry.requestedAt,
    endedAt: isPending ? null : (entry.endedAt ?? progress?.stoppedAt?.toISOString() ?? entry.at),
    position: status === 'waiting' ? (facts.forecast?.position ?? null) : null,
    expectedStartAt: status === 'waiting' ? wholeSecond(forecast?.startsAt) : null,
    expectedReadyAt: wholeSecond(forecast?.readyAt),
    rows: entry.rows ?? (progress && progress.rows > 0 ? progress.rows : null),
    expectedRows: isPending ? (progress?.estimatedRows ?? typical?.rows ?? null) : null,
    bytes: entry.bytes ?? (progress && progress.bytes > 0 ? progress.bytes : null),
    file: status === 'ready' ? file : null,
    error: error === null ? null : { name: error, ...failureSentence(error, language) },
    paused: status === 'waiting' && isPaused,
  }
}

function statusOf({ look: { entry, progress }, now }: ViewFacts, file: DownloadFile | null): DownloadStatus {
  const status = (progress && ENDED[progress.status]) ?? entry.state
  const isGone = status === 'ready' && file?.availableUntil != null && Date.parse(file.availableUntil) <= now
  return isGone ? 'expired' : status
}

function fileOf({ look: { entry, progress }, retentionDays }: ViewFacts): DownloadFile | null {
  const name = entry.fileName ?? progress?.file?.name
  const bytes = entry.bytes ?? progress?.file?.bytes
  if (name === undefined || bytes === undefined) return null
  const endedAt = entry.endedAt ?? progress?.stoppedAt?.toISOString()
  return { name, bytes, availableUntil: endedAt === undefined ? null : availableUntil(endedAt, retentionDays) }
}

/** S3 deletes a file at the midnight after its retention, never before. */
function availableUntil(endedAt: string, retentionDays: number | null): string | null {
  return retentionDays === null ? null : new Date(Date.parse(endedAt) + retentionDays * DAY_MILLIS).toISOString()
}

/** Rounds a forecast to whole seconds: it is no more accurate, and an unchanged view need not be sent again. */
function wholeSecond(time: string | null | undefined): string | null {
  return time == null ? null : `${time.slice(0, 19)}Z`
}
