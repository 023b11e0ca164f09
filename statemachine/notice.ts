/**
 * The content of a notice. It is made once when a download is ready or has failed, and the topic passes it to
 * everything that notifies somebody. External text in it is on one line and shortened; whoever shows it must keep it
 * from becoming a link.
 */
import { readCause } from './cause.ts'
import type { Failed, Failure, Finished, Format, Language } from './contract.ts'
import { oneLine } from './one-line.ts'
import { isEmailAddress, isTimeZone } from './request.ts'
import { noticeName } from './table.ts'

export interface Notice {
  status: 'ready' | 'failed'
  /** `ready`, `failed#0`, `failed#1` after a redrive, …; together with the id it identifies the notice. */
  name: string
  /** The request's id, which is the execution's name. */
  id: string
  /** The execution's ARN. */
  execution: string
  /** ISO 8601, UTC. */
  at: string
  /** The requester's address; null if the message has none. */
  requestedBy: string | null
  /** Additional recipients, who are not shown to each other; none for a failure. */
  alsoTo?: readonly string[]
  language: Language
  /** Time zone of times in the requester's mail; null uses the stack's. */
  timeZone: string | null
  export: string | null
  /** The export's title in the requester's language; null if the request could not be parsed. */
  title: string | null
  /** The short parameters of a valid request: name and value, each on one line. */
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

/** Whether the message is about a download. The topic also has messages for operators about other things. */
export function isNotice({ status }: { status: string }): boolean {
  return status === 'ready' || status === 'failed'
}

/** @param execution its ARN */
export function noticeOf(document: Finished | Failed, execution: string, at: Date): Notice {
  const { request, plan } = document
  const failure = 'failure' in document ? document.failure : null
  const file = failure ? null : document.file
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
    .map(([name, value]) => [oneLine(name, NAME_CHARACTERS), oneLine(String(value), PARAM_CHARACTERS)])
  return Object.fromEntries(lines)
}
