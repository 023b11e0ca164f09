import type { ExecuteStatementCommandOutput } from '@aws-sdk/client-rds-data'
import type { NamedStatement } from './api.ts'

/** Asks the optimizer what it would do; `withColumns` finds its guess. */
export function explained({ text, parameters }: NamedStatement): NamedStatement {
  return { text: `EXPLAIN FORMAT=TRADITIONAL ${text}`, parameters }
}

/** How many rows it guesses, of the longest table as the direct source does; null where it has no guess. */
export function estimateOf({ columnMetadata = [], records = [] }: ExecuteStatementCommandOutput): number | null {
  const index = columnMetadata.findIndex(({ label }) => label === 'rows')
  const counts = records
    .map((record) => Number(record[index]?.longValue ?? record[index]?.stringValue ?? Number.NaN))
    .filter((count) => count > 0)
  return counts.length > 0 ? Math.max(...counts) : null
}
