/** Errors inside an execution, and how Retry and Catch rules match them. */
import type { NewEvent } from './history.ts'

/** Thrown by a `TaskRunner`: the error's name for Retry and Catch, and its cause. */
export class TaskError extends Error {
  readonly error: string
  override readonly cause: string
  constructor(error: string, cause = '') {
    super(cause === '' ? error : `${error}: ${cause}`)
    this.name = 'TaskError'
    this.error = error
    this.cause = cause
  }
}

/** A recorded failure; AWS's own timeouts have no cause. */
export interface Failure {
  error?: string
  cause?: string
}

/**
 * A state has failed. `events` are shown in the history in any case, `ending` only if the state is not retried: AWS
 * writes MapStateFailed and ParallelStateFailed only when no attempt is left.
 */
export class StateFailed extends Error {
  readonly failure: Failure
  readonly events: NewEvent[]
  readonly ending: NewEvent[]
  constructor(failure: Failure, events: NewEvent[] = [], ending: NewEvent[] = []) {
    super(failure.cause ?? failure.error)
    this.name = 'StateFailed'
    this.failure = failure
    this.events = events
    this.ending = ending
  }
}

/** The execution or iteration was ended from outside, and the reason is already recorded. */
export class Interrupted extends Error {
  constructor() {
    super('The state was interrupted.')
    this.name = 'Interrupted'
  }
}

/** Fails the execution regardless of its rules. */
export class HistoryFull extends Error {
  constructor(limit: number) {
    super(`The execution reached the maximum number of history events (${limit}).`)
    this.name = 'HistoryFull'
  }
}

/** These end an execution unless a rule names them; no wildcard matches them. */
const TERMINAL = ['States.Runtime', 'States.DataLimitExceeded']

/**
 * Whether a rule's `ErrorEquals` matches the error.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function matches(errorEquals: string[], error = ''): boolean {
  return errorEquals.some((name) => {
    if (name === error) return true
    if (TERMINAL.includes(error)) return false
    if (name === 'States.ALL') return true
    if (name === 'States.TaskFailed') return error !== 'States.Timeout' && error !== 'States.HeartbeatTimeout'
    return name === 'States.Timeout' && error === 'States.HeartbeatTimeout'
  })
}
