/**
 * The errors that a user of Carryout can see. Their names are part of the contract: the state machine's Retry and Catch
 * rules, the e-mails and the runbook match on them, so a name is never reused for another error.
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

/** The database refused the statement: the export's SQL is wrong, or a permission is missing. Not retried. */
export class QueryFailed extends CarryoutError {}

/** The database cannot be reached, refused the log-in, or broke the connection. Retried. */
export class DatabaseUnavailable extends CarryoutError {}

/**
 * The settings do not match the database: TLS, its certificate, or its authentication. Not retried: a setting must be
 * changed.
 */
export class DatabaseMisconfigured extends CarryoutError {}

/** S3 cannot be reached or refused an operation. Retried. */
export class StorageUnavailable extends CarryoutError {}

/**
 * The export's time ran out, or certainly would, and it cannot be continued because it has no key or its file cannot be
 * joined. Not retried.
 */
export class ExportTooLong extends CarryoutError {}

/** The export's key has a NULL, the same value twice, or no total order. Not retried. */
export class KeyNotUnique extends CarryoutError {}

/** More rows than the export's `maxRows` allows. Not retried. */
export class TooManyRows extends CarryoutError {}

/**
 * The `row` function threw or did not return a row, or the format cannot hold a value; names the row's key. Not
 * retried.
 */
export class TransformFailed extends CarryoutError {}

/** A character does not exist in the file's encoding; names the row's key and the column. Not retried. */
export class UnmappableCharacter extends CarryoutError {}

/** The chunks differ from what was counted while they were written, so the file is not announced. Not retried. */
export class FileIncomplete extends CarryoutError {}

/** Every error class by name, for code that needs all of them: tests, the runbook, the synthesized state machine. */
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

/**
 * Lambda's answer while the database's slot is taken. The state machine waits for the slot, so it is not shown as an
 * error.
 */
export const SLOT_TAKEN = 'Lambda.TooManyRequestsException'

export type ErrorName = keyof typeof errors
