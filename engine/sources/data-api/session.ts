/**
 * What an export needs of the session that a transaction has: the same settings as a direct connection gets. They are given
 * back, since the Data API may hand the session to somebody else.
 */
import { MAX_SORT_LENGTH } from '../mysql/statement.ts'
import type { DataApi, NamedStatement } from './api.ts'

export interface SessionFacts {
  /** The server's own number of it, for KILL. */
  connectionId: number
  isSnapshot: boolean
  timeZone: string
  collation: string
  maxSortLength: string
}

const SNAPSHOTS = new Set(['REPEATABLE-READ', 'SERIALIZABLE'])

/** By SHOW, which every version understands; it takes no snapshot yet. `tx_isolation` is MariaDB's name until 11.1. */
const SHOW: NamedStatement = {
  text: `SHOW SESSION VARIABLES WHERE Variable_name IN
    ('pseudo_thread_id', 'transaction_isolation', 'tx_isolation', 'time_zone', 'collation_connection', 'max_sort_length')`,
  parameters: [],
}

export async function readSession(api: DataApi, transactionId: string, signal: AbortSignal): Promise<SessionFacts> {
  const { records = [] } = await api.execute(SHOW, signal, { transactionId })
  const variables = new Map(
    records.map(([name, value]) => [name?.stringValue?.toLowerCase(), value?.stringValue ?? '']),
  )
  return {
    connectionId: Number(variables.get('pseudo_thread_id') ?? 0),
    isSnapshot: SNAPSHOTS.has(variables.get('transaction_isolation') ?? variables.get('tx_isolation') ?? ''),
    timeZone: variables.get('time_zone') ?? 'SYSTEM',
    collation: variables.get('collation_connection') ?? 'utf8mb4_general_ci',
    maxSortLength: variables.get('max_sort_length') ?? '1024',
  }
}

export async function prepareSession(
  api: DataApi,
  transactionId: string,
  { timeZone, facts, signal }: { timeZone: string; facts: SessionFacts; signal: AbortSignal },
): Promise<void> {
  const statement: NamedStatement = {
    text: `SET @carryout_time_zone = :was_time_zone, @carryout_collation = :was_collation,
      @carryout_max_sort_length = CAST(:was_max_sort_length AS UNSIGNED), SESSION max_sort_length = ${MAX_SORT_LENGTH},
      SESSION time_zone = :time_zone, SESSION character_set_connection = 'utf8mb4'`,
    parameters: [
      { name: 'was_time_zone', value: { stringValue: facts.timeZone } },
      { name: 'was_collation', value: { stringValue: facts.collation } },
      { name: 'was_max_sort_length', value: { stringValue: facts.maxSortLength } },
      { name: 'time_zone', value: { stringValue: timeZone } },
    ],
  }
  await api.execute(statement, signal, { transactionId })
}

/** Whichever invocation ends the transaction: the values lie in the session itself. */
export const RESTORE_SESSION: NamedStatement = {
  text: `SET SESSION time_zone = @carryout_time_zone, SESSION collation_connection = @carryout_collation,
    SESSION max_sort_length = @carryout_max_sort_length`,
  parameters: [],
}
