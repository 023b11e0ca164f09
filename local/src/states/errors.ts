/** What can go wrong inside an execution, and which rules of Retry and Catch match it. */
import type { NewEvent } from './history.ts'

/** What a `TaskRunner` throws: the error's name, as Retry and Catch match it, and its cause. */
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

/** A failure as an execution records it; AWS's own timeouts have no cause. */
export interface Failure {
  error?: string
  cause?: string
}

/**
 * A state has failed; `events` are what the history shows of it in any case, `ending` what it shows besides unless the
 * state is retried: AWS writes MapStateFailed and ParallelStateFailed only once no attempt is left.
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

/** The execution or the iteration was ended from outside: whoever ended it has written why. */
export class Interrupted extends Error {
  constructor() {
    super('The state was interrupted.')
    this.name = 'Interrupted'
  }
}

/** Fails the execution whatever its rules say. */
export class HistoryFull extends Error {
  constructor(limit: number) {
    super(`The execution reached the maximum number of history events (${limit}).`)
    this.name = 'HistoryFull'
  }
}

/** These end an execution unless a rule names them: no wildcard matches them. */
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
