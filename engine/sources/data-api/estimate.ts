import type { ExecuteStatementCommandOutput } from '@aws-sdk/client-rds-data'
import type { NamedStatement } from './api.ts'

/** Returns an EXPLAIN of the statement, to be run `withColumns` so that the estimate can be found. */
export function explained({ text, parameters }: NamedStatement): NamedStatement {
  return { text: `EXPLAIN FORMAT=TRADITIONAL ${text}`, parameters }
}

/** Returns the optimizer's estimate of rows, for the longest table as in the direct source; null if it has none. */
export function estimateOf({ columnMetadata = [], records = [] }: ExecuteStatementCommandOutput): number | null {
  const index = columnMetadata.findIndex(({ label }) => label === 'rows')
  const counts = records
    .map((record) => Number(record[index]?.longValue ?? record[index]?.stringValue ?? Number.NaN))
    .filter((count) => count > 0)
  return counts.length > 0 ? Math.max(...counts) : null
}
