/**
 * How much of a text key a server sorts by. By default it is 1024 bytes (`max_sort_length`), while `key > cursor` compares
 * all of it, so that of long keys which begin alike some would be passed over. More costs memory and temporary files for
 * every row, in the author's own ORDER BY and GROUP BY as well; so it is raised only where the key needs it.
 * https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_max_sort_length
 */
import { KeyNotUnique } from '../../../statemachine/errors.ts'
import type { ColumnKind } from '../../rows/column.ts'

/** The longest key that an index can order, VARCHAR(3072), in bytes of utf8mb4. What may be longer is measured. */
const LONGEST_INDEXED = 12_288
/**
 * What a byte of text may become in a sort key: a character has up to 8 weights of 2 bytes on each of 3 levels
 * (utf8mb4_0900_as_cs), and 4 bytes of declared length.
 */
const MOST_WEIGHT = 12
/** The bytes of a character in the widest character sets. */
const MOST_CHARACTER = 4
/** The default of servers, for which their buffers suffice. */
const USUAL_SORT_LENGTH = 1024
/** A server allocates a key of this length for each row that it sorts. */
const LONGEST_SORTED = 1_048_576
/** A sort needs room for fifteen rows, which have the selected columns beside the key. */
const ROWS_IN_BUFFER = 16
const SELECTED_BYTES = 131_072

/** Whether a key's order depends on how much of it is sorted by. */
export function isSortedByText(kind: ColumnKind): boolean {
  return kind === 'text' || kind === 'binary'
}

/**
 * The bytes to sort by for a key of this declared length.
 *
 * @returns null where its values must be measured: no type limits them
 */
export function sortLengthOf(kind: ColumnKind, declaredBytes: number): number | null {
  if (declaredBytes <= 0 || declaredBytes > LONGEST_INDEXED) return null
  return kind === 'binary' ? declaredBytes : declaredBytes * MOST_WEIGHT
}

/**
 * The longest sort key of a column's values, as SQL: NULL where there is no value. One beyond a packet has no weights. For a
 * LIMIT, MariaDB counts the length in characters, each of them of the most bytes that the character set has, however short
 * their weights are.
 */
export function longestSortKey(column: string): string {
  const weights = `COALESCE(LENGTH(WEIGHT_STRING(${column})), ${MOST_WEIGHT} * LENGTH(${column}))`
  return `MAX(GREATEST(${weights}, ${MOST_CHARACTER} * CHAR_LENGTH(${column})))`
}

/**
 * Assignments of session variables, none of which becomes less than it is.
 *
 * @throws KeyNotUnique where no server could sort by it
 */
export function sortSettings(key: string, length: number): string {
  if (length > LONGEST_SORTED) {
    throw new KeyNotUnique(
      `The key ${key} has values so long (${length} bytes to sort by) that the database cannot order them: use a shorter key`,
    )
  }
  const longer = atLeast('max_sort_length', length)
  if (length <= USUAL_SORT_LENGTH) return longer
  return `${longer}, ${atLeast('sort_buffer_size', ROWS_IN_BUFFER * (length + SELECTED_BYTES))}`
}

/** The cast, because of two integers of different signs MySQL makes a decimal, which it refuses for a variable. */
function atLeast(variable: string, value: number): string {
  return `SESSION ${variable} = CAST(GREATEST(@@SESSION.${variable}, ${value}) AS UNSIGNED)`
}
