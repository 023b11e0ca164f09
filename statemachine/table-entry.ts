/** Makes a table entry from a request, or from an execution as Step Functions describes it. */
import { errorName, readCause } from './cause.ts'
import type { Cancelled, Finished } from './contract.ts'
import { likenessOf } from './likeness.ts'
import { oneLine } from './one-line.ts'
import { type DownloadEntry, type DownloadState, NOT_STARTED, requesterOf } from './table.ts'

/** An execution as `DescribeExecution` and EventBridge describe it. */
export interface DescribedExecution {
  name: string
  status: string
  startedAt: Date
  endedAt: Date | null
  redriveCount: number
  /** When it was last redriven; null if never. */
  redrivenAt: Date | null
  /** JSON; null if it is too long to be included. */
  input: string | null
  output: string | null
  error: string | null
  cause: string | null
}

const PARAMS_CHARACTERS = 1_024
const REASON_CHARACTERS = 300
/** The maximum length of an e-mail address. */
const ADDRESS_CHARACTERS = 254
const NAME_CHARACTERS = 100

const STATES: Record<string, DownloadState> = {
  RUNNING: 'running',
  PENDING_REDRIVE: 'running',
  SUCCEEDED: 'ready',
  ABORTED: 'cancelled',
}

/** @param requestedAt ISO 8601, UTC */
export function waitingEntry(id: string, input: string, requestedAt: string): DownloadEntry {
  return { id, state: 'waiting', at: requestedAt, requestedAt, redriveCount: 0, ...requestFields(input) }
}

/** Makes the entry of a message in the dead-letter queue. If it is sent again it runs, and the entry is updated. */
export function undeliverableEntry(id: string, input: string, requestedAt: string, at: string): DownloadEntry {
  const reason = 'It could not be started, and is in the dead-letter queue.'
  return { ...waitingEntry(id, input, requestedAt), state: 'failed', at, error: NOT_STARTED, reason }
}

/** Makes the entry of a waiting request that was cancelled, before its execution reports the same. */
export function cancelledEntry({ id, requestedAt, redriveCount }: DownloadEntry, at: string): DownloadEntry {
  return { id, state: 'cancelled', at, requestedAt, redriveCount, endedAt: at }
}

/**
 * Makes an execution's entry. If there was no entry before, the time of the start is used as the time of the request.
 */
export function executionEntry(execution: DescribedExecution): DownloadEntry {
  const { name, startedAt, endedAt, redriveCount, redrivenAt } = execution
  const state = stateOf(execution)
  const at = state === 'running' ? (redrivenAt ?? startedAt) : (endedAt ?? startedAt)
  return {
    id: name,
    state,
    at: at.toISOString(),
    requestedAt: startedAt.toISOString(),
    startedAt: startedAt.toISOString(),
    redriveCount,
    ...requestFields(execution.input),
    ...(state !== 'running' && endedAt && { endedAt: endedAt.toISOString() }),
    ...(redrivenAt && { redrivenAt: redrivenAt.toISOString() }),
    ...(state === 'failed' && failureFields(execution)),
    ...(state === 'ready' && fileFields(execution.output)),
  }
}

/** For Step Functions, a request that was cancelled while it waited has succeeded. */
function stateOf({ status, output }: DescribedExecution): DownloadState {
  if (status === 'SUCCEEDED' && parse<Cancelled>(output).cancelled) return 'cancelled'
  return STATES[status] ?? 'failed'
}

/** Reads a message's valid fields; the message may be anything. */
function requestFields(input: string | null): Partial<DownloadEntry> {
  const request = parse<Record<string, unknown>>(input)
  const { export: name, requestedBy, params } = request
  const json = params === undefined ? undefined : JSON.stringify(params)
  const isAddress =
    typeof requestedBy === 'string' && requestedBy.length <= ADDRESS_CHARACTERS && /.@./.test(requestedBy)
  return {
    ...(typeof name === 'string' && name !== '' && { export: oneLine(name, NAME_CHARACTERS) }),
    ...(isAddress && { requestedBy: oneLine(requestedBy), requester: requesterOf(oneLine(requestedBy)) }),
    ...(json !== undefined && json.length <= PARAMS_CHARACTERS && { params: json }),
    ...shortTexts(request, ['format', 'compression', 'encoding']),
    ...(isAddress && { likeness: likenessOf(request) }),
  }
}

function shortTexts(request: Record<string, unknown>, names: readonly string[]): Record<string, string> {
  const texts = names.map((name) => [name, request[name]] as const)
  const given = texts.filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== '')
  return Object.fromEntries(given.map(([name, value]) => [name, oneLine(value, NAME_CHARACTERS)]))
}

function failureFields({ status, error, cause }: DescribedExecution): Partial<DownloadEntry> {
  return {
    error: oneLine(errorName({ status, error, cause }), NAME_CHARACTERS),
    ...(cause && { reason: oneLine(readCause(cause), REASON_CHARACTERS) }),
  }
}

function fileFields(output: string | null): Partial<DownloadEntry> {
  const { plan, file } = parse<Finished>(output)
  return {
    ...(plan && { title: plan.title, format: plan.format, ...(plan.catalogue && { catalogue: plan.catalogue }) }),
    ...(file && { fileName: file.name, rows: file.rows, bytes: file.bytes }),
  }
}

function parse<T>(json: string | null): Partial<T> {
  try {
    const value: unknown = JSON.parse(json ?? '{}')
    return value !== null && typeof value === 'object' ? (value as Partial<T>) : {}
  } catch {
    return {}
  }
}
