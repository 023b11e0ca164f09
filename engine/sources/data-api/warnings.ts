import type { Field } from '@aws-sdk/client-rds-data'
import { countWarnings, type Warning, type WarningCounts } from '../mysql/warnings.ts'
import type { NamedStatement } from './api.ts'
import type { Transaction } from './transaction.ts'

const SHOW_WARNINGS: NamedStatement = { text: 'SHOW WARNINGS', parameters: [] }
const COUNT_WARNINGS: NamedStatement = { text: 'SHOW COUNT(*) WARNINGS', parameters: [] }

/**
 * Returns the server's warnings about the last statement. It asks in the same transaction, whose session ran the
 * statement.
 *
 * @throws QueryFailed if a value was lost or changed, and the SDK's errors
 */
export async function warningsOf(transaction: Transaction, signal: AbortSignal): Promise<WarningCounts> {
  const { records = [] } = await transaction.execute(SHOW_WARNINGS, signal)
  if (records.length === 0) return {}
  const { records: [[total] = []] = [] } = await transaction.execute(COUNT_WARNINGS, signal)
  return countWarnings(records.map(asWarning), Number(textOf(total)))
}

function asWarning([level, code, message]: Field[]): Warning {
  return { level: textOf(level), code: Number(textOf(code)), message: textOf(message) }
}

function textOf(field: Field | undefined): string {
  return field?.stringValue ?? String(field?.longValue ?? '')
}
