/** Derives the steps of an execution and their attempts from its history. */
import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { readCause } from '../statemachine/cause.ts'

/** One attempt of a step. */
export interface Attempt {
  startedAt: Date
  /** Null while it runs. */
  endedAt: Date | null
  /** The error's name as Retry and Catch match it; null if it succeeded or runs. */
  error: string | null
  /** The error's message. */
  reason: string | null
}

/** One run of a Task state. */
export interface Step {
  /** The state's name. */
  state: string
  startedAt: Date
  /** When the state was left; null while it runs, and between a failure and a redrive. */
  endedAt: Date | null
  attempts: Attempt[]
}

/** Finds the step of each event. Ranges run concurrently, so events of several steps are interleaved. */
export class Steps {
  readonly all: Step[] = []
  readonly #stepOf = new Map<number, Step>()
  /** The step from which a redriven execution continues. */
  #last: Step | undefined

  add(event: HistoryEvent) {
    const step = this.#find(event)
    if (!step) return
    this.#stepOf.set(event.id!, step)
    this.#last = step
    const at = event.timestamp!
    const attempt = step.attempts.at(-1)
    switch (event.type) {
      case 'TaskScheduled':
        step.endedAt = null
        step.attempts.push({ startedAt: at, endedAt: null, error: null, reason: null })
        break
      case 'TaskSucceeded':
        if (attempt) attempt.endedAt = at
        break
      case 'TaskStateExited':
      case 'ExecutionFailed':
      case 'ExecutionTimedOut':
      case 'ExecutionAborted':
      case 'TaskStateAborted':
        step.endedAt = at
        if (attempt) attempt.endedAt ??= at
        break
      default: {
        const details = failureOf(event)
        if (details && attempt) {
          Object.assign(attempt, { endedAt: at, error: details.error ?? event.type, reason: readCause(details.cause) })
        }
      }
    }
  }

  #find(event: HistoryEvent): Step | undefined {
    if (event.type === 'TaskStateEntered') {
      const step = {
        state: event.stateEnteredEventDetails!.name!,
        startedAt: event.timestamp!,
        endedAt: null,
        attempts: [],
      }
      this.all.push(step)
      return step
    }
    const known = this.#stepOf.get(event.previousEventId!)
    // A redrive schedules the Task again without entering its state.
    if (event.type === 'TaskScheduled') return known ?? this.#last
    return event.type?.startsWith('Task') || event.type?.startsWith('Execution') || event.type === 'EvaluationFailed'
      ? known
      : undefined
  }
}

function failureOf(event: HistoryEvent): { error?: string | undefined; cause?: string | undefined } | undefined {
  return (
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails ??
    event.taskStartFailedEventDetails ??
    event.taskSubmitFailedEventDetails ??
    event.evaluationFailedEventDetails
  )
}
