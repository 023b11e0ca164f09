/**
 * The errors a user of Carryout can meet. Their names are part of the contract: the state machine's Retry and Catch
 * rules, the e-mails and the runbook match on them, so a name is never reused for something else.
 */
export abstract class CarryoutError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** The message is not a request, or its parameters do not fit the export. Not retried: the sender must correct it. */
export class InvalidRequest extends CarryoutError {}

/** The request names an export that the catalogue does not have. Not retried. */
export class UnknownExport extends CarryoutError {}

/** The database refused the statement: the export's SQL is wrong, or a right is missing. Not retried. */
export class QueryFailed extends CarryoutError {}

/** The database cannot be reached, refuses the log-in, or broke the connection. Retried. */
export class DatabaseUnavailable extends CarryoutError {}

/** The settings and the database do not fit: TLS, its certificate, or how it authenticates. Not retried: somebody must change a setting. */
export class DatabaseMisconfigured extends CarryoutError {}

/** S3 cannot be reached or refused an operation. Retried. */
export class StorageUnavailable extends CarryoutError {}

/** The export's time ran out, or certainly would, and it cannot be continued: it has no key, or its file cannot be joined. Not retried. */
export class ExportTooLong extends CarryoutError {}

/** The export's key has a NULL, the same value twice, or no total order. Not retried. */
export class KeyNotUnique extends CarryoutError {}

/** More rows than the export's `maxRows` allows. Not retried. */
export class TooManyRows extends CarryoutError {}

/** The `row` function threw or returned no row, or the format has no room for a value; names the row's key. Not retried. */
export class TransformFailed extends CarryoutError {}

/** A character does not exist in the file's encoding; names the row's key and the column. Not retried. */
export class UnmappableCharacter extends CarryoutError {}

/** The chunks are not what was counted while they were written, so the file is not announced. Not retried. */
export class FileIncomplete extends CarryoutError {}

/** Every error class by its name, for what must know them all: tests, the runbook, the synthesized state machine. */
export const errors = {
  InvalidRequest,
  UnknownExport,
  QueryFailed,
  DatabaseUnavailable,
  DatabaseMisconfigured,
  StorageUnavailable,
  ExportTooLong,
  KeyNotUnique,
  TooManyRows,
  TransformFailed,
  UnmappableCharacter,
  FileIncomplete,
} as const

/** What Lambda answers while the database's slot is taken: the state machine waits for it, so it is not an error to anybody. */
export const SLOT_TAKEN = 'Lambda.TooManyRequestsException'

export type ErrorName = keyof typeof errors
