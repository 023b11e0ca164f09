/**
 * The settings that an export needs in a transaction's session, the same as on a direct connection. They are restored
 * afterwards, because the Data API may reuse the session for others.
 */
import { QUIET_SQL } from '../mysql/warnings.ts'
import type { DataApi, NamedStatement } from './api.ts'

export interface SessionFacts {
  /** The server's id of the session, for KILL. */
  connectionId: number
  isSnapshot: boolean
  timeZone: string
  collation: string
  /** The variable that limits a statement's time, which differs between MySQL and MariaDB. */
  limit: 'max_execution_time' | 'max_statement_time'
}

/** Variables that an export may change and that a user variable can preserve. */
const KEPT = [
  'max_sort_length',
  'sort_buffer_size',
  'group_concat_max_len',
  'sql_mode',
  'sql_big_selects',
  'character_set_client',
  'character_set_results',
]

const SNAPSHOTS = new Set(['REPEATABLE-READ', 'SERIALIZABLE'])

/** SHOW works on every version and does not take a snapshot. MariaDB before 11.1 uses the name `tx_isolation`. */
const SHOW: NamedStatement = {
  text: `SHOW SESSION VARIABLES WHERE Variable_name IN
    ('pseudo_thread_id', 'transaction_isolation', 'tx_isolation', 'time_zone', 'collation_connection',
     'max_execution_time', 'max_statement_time')`,
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
    limit: variables.has('max_statement_time') ? 'max_statement_time' : 'max_execution_time',
  }
}

export async function prepareSession(
  api: DataApi,
  transactionId: string,
  { timeZone, facts, signal }: { timeZone: string; facts: SessionFacts; signal: AbortSignal },
): Promise<void> {
  const statement: NamedStatement = {
    text: `SET @carryout_time_zone = :was_time_zone, @carryout_collation = :was_collation,
      ${KEPT.map((name) => `@carryout_${name} = @@SESSION.${name}`).join(', ')},
      @carryout_limit = @@SESSION.${facts.limit}, SESSION ${facts.limit} = 0,
      ${QUIET_SQL}, SESSION time_zone = :time_zone, SESSION character_set_connection = 'utf8mb4',
      SESSION character_set_client = 'utf8mb4', SESSION character_set_results = 'utf8mb4'`,
    parameters: [
      { name: 'was_time_zone', value: { stringValue: facts.timeZone } },
      { name: 'was_collation', value: { stringValue: facts.collation } },
      { name: 'time_zone', value: { stringValue: timeZone } },
    ],
  }
  await api.execute(statement, signal, { transactionId })
}

/** Any invocation can end the transaction, because the previous values are stored in the session itself. */
export function restoreSession({ limit }: SessionFacts): NamedStatement {
  return {
    text: `SET SESSION time_zone = @carryout_time_zone, SESSION collation_connection = @carryout_collation,
      SESSION ${limit} = @carryout_limit, ${KEPT.map((name) => `SESSION ${name} = @carryout_${name}`).join(', ')}`,
    parameters: [],
  }
}
