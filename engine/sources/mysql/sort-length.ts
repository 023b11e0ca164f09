/**
 * How much of a text key a server sorts by. The default is 1024 bytes (`max_sort_length`), but `key > cursor` compares
 * all of it, so some long keys with a common prefix would be skipped. More costs memory and temporary files for every
 * row, including in the author's own ORDER BY and GROUP BY, so it is raised only if the key needs it.
 * https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_max_sort_length
 */
import { KeyNotUnique } from '../../../statemachine/errors.ts'
import type { ColumnKind } from '../../rows/column.ts'

/**
 * The longest key that an index can order, VARCHAR(3072), in bytes of utf8mb4. Columns that may be longer are measured.
 */
const LONGEST_INDEXED = 12_288
/**
 * The most bytes in a sort key per byte of text: a character has up to 8 weights of 2 bytes on each of 3 levels
 * (utf8mb4_0900_as_cs), and 4 bytes of declared length.
 */
const MOST_WEIGHT = 12
/** Bytes of a character in the widest character sets. */
const MOST_CHARACTER = 4
/** The servers' default, for which their buffers suffice. */
const USUAL_SORT_LENGTH = 1024
/** A server allocates a key of this length for each row that it sorts. */
const LONGEST_SORTED = 1_048_576
/** A sort needs room for fifteen rows, which contain the selected columns besides the key. */
const ROWS_IN_BUFFER = 16
const SELECTED_BYTES = 131_072

/** Whether a key's order depends on how many of its bytes are sorted by. */
export function isSortedByText(kind: ColumnKind): boolean {
  return kind === 'text' || kind === 'binary'
}

/**
 * Returns the bytes to sort by for a key of this declared length.
 *
 * @returns null if its type does not limit its values, so that they must be measured
 */
export function sortLengthOf(kind: ColumnKind, declaredBytes: number): number | null {
  if (declaredBytes <= 0 || declaredBytes > LONGEST_INDEXED) return null
  return kind === 'binary' ? declaredBytes : declaredBytes * MOST_WEIGHT
}

/**
 * Returns SQL for the longest sort key of a column's values; NULL if there is no value. A value longer than a packet
 * has no weights. For a LIMIT, MariaDB counts the length in characters of the character set's maximum size, however
 * short their weights are.
 */
export function longestSortKey(column: string): string {
  const weights = `COALESCE(LENGTH(WEIGHT_STRING(${column})), ${MOST_WEIGHT} * LENGTH(${column}))`
  return `MAX(GREATEST(${weights}, ${MOST_CHARACTER} * CHAR_LENGTH(${column})))`
}

/**
 * Returns assignments of session variables, none of which decreases its value.
 *
 * @throws KeyNotUnique if no server could sort by it
 */
export function sortSettings(key: string, length: number): string {
  if (length > LONGEST_SORTED) {
    throw new KeyNotUnique(
      `The key ${key} has values that are too long for the database to sort (${length} bytes): use a shorter key`,
    )
  }
  const longer = atLeast('max_sort_length', length)
  if (length <= USUAL_SORT_LENGTH) return longer
  return `${longer}, ${atLeast('sort_buffer_size', ROWS_IN_BUFFER * (length + SELECTED_BYTES))}`
}

/**
 * The cast is needed because MySQL combines integers of different signs to a decimal, which it refuses for a variable.
 */
function atLeast(variable: string, value: number): string {
  return `SESSION ${variable} = CAST(GREATEST(@@SESSION.${variable}, ${value}) AS UNSIGNED)`
}
