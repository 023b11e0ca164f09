/**
 * Classifies the Data API's errors. They are matched by message as well as by class, because their classes have changed
 * over the years.
 */
import { CarryoutError, DatabaseUnavailable, QueryFailed } from '../../../statemachine/errors.ts'
import { type ServerFailure, toCarryoutError } from '../mysql/failure.ts'
import { withoutData } from '../mysql/server-words.ts'

export interface DataApiFailure {
  name: string
  message: string
  $metadata?: { httpStatusCode?: number | undefined }
}

export function asFailure(error: unknown): DataApiFailure {
  return error instanceof Error ? error : { name: typeof error, message: String(error) }
}

/**
 * The result exceeds 1 MiB, or one of its rows 64 KB. Fewer rows may succeed.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.troubleshooting.html
 */
export function isTooLarge({ name, message }: DataApiFailure): boolean {
  return (
    /allowed response size limit|response exceeded size limit|packet for query is too large/i.test(message) ||
    (name === 'UnsupportedResultException' && /\b(size|large)\b/i.test(message))
  )
}

/** The transaction has expired, was rolled back after three idle minutes, or was ended by an earlier error. */
export function isTransactionLost({ name, message }: DataApiFailure): boolean {
  return (
    name === 'TransactionNotFoundException' ||
    /transaction \S+ (is not|isn.t) found|transaction is expired/i.test(message)
  )
}

/** The statement took longer than the Data API's 45 seconds. */
export function isTimeout({ name }: DataApiFailure): boolean {
  return name === 'StatementTimeoutException'
}

/** The Aurora database is paused. This call resumes it, which takes about 15 seconds, or 30 and more after a day. */
function isResuming({ name, message }: DataApiFailure): boolean {
  return name === 'DatabaseResumingException' || /resuming after being auto-paused/i.test(message)
}

const BUSY = new Set([
  'ThrottlingException',
  'TooManyRequestsException',
  'ServiceUnavailableError',
  'ServiceUnavailableException',
  'InternalServerErrorException',
  'DatabaseUnavailableException',
])

/** The same call may succeed in a moment. */
export function isPassing(failure: DataApiFailure): boolean {
  return (
    isResuming(failure) ||
    BUSY.has(failure.name) ||
    (failure.$metadata?.httpStatusCode ?? 0) >= 500 ||
    // An earlier chunk left a statement running.
    /transaction is still running a query/i.test(failure.message) ||
    /communications link failure/i.test(failure.message)
  )
}

/**
 * The format of Aurora MySQL's errors: `…; Error code: 1146; SQLState: 42S02`, and in its first version `Database error
 * code: 1146. Message: …`.
 */
const SERVER_ERROR = /^([\s\S]*?);? *Error code: (\d+); SQLState: (\w+)\s*$/
const FIRST_SERVER_ERROR = /^Database error code: (\d+)\. Message: ([\s\S]*)$/
/** Errors of the Data API for which the export's query is not to blame. */
const NOT_THE_QUERY =
  /^(AccessDenied|Forbidden|HttpEndpointNotEnabled|InvalidSecret|SecretsError|DatabaseNotFound|InvalidResourceState|NotFound)/

/** Errors of a log-in. The Data API logs in whenever it wants to, so the statement is not to blame. */
const LOG_IN = new Set([1044, 1045, 1129, 1130, 1251, 1698])

/** Returns the server's own error, or null if the error is the Data API's. */
export function serverFailureOf({ message }: DataApiFailure): ServerFailure | null {
  const server = SERVER_ERROR.exec(message)
  if (server) return { message: server[1]!, errno: Number(server[2]), sqlState: server[3]! }
  const first = FIRST_SERVER_ERROR.exec(message)
  return first && { message: first[2]!, errno: Number(first[1]) }
}

/**
 * @param values of the statement's parameters, which no message may quote
 * @param options.isRunning whether the statement may have read rows
 */
export function toDataApiError(
  error: unknown,
  values: readonly unknown[] = [],
  options?: { isRunning: boolean },
): CarryoutError {
  if (error instanceof CarryoutError) return error
  const failure = asFailure(error)
  const { name, message } = failure
  const server = serverFailureOf(failure)
  if (server && !LOG_IN.has(server.errno!)) return toCarryoutError(server, values, options)
  if (server) {
    return new DatabaseUnavailable(`The Data API cannot log in (error ${server.errno}): ${hide(message, values)}`, {
      cause: error,
    })
  }
  if (name === 'DatabaseErrorException' || name === 'BadRequestException' || name === 'UnsupportedResultException') {
    if (!isPassing(failure) && !isTransactionLost(failure)) {
      // 1105 is the server's "unknown error". Without an error number, nothing suggests that a retry would help.
      return new QueryFailed(`The Data API refused the query (${name}): ${withoutData(hide(message, values))}`)
    }
  }
  const what = NOT_THE_QUERY.test(name) ? 'denied access' : 'is not available'
  return new DatabaseUnavailable(`The Data API ${what} (${name}): ${hide(message, values)}`, { cause: error })
}

function hide(message: string, values: readonly unknown[]): string {
  return values.reduce<string>(
    (text, value) => (typeof value === 'string' ? text.replaceAll(`'${value}'`, '(a value)') : text),
    message,
  )
}
