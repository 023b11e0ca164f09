import { type CarryoutError, DatabaseUnavailable, QueryFailed } from '../../../statemachine/errors.ts'
import { HIDDEN, isOfTheText, ownWords } from './server-words.ts'

/** The common part of mysql2's errors and ERR packets. */
export interface ServerFailure {
  message: string
  /** The server's error number; absent if the error is not the server's. */
  errno?: number | undefined
  code?: string | undefined
  sqlState?: string | undefined
}

/**
 * Errors that are not about the statement. The same statement may succeed later, so they are retried. A denied access
 * (1044, 1045) is not among them: after the log-in it means that a view's definer no longer exists.
 * https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, MariaDB's from 1900.
 */
const PASSING = new Set([
  1021, 1037, 1040, 1041, 1042, 1043, 1053, 1077, 1078, 1079, 1080, 1135, 1152, 1154, 1158, 1159, 1160, 1161, 1184,
  1203, 1205, 1213, 1226, 1290, 1317, 1412, 1461, 1613, 1614, 1615, 1635, 1636, 1836, 1862, 1927, 2006, 2013, 3032,
  3100, 3118, 3159, 3168, 3169, 3170, 3572, 3955, 4031,
])

const UNKNOWN_COLUMN = 1054
const NOT_GROUPED = 1055
const NOT_SELECTED = 3065
const SYNTAX_ERROR = 1064
const MISPLACED = 1234
const UNKNOWN_TIME_ZONE = 1298
export const ACCESS_DENIED = 1045
/** A syntax error that begins at a value, in any form of its marker (`markerOf`). */
const AT_A_VALUE = /\bnear '(?:(?:CAST|CONCAT|COALESCE|FROM_UNIXTIME)\()*(?:\?|:carryout_)/
/** The wrapper of the export's query (statement.ts) refers to the key only. */
const OF_OURS = /'carryout\.([^']+)'/

/** SQLSTATE of an error raised by a user's own procedure, function or trigger (SIGNAL). Its whole text may be data. */
const RAISED = '45000'
const RAISED_ERROR = 1644

/**
 * Converts the server's error to one of the family. The message is the server's own without values: some messages quote
 * the value that caused them, and neither parameters nor rows may appear in logs and e-mails.
 *
 * @param options.isRunning whether the statement may have read rows
 */
export function toCarryoutError(
  failure: ServerFailure,
  values: readonly unknown[] = [],
  { isRunning = false }: { isRunning?: boolean } = {},
): CarryoutError {
  const error = errorOf(failure, values, isRunning)
  // Only the number: the server's message may quote values.
  error.cause = { errno: failure.errno }
  return error
}

function errorOf(failure: ServerFailure, values: readonly unknown[], isRunning: boolean): CarryoutError {
  const message = withoutValues(messageOf(failure, isRunning), values)
  const number = numberOf(failure)
  const state = failure.sqlState ? `, SQLSTATE ${failure.sqlState}` : ''
  if (number === UNKNOWN_TIME_ZONE) {
    return new QueryFailed(
      `The database does not know the time zone of the export (error ${number}): give an offset such as +09:00, or fill its time zone tables (mysql_tzinfo_to_sql)`,
    )
  }
  if (number === ACCESS_DENIED) {
    return new QueryFailed(
      `The database refused the query (error ${number}${state}): ${message}. The account has logged in, so the query uses a view or function whose DEFINER does not exist or lacks a privilege`,
    )
  }
  const key = number === UNKNOWN_COLUMN ? OF_OURS.exec(failure.message)?.[1] : undefined
  if (key) return new QueryFailed(`The query returns no column ${key}, which is the export’s key (error ${number})`)
  if (number !== null && number < 10_000 && !PASSING.has(number)) {
    return new QueryFailed(
      `The database refused the query (error ${number}${state}): ${message}${hintFor(number, failure.message, values)}`,
    )
  }
  const what = number !== null ? ` (error ${number}${state})` : failure.code ? ` (${failure.code})` : ''
  return new DatabaseUnavailable(`The database is not available${what}: ${message}`)
}

function hintFor(number: number, message: string, values: readonly unknown[]): string {
  if (number === NOT_GROUPED && values.length > 0) {
    return '. A value used in both SELECT and GROUP BY counts as two different values: group by the column’s alias (SELECT … AS month … GROUP BY month)'
  }
  if (number === NOT_SELECTED && values.length > 0) {
    return '. A value used in both SELECT DISTINCT and ORDER BY counts as two different values: order by the column’s alias'
  }
  if (number === MISPLACED) {
    return '. With a key, or by the Data API, an export wraps its query (SELECT * FROM (…) AS carryout), which may not contain this word: remove it'
  }
  if (number === SYNTAX_ERROR && values.length > 0 && AT_A_VALUE.test(message)) {
    return '. A value was passed where SQL allows only a name or a literal, such as after SEPARATOR. Write it into the query, using raw if your own code chooses it from a list'
  }
  if (number === SYNTAX_ERROR && message.includes('AS carryout')) {
    return '. The export wraps its query (SELECT * FROM (…) AS carryout), so it must be one SELECT that can stand in parentheses'
  }
  return ''
}

/**
 * Converts an error of connecting, for which the statement is never to blame.
 *
 * @param hint a possible cause, appended to the sentence
 */
export function toUnavailable(failure: ServerFailure, address: string, hint = ''): DatabaseUnavailable {
  const number = numberOf(failure)
  const what = number === null ? failure.code : `error ${number}`
  return new DatabaseUnavailable(
    `No connection to the database at ${address}${what ? ` (${what})` : ''}: ${failure.message}${hint}`,
    { cause: failure },
  )
}

/** Whether the server itself refused the connection or the statement, which means that it is up. */
export function refusedByServer(error: unknown): boolean {
  return numberOf(((error as Error).cause ?? {}) as Partial<ServerFailure>) !== null
}

/** Returns the server's error number; null if the error is not the server's. The system's errors have negative numbers. */
function numberOf({ errno = 0 }: Partial<ServerFailure>): number | null {
  return errno > 0 ? errno : null
}

function messageOf(failure: ServerFailure, isRunning: boolean): string {
  const { message, sqlState } = failure
  const number = numberOf(failure)
  if (sqlState === RAISED || number === RAISED_ERROR)
    return 'a function or procedure of the database raised it (SIGNAL)'
  if (number === null || (isOfTheText(message) && !isRunning)) return message
  return ownWords(message) ?? HIDDEN
}

function withoutValues(message: string, values: readonly unknown[]): string {
  let clean = message
  for (const value of values) {
    if (value === null || value === undefined || typeof value === 'boolean') continue
    const text = String(value)
    // A short value might be part of a word, so it is replaced only in quotes.
    clean = clean.replaceAll(text.length < 4 ? `'${text}'` : text, '(a value)')
  }
  return clean
}
