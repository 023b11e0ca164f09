/**
 * What a notice says: made once when a download is ready or has failed, and handed by the topic to everything that tells
 * somebody of it. Text from outside in it is on one line and cut; whoever shows it keeps it from becoming a link.
 */
import { readCause } from './cause.ts'
import type { Failed, Failure, Finished, Format, Language } from './contract.ts'
import { oneLine } from './one-line.ts'
import { isEmailAddress, isTimeZone } from './request.ts'
import { noticeName } from './table.ts'

export interface Notice {
  status: 'ready' | 'failed'
  /** `ready`, `failed#0`, `failed#1` after a redrive, …: with the id it is told once. */
  name: string
  /** The request's id, which is the execution's name. */
  id: string
  /** The execution's ARN. */
  execution: string
  /** ISO 8601, UTC. */
  at: string
  /** Whoever is told in person; null where the message named no address. */
  requestedBy: string | null
  /** Who is told by the same mail, without being shown to each other; nobody of a failure. */
  alsoTo?: readonly string[]
  language: Language
  /** Of times in the requester's mail; null is the stack's own. */
  timeZone: string | null
  export: string | null
  /** Of the export in the requester's language; null where the request was not understood. */
  title: string | null
  /** Of an understood request, as far as they are short: name and value, each on one line. */
  params: Record<string, string>
  file: NoticeFile | null
  failure: NoticeFailure | null
}

export interface NoticeFile {
  key: string
  name: string
  format: Format
  rows: number
  bytes: number
}

export interface NoticeFailure {
  step: Failure['step']
  error: string
  /** One line. */
  reason: string
  redriveCount: number
}

const NAME_CHARACTERS = 100
const REASON_CHARACTERS = 500
const PARAMS = 10
const PARAM_CHARACTERS = 60

/** The topic also tells of other things, which are for operators. */
export function isNotice({ status }: { status: string }): boolean {
  return status === 'ready' || status === 'failed'
}

/** @param execution its ARN */
export function noticeOf(document: Finished | Failed, execution: string, at: Date): Notice {
  const { request, plan } = document
  const failure = 'failure' in document ? document.failure : null
  const file = failure ? null : ((document as Finished).file ?? null)
  const status = failure ? 'failed' : 'ready'
  return {
    status,
    name: noticeName(status, failure?.redriveCount ?? 0),
    id: execution.split(':').at(-1)!,
    execution,
    at: at.toISOString(),
    requestedBy: isEmailAddress(request?.requestedBy) ? request.requestedBy : null,
    ...(status === 'ready' && request.alsoTo && { alsoTo: request.alsoTo }),
    language: plan?.language ?? (request?.language === 'ja' ? 'ja' : 'en'),
    timeZone: isTimeZone(request?.timeZone) ? request.timeZone : null,
    export: lineOf(request?.export),
    title: plan?.title ? oneLine(plan.title, NAME_CHARACTERS) : null,
    params: plan ? paramsOf(request?.params) : {},
    file: file && plan ? { ...pickFile(file), format: plan.format } : null,
    failure: failure && {
      step: failure.step,
      error: oneLine(failure.error, NAME_CHARACTERS),
      reason: oneLine(readCause(failure.cause), REASON_CHARACTERS),
      redriveCount: failure.redriveCount,
    },
  }
}

function pickFile({ key, name, rows, bytes }: Finished['file']) {
  return { key, name, rows, bytes }
}

function lineOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? oneLine(value, NAME_CHARACTERS) : null
}

function paramsOf(params: unknown): Record<string, string> {
  if (params === null || typeof params !== 'object') return {}
  const plain = Object.entries(params).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
  const lines = plain
    .slice(0, PARAMS)
    .map(([name, value]) => [lineOf(name) ?? '', oneLine(String(value), PARAM_CHARACTERS)])
  return Object.fromEntries(lines)
}
