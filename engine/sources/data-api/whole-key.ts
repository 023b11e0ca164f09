import { isSortedByText, sortLengthOf, sortSettings } from '../mysql/sort-length.ts'
import type { RangeQuery } from '../source.ts'
import type { SelectedColumn } from './columns.ts'
import { longestKeyStatement } from './statement.ts'
import type { Transaction } from './transaction.ts'

/**
 * Makes the server sort by the whole of a text key. The setting lasts for all chunks of the transaction, because its
 * session keeps it.
 *
 * @throws KeyNotUnique if the key is too long for any server to sort by, and the SDK's errors
 */
export async function sortByWholeKey(
  transaction: Transaction,
  { query, columns, signal }: { query: RangeQuery; columns: readonly SelectedColumn[]; signal: AbortSignal },
): Promise<void> {
  const { key } = query
  const column = columns.find(({ name }) => name === key)
  if (key === null || !column || !isSortedByText(column.kind)) return
  let length = sortLengthOf(column.kind, column.declaredBytes)
  if (length === null) {
    const { records } = await transaction.execute(longestKeyStatement({ ...query, key }), signal)
    length = Number(records?.[0]?.[0]?.longValue ?? records?.[0]?.[0]?.stringValue ?? 0)
  }
  await transaction.execute({ text: `SET ${sortSettings(key, length)}`, parameters: [] }, signal)
}
