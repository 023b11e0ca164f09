/** Errors of the client; those of executions are in statemachine/errors.ts. */
import { CarryoutError, errors } from '../statemachine/errors.ts'

const NAMES: readonly string[] = [
  ...Object.keys(errors),
  'NoSuchExecution',
  'StackNotFound',
  'NotReplayable',
  'NoFile',
  'PartMissing',
  'Paused',
  'NoTable',
]

/**
 * Whether an error is one of Carryout's. It is recognized by name, because two copies of a package have different
 * classes.
 */
export function isCarryoutError(error: unknown): error is Error {
  return error instanceof Error && NAMES.includes(error.name)
}

/**
 * There is no execution with this id: it was never requested, still waits in the queue, or ended more than 90 days ago.
 */
export class NoSuchExecution extends CarryoutError {
  readonly id: string

  constructor(id: string, options?: ErrorOptions) {
    super(
      `There is no execution “${id}”. Its request may still wait in the queue; Step Functions keeps executions for 90 days after their end.`,
      options,
    )
    this.id = id
  }
}

/** The account and region have no stack with this name, or it is not Carryout's. */
export class StackNotFound extends CarryoutError {}

/** The execution cannot be replayed as it is: it still runs, or its message was not a valid request. */
export class NotReplayable extends CarryoutError {}

/** The execution has no file or link: it has not succeeded, or the file's retention has ended. */
export class NoFile extends CarryoutError {}

/** An optional package that this call needs is not installed. */
export class PartMissing extends CarryoutError {}

/** Nothing new starts and nothing is replayed until downloads are resumed. */
export class Paused extends CarryoutError {
  constructor({ at, by, reason }: { at: string; by: string; reason: string }) {
    const why = reason === '' ? '' : ` (${reason})`
    super(`Downloads have been paused since ${at} by ${by}${why}. Resume them first: carryout resume.`)
  }
}

/** The call needs the stack's table, which the given parts do not include. */
export class NoTable extends CarryoutError {
  constructor() {
    super('The table of requests is not known. Set tableName to its name (the stack’s output TableName).')
  }
}
