/** What can go wrong on this side of the queue; what goes wrong in an execution is in statemachine/errors.ts. */
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

/** Whether an error is one of Carryout's, by its name: two copies of a package have two classes of one name. */
export function isCarryoutError(error: unknown): error is Error {
  return error instanceof Error && NAMES.includes(error.name)
}

/** No execution has this id: it never was requested, still waits in the queue, or ended more than 90 days ago. */
export class NoSuchExecution extends CarryoutError {
  readonly id: string

  constructor(id: string, options?: ErrorOptions) {
    super(
      `There is no execution “${id}”. Its request may still wait in the queue; Step Functions forgets an execution 90 days after its end.`,
      options,
    )
    this.id = id
  }
}

/** The account and region have no stack of this name, or one that is not Carryout's. */
export class StackNotFound extends CarryoutError {}

/** The execution cannot be replayed as it is: it still runs, or its message never was a request. */
export class NotReplayable extends CarryoutError {}

/** The execution has no file or link: it has not succeeded, or the file's retention has ended. */
export class NoFile extends CarryoutError {}

/** A package that only some callers need is not installed. */
export class PartMissing extends CarryoutError {}

/** Nothing new starts, and nothing is replayed, until somebody resumes. */
export class Paused extends CarryoutError {
  constructor({ at, by, reason }: { at: string; by: string; reason: string }) {
    const why = reason === '' ? '' : ` (${reason})`
    super(`Downloads have been paused since ${at} by ${by}${why}. Resume them first: carryout resume.`)
  }
}

/** What was asked for needs the stack's table, and the parts that were given have none. */
export class NoTable extends CarryoutError {
  constructor() {
    super('The table of requests is not known. Give its name as tableName (the stack’s output TableName).')
  }
}
