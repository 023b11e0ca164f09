/** An execution's progress, derived from its history. */
import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { CANCELLED, cancellationSentence, originalError, readCause } from '../statemachine/cause.ts'
import type { Cancelled, Failure, File, Finished, Format, Plan, Range } from '../statemachine/contract.ts'
import type { Run } from '../statemachine/elapsed.ts'
import { type Step, Steps } from './steps.ts'

/** `QUEUED`: the request waits for its slot and has no execution yet. The others are Step Functions' own. */
export const STATUSES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const
/** The status of an execution in Step Functions, or `QUEUED` before there is one. */
export type Status = (typeof STATUSES)[number]

/** Why an execution did not succeed. */
export interface Reason {
  /** The state that failed. */
  step: string
  /** The error's name, as in statemachine/errors.ts or AWS's own. */
  error: string
  /** A sentence. */
  reason: string
}

/** The progress of an execution. */
export interface Progress {
  id: string
  status: Status
  /** The current or last state. */
  state: string | null
  /** Null while it is queued. */
  startedAt: Date | null
  /** Null until it ends. */
  stoppedAt: Date | null
  redriveCount: number
  /** The runs, each from the start or a replay to its end; `elapsedMillis` adds them up. */
  runs: Run[]
  /** Rows written so far, updated per chunk. */
  rows: number
  bytes: number
  /** The database's estimate; null if there is none. */
  estimatedRows: number | null
  /** The rate while chunks were written; null before the first. */
  rowsPerSecond: number | null
  ranges: { done: number; all: number }
  /** The file's title; null until `Prepare` has planned it. */
  title: string | null
  format: Format | null
  /** Digest of the code that prepared it; null until then, and for an older Carryout. */
  catalogue: string | null
  steps: Step[]
  file: File | null
  failure: Reason | null
}

/** The fields of the document that a state's input or output may have, or a range by itself. */
type Piece = Partial<Finished & Cancelled & Range & { range: Range; failure: Failure }>

/** Epoch milliseconds. */
interface Span {
  from: number
  to: number
}

/** The fields that are derived from ranges and plan when they are asked for. */
type Derived = 'rows' | 'bytes' | 'estimatedRows' | 'rowsPerSecond' | 'ranges' | 'title' | 'format' | 'catalogue'

export class History {
  readonly #steps = new Steps()
  readonly #ranges = new Map<number, Range>()
  /** When each chunk was written, by range and number. */
  readonly #spans = new Map<string, Span>()
  #plan: Plan | undefined
  #recorded: Failure | undefined
  #progress: Omit<Progress, Derived>
  /** The number of the newest event seen. */
  seen = 0

  constructor(id: string) {
    this.#progress = {
      id,
      status: 'QUEUED',
      state: null,
      startedAt: null,
      stoppedAt: null,
      redriveCount: 0,
      runs: [],
      ...{ steps: this.#steps.all, file: null, failure: null },
    }
  }

  /** @param events with higher numbers than `seen`, oldest first */
  add(events: HistoryEvent[]) {
    for (const event of events) {
      this.seen = event.id!
      this.#steps.add(event)
      this.#addExecution(event)
      const entered = event.stateEnteredEventDetails
      if (entered && !event.type?.startsWith('Succeed')) this.#progress.state = entered.name ?? null
      // The first state's input may be anything; the later ones are Carryout's own document.
      if (entered?.name !== 'Prepare') this.#addPiece(entered?.input ?? event.stateExitedEventDetails?.output)
    }
  }

