/** Decides which of the server's warnings mean that a file would not contain what the query asked for. */
import { QueryFailed } from '../../../statemachine/errors.ts'
import { HIDDEN, ownWords } from './server-words.ts'

export interface Warning {
  /** `Note`, `Warning` or `Error`. */
  level: string
  code: number
  message: string
}

/** How often each warning code occurred that does not mean a loss. */
export type WarningCounts = Record<string, number>

/**
 * Warnings that mean lost, cut or changed values, with the reason. They are those that MySQL's strict mode turns into
 * errors when a row is written (`Strict_error_handler` in sql/error_handler.cc), except those whose NULL is correct in
 * SQL (a division by zero, a date beyond 9999, the logarithm of a negative number), plus MariaDB's own. All other
 * warnings are only counted.
 */
const LOSSES = new Map<number, string>([
  [1260, 'a GROUP_CONCAT is longer than the server’s max_allowed_packet'],
  [1264, 'a value is out of its type’s range, and became the nearest that is not'],
  [1265, 'a value does not fit its type, and was cut'],
  [1292, 'a value is not one of the type that it is compared with or converted to: convert it in the query (CAST)'],
  [1300, 'a text has bytes that its character set does not know, and became NULL'],
  [1301, 'a value is longer than the server’s max_allowed_packet, and became NULL'],
  [1366, 'a value is not one of its type, and was changed'],
  [1406, 'a value is longer than its type, and was cut'],
  [1411, 'a function does not understand its argument, and gave NULL'],
  [1916, 'a number is out of its type’s range, and became the nearest that is not'],
  [1931, 'the server stopped reading rows (LIMIT ROWS EXAMINED)'],
  [1977, 'a character does not exist in the character set that it was converted to'],
  [3155, 'a number in JSON is out of the range of the type that it was converted to'],
  [3156, 'a value in JSON is not one of the type that it was converted to'],
  [3854, 'a character does not exist in the character set that it was converted to'],
  [4035, 'a text is not JSON, and a function of it gave NULL'],
  [4036, 'a text is not JSON, and a function of it gave NULL'],
  [4037, 'a text is not JSON, and a function of it gave NULL'],
  [4038, 'a text is not JSON, and a function of it gave NULL'],
  [4039, 'a text is not JSON, and a function of it gave NULL'],
  [4040, 'JSON is nested too deeply, and a function of it gave NULL'],
])
/** Losses that MariaDB reports as notes. */
const LOSSES_AS_NOTES = new Set([1916])

/**
 * @param total number of warnings, which may exceed the number that the server lists
 * @throws QueryFailed if a value was lost or changed, or if that is unknown
 */
export function countWarnings(listed: readonly Warning[], total: number): WarningCounts {
  const counts: WarningCounts = {}
  for (const { level, code, message } of listed) {
    const loss = LOSSES.get(code)
    if (loss !== undefined && (level !== 'Note' || LOSSES_AS_NOTES.has(code))) {
      throw new QueryFailed(
        `The database warned that values are not what the query asked for (warning ${code}: ${ownWords(message) ?? HIDDEN}): ${loss}`,
      )
    }
    counts[code] = (counts[code] ?? 0) + 1
  }
  if (total > listed.length) {
    throw new QueryFailed(
      `The database warned ${total} times, but lists only ${listed.length} of the warnings (max_error_count), none of which is a loss. Whether the others are is not known: change the query so that it gives fewer warnings (${Object.keys(counts).join(', ')})`,
    )
  }
  return counts
}

/**
 * SQL modes that an export's session turns off. A division by zero would give a warning for each row although NULL is
 * correct in SQL. A date such as `2026-00-00` would become `0000-00-00` when MySQL keeps it in a temporary table, as it
 * does for our wrapper of a query. A CHAR padded to full length has a different value in a temporary table.
 */
const LEFT_OUT = [
  'ERROR_FOR_DIVISION_BY_ZERO',
  'NO_ZERO_IN_DATE',
  'NO_ZERO_DATE',
  'PAD_CHAR_TO_FULL_LENGTH',
  'TRADITIONAL',
]
const SQL_MODE = LEFT_OUT.reduce((mode, name) => `REPLACE(${mode}, '${name}', '')`, '@@SESSION.sql_mode')

/**
 * Assignments that keep values unchanged and prevent warnings: a list that was cut short would lose its other half. An
 * export may also have more rows than a server lets a session join by default.
 */
export const QUIET_SQL = `SESSION group_concat_max_len = @@max_allowed_packet, SESSION sql_mode = ${SQL_MODE}, SESSION sql_big_selects = 1`
