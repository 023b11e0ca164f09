/** A Data API without a server, which answers each call as a test tells it to. */
import type { ExecuteStatementCommandOutput, Field, SqlParameter } from '@aws-sdk/client-rds-data'
import { DataApi, PATIENCE } from '../../../../engine/sources/data-api/api.ts'

export interface Call {
  /** `begin`, `execute`, `commit` or `rollback`. */
  operation: string
  /** Of `execute`, in one line; empty otherwise. */
  sql: string
  parameters: SqlParameter[]
  transactionId?: string
  withColumns?: boolean
}

export type Answer = Pick<ExecuteStatementCommandOutput, 'records' | 'columnMetadata'>

export interface FakeApi {
  api: DataApi
  calls: Call[]
  /** What was called, without the statements that set up a session: `begin`, `commit`, or the first words of a statement. */
  steps(): string[]
}

export const never = new AbortController().signal
export const text = (value: string): Field => ({ stringValue: value })
export const number = (value: number): Field => ({ longValue: value })

/** What a session says of itself, by default. */
const SESSION: [name: string, value: string][] = [
  ['pseudo_thread_id', '7'],
  ['transaction_isolation', 'REPEATABLE-READ'],
  ['time_zone', 'SYSTEM'],
  ['collation_connection', 'utf8mb4_general_ci'],
  ['max_execution_time', '0'],
]

/** @param answer may throw the SDK's error; without an answer, a session is a usual one, and other statements have no rows */
export function givenApi(answer: (call: Call) => unknown = () => undefined): FakeApi {
  const calls: Call[] = []
  let begun = 0
  const client = {
    async send(command: { constructor: { name: string }; input: Record<string, never> }) {
      const { sql = '', parameters = [], transactionId, includeResultMetadata } = command.input
      const operation = command.constructor.name.replace(/(Statement|Transaction)?Command$/, '').toLowerCase()
      const call: Call = { operation, sql: (sql as string).replaceAll(/\s+/g, ' '), parameters }
      if (transactionId) call.transactionId = transactionId
      if (includeResultMetadata) call.withColumns = true
      calls.push(call)
      if (calls.length > 500) throw failure('Endless', 'The Data API is called without end')
      const given = await answer(call)
      if (given) return given
      if (operation === 'begin') return { transactionId: `t${++begun}` }
      return call.sql.startsWith('SHOW SESSION VARIABLES') ? { records: SESSION.map((pair) => pair.map(text)) } : {}
    },
  }
  const clock = { now: () => 0, sleep: async () => {} }
  const address = { client, resourceArn: 'cluster', secretArn: 'secret', database: 'shop' }
  return {
    api: new DataApi(address as never, { ...PATIENCE, clock }),
    calls,
    steps: () =>
      calls
        .filter(({ sql }) => !/^SHOW SESSION VARIABLES|^SET @carryout|^SHOW WARNINGS/.test(sql))
        .map(({ operation, sql }) => (operation === 'execute' ? sql.split(' ').slice(0, 2).join(' ') : operation)),
  }
}

/** Makes an error of the SDK. */
export const failure = (name: string, message = 'no') => Object.assign(new Error(message), { name })
export const lost = () => failure('TransactionNotFoundException', 'Transaction t1 is not found')
export const tooLarge = () =>
  failure('BadRequestException', 'Database returned more than the allowed response size limit')
export const tooSlow = () => failure('StatementTimeoutException')
export const serverError = (errno: number, message = 'no') =>
  failure('DatabaseErrorException', `${message}; Error code: ${errno}; SQLState: HY000`)