  /** A snapshot, which later events do not change. */
  get progress(): Progress {
    const ranges = [...this.#ranges.values()]
    const rows = ranges.reduce((sum, range) => sum + range.rows, 0)
    const { file } = this.#progress
    return structuredClone({
      ...this.#progress,
      rows: file?.rows ?? rows,
      bytes: file?.bytes ?? ranges.reduce((sum, range) => sum + range.bytes, 0),
      estimatedRows: this.#plan?.estimatedRows ?? sumOf(ranges.map(({ estimatedRows = null }) => estimatedRows)),
      rowsPerSecond: speed(rows, [...this.#spans.values()]),
      title: this.#plan?.title ?? null,
      format: this.#plan?.format ?? null,
      catalogue: this.#plan?.catalogue ?? null,
      ranges: { done: ranges.filter((range) => range.done).length, all: ranges.length },
    })
  }

  #addExecution(event: HistoryEvent) {
    const progress = this.#progress
    const { runs } = progress
    if (event.type === 'ExecutionStarted' || event.type === 'ExecutionRedriven') {
      runs.push({ startedAt: event.timestamp!, stoppedAt: null })
    } else if (event.type?.startsWith('Execution')) runs.at(-1)!.stoppedAt = event.timestamp!
    switch (event.type) {
      case 'ExecutionStarted':
        Object.assign(progress, { status: 'RUNNING', startedAt: event.timestamp })
        break
      case 'ExecutionRedriven':
        this.#recorded = undefined
        Object.assign(progress, { status: 'RUNNING', stoppedAt: null, failure: null })
        progress.redriveCount = event.executionRedrivenEventDetails?.redriveCount ?? progress.redriveCount + 1
        break
      case 'ExecutionSucceeded':
        Object.assign(progress, { status: 'SUCCEEDED', stoppedAt: event.timestamp })
        this.#endCancelled(event.executionSucceededEventDetails?.output)
        break
      case 'ExecutionFailed':
        Object.assign(progress, { status: 'FAILED', stoppedAt: event.timestamp })
        progress.failure = this.#reason(event.executionFailedEventDetails ?? {}, 'States.TaskFailed')
        break
      case 'ExecutionTimedOut':
        Object.assign(progress, { status: 'TIMED_OUT', stoppedAt: event.timestamp })
        progress.failure = this.#reason(event.executionTimedOutEventDetails ?? {}, 'States.Timeout')
        break
      case 'ExecutionAborted':
        Object.assign(progress, { status: 'ABORTED', stoppedAt: event.timestamp })
        progress.failure = this.#reason(event.executionAbortedEventDetails ?? {}, 'Aborted')
        break
    }
  }

  /**
   * Returns why it ended. What `Halt` throws was recorded by the failed step; any other error is of the current state.
   */
  #reason(ended: { error?: string | undefined; cause?: string | undefined }, fallback: string): Reason {
    const { cause } = ended
    const error = ended.error === undefined ? undefined : originalError(ended.error, cause)
    const recorded = this.#recorded
    if (recorded && recorded.error === error) {
      return { step: recorded.step, error: recorded.error, reason: readCause(recorded.cause) }
    }
    return { step: this.#progress.state ?? '', error: error ?? fallback, reason: readCause(cause) }
  }

  /** A request that was cancelled while it waited ended at Prepare, without an error. */
  #endCancelled(output: string | undefined) {
    const { cancelled } = parsePiece(output)
    if (!cancelled) return
    const failure = { step: 'Prepare', error: CANCELLED, reason: cancellationSentence(cancelled) }
    Object.assign(this.#progress, { status: 'ABORTED', failure })
  }

  #addPiece(json: string | undefined) {
    const piece = parsePiece(json)
    if (piece.plan) this.#plan = piece.plan
    if (piece.failure && piece.index === undefined) this.#recorded = piece.failure
    if (piece.file) this.#progress.file = piece.file
    const ranges = piece.ranges ?? [piece.range ?? piece]
    for (const range of ranges) if (isRange(range)) this.#addRange(range)
  }

  #addRange(range: Range) {
    this.#ranges.set(range.index, range)
    const { index, chunks, last } = range
    if (!last) return
    const span = { from: Date.parse(last.startedAt), to: Date.parse(last.finishedAt) }
    this.#spans.set(`${index}/${chunks}`, span)
  }
}

/** Returns the sum; null if a count is unknown. */
function sumOf(counts: (number | null)[]): number | null {
  return counts.reduce(
    (sum, count) => (sum === null || count === null ? null : sum + count),
    counts.length > 0 ? 0 : null,
  )
}

function isRange(piece: Partial<Range>): piece is Range {
  return typeof piece.index === 'number' && typeof piece.chunks === 'number'
}

function parsePiece(json: string | undefined): Piece {
  if (json === undefined) return {}
  const value = JSON.parse(json) as Piece | null
  return value !== null && typeof value === 'object' ? value : {}
}

/**
 * Returns the rate over the time in which any chunk was being written, excluding pauses before a retry or a redrive.
 */
function speed(rows: number, spans: Span[]): number | null {
  let millis = 0
  let end = 0
  for (const { from, to } of spans.sort((a, b) => a.from - b.from)) {
    millis += Math.max(0, to - Math.max(from, end))
    end = Math.max(end, to)
  }
  return millis > 0 ? Math.round(rows / (millis / 1000)) : null
}
