import { isSortedByText, sortLengthOf, sortSettings } from '../mysql/sort-length.ts'
import type { RangeQuery } from '../source.ts'
import type { SelectedColumn } from './columns.ts'
import { longestKeyStatement } from './statement.ts'
import type { Transaction } from './transaction.ts'

/**
 * Lets the server sort by the whole of a text key, for all chunks of the transaction: its session keeps the setting.
 *
 * @throws KeyNotUnique where no server could sort by it, and what the SDK throws
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
