/** What the Data API's errors mean. Matched by message as well as by class: their classes have changed over the years. */
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
 * The result is larger than 1 MiB, or one of its rows than 64 KB: fewer rows may do.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.troubleshooting.html
 */
export function isTooLarge({ name, message }: DataApiFailure): boolean {
  return (
    /allowed response size limit|response exceeded size limit|packet for query is too large/i.test(message) ||
    (name === 'UnsupportedResultException' && /\b(size|large)\b/i.test(message))
  )
}

/** Expired, rolled back after three idle minutes, or ended by an error before. */
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

/** The database of a paused Aurora, which this very call wakes: some 15 seconds, 30 and more after a day. */
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

/** Worth another try of the same call in a moment. */
export function isPassing(failure: DataApiFailure): boolean {
  return (
    isResuming(failure) ||
    BUSY.has(failure.name) ||
    (failure.$metadata?.httpStatusCode ?? 0) >= 500 ||
    // A chunk before left a statement running.
    /transaction is still running a query/i.test(failure.message) ||
    /communications link failure/i.test(failure.message)
  )
}

/** Known of Aurora MySQL: `…; Error code: 1146; SQLState: 42S02`, and of its first version `Database error code: 1146. Message: …`. */
const SERVER_ERROR = /^([\s\S]*?);? *Error code: (\d+); SQLState: (\w+)\s*$/
const FIRST_SERVER_ERROR = /^Database error code: (\d+)\. Message: ([\s\S]*)$/
/** Nothing that the export's query could be blamed for. */
const NOT_THE_QUERY =
  /^(AccessDenied|Forbidden|HttpEndpointNotEnabled|InvalidSecret|SecretsError|DatabaseNotFound|InvalidResourceState|NotFound)/

/** Refusals of a log-in, which the Data API does when it wants to: the statement is not to blame. */
const LOG_IN = new Set([1044, 1045, 1129, 1130, 1251, 1698])

/** What the server itself said; null where the Data API did. */
export function serverFailureOf({ message }: DataApiFailure): ServerFailure | null {
  const server = SERVER_ERROR.exec(message)
  if (server) return { message: server[1]!, errno: Number(server[2]), sqlState: server[3]! }
  const first = FIRST_SERVER_ERROR.exec(message)
  return first && { message: first[2]!, errno: Number(first[1]) }
}

/**
 * @param values of the statement's parameters, which no message may quote
 * @param options.isRunning the statement may have read rows
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
      // 1105 is the server's own "unknown error"; without a number nothing says that another try would help.
      return new QueryFailed(`The Data API refused the query (${name}): ${withoutData(hide(message, values))}`)
    }
  }
  const what = NOT_THE_QUERY.test(name) ? 'does not let us in' : 'is not available'
  return new DatabaseUnavailable(`The Data API ${what} (${name}): ${hide(message, values)}`, { cause: error })
}

function hide(message: string, values: readonly unknown[]): string {
  return values.reduce<string>(
    (text, value) => (typeof value === 'string' ? text.replaceAll(`'${value}'`, '(a value)') : text),
    message,
  )
}
