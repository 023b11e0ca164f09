/**
 * The RDS Data API over the laptop's MySQL or MariaDB: REST-JSON, with Aurora MySQL's limits and errors.
 *
 * @see https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/Welcome.html
 */

import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { problemsIn } from '../problems.ts'
import { AwsError, type Handler } from '../protocol.ts'
import { type Cluster, createClusters } from './clusters.ts'
import { RdsDataError } from './errors.ts'
import { readBody, refuse, send } from './http.ts'
import { LIMITS, type RdsDataLimits } from './limits.ts'
import { bindParameters, SqlParameter } from './parameters.ts'
import { ResultSetOptions } from './render.ts'
import { type RunOptions, Session, type StatementResult } from './session.ts'
import { Transactions } from './transactions.ts'

export type RdsDataOperation =
  | 'ExecuteStatement'
  | 'BatchExecuteStatement'
  | 'BeginTransaction'
  | 'CommitTransaction'
  | 'RollbackTransaction'

/** A call as seen by a test that interferes with it. */
export interface RdsDataCall {
  operation: RdsDataOperation
  sql: string | undefined
  transactionId: string | undefined
  /** Ends the call's transaction like an expiry. */
  loseTransaction(): Promise<void>
}

export interface RdsDataOptions {
  /** Returns a secret's value by its ARN or name; undefined if there is none. */
  secret: (secretArn: string) => string | undefined
  limits?: Partial<RdsDataLimits>
  /**
   * Called before each call; an RdsDataError that it throws becomes the response. Tests use it to pause the database,
   * to throttle, and to end transactions.
   */
  intercept?: (call: RdsDataCall) => Promise<void> | void
  /**
   * Whether exceeding a limit or a time-out ends the transaction. AWS once kept it and no longer does
   * (https://github.com/cloud-utils/sqlalchemy-aurora-data-api/issues/38). True by default.
   */
  limitEndsTransaction?: boolean
}

export interface RdsData {
  handler: Handler
  /** Serves the cluster with this ARN. */
  bind(resourceArn: string, cluster: Cluster): void
  /** The number of open transactions. */
  readonly transactions: number
  stop(): Promise<void>
}

const Common = z.object({ resourceArn: z.string().min(11), secretArn: z.string().min(11) })
const Begin = Common.extend({ database: z.string().optional(), schema: z.string().optional() })
const End = Common.extend({ transactionId: z.string().min(1) })
const Statement = Begin.extend({ sql: z.string(), transactionId: z.string().min(1).optional() })
const Execute = Statement.extend({
  parameters: z.array(SqlParameter).default([]),
  includeResultMetadata: z.boolean().default(false),
  continueAfterTimeout: z.boolean().default(false),
  resultSetOptions: ResultSetOptions.prefault({}),
  formatRecordsAs: z.enum(['NONE', 'JSON']).default('NONE'),
})
const Batch = Statement.extend({ parameterSets: z.array(z.array(SqlParameter)).default([]) })

const PLAIN: RunOptions = {
  resultSetOptions: ResultSetOptions.parse({}),
  asObjects: false,
  continueAfterTimeout: false,
}

export function createRdsData(options: RdsDataOptions): RdsData {
  const { intercept, limitEndsTransaction = true } = options
  const limits = { ...LIMITS, ...options.limits }
  const clusters = createClusters(options.secret)
  const transactions = new Transactions(limits)

  /** Runs in the call's transaction, or else on a new connection that commits immediately. */
  async function inSession<T>(input: z.output<typeof Statement>, work: (session: Session) => Promise<T>): Promise<T> {
    const address = clusters.addressOf(input)
    const { transactionId } = input
    if (transactionId === undefined) {
      const session = await Session.open(address, limits)
      try {
        return await work(session)
      } finally {
        session.closeWhenIdle()
      }
    }
    try {
      return await transactions.use(transactionId, input.resourceArn, work)
    } catch (error) {
      if (limitEndsTransaction && isLimit(error)) await transactions.end(transactionId, 'aborted')
      throw error
    }
  }

  const operations: Record<RdsDataOperation, (body: unknown) => Promise<string>> = {
    async BeginTransaction(body) {
      const input = read(Begin, body)
      const session = await Session.open(clusters.addressOf(input), limits)
      await session.run({ text: 'START TRANSACTION', values: [] }, PLAIN).catch((error) => {
        session.closeWhenIdle()
        throw error
      })
      return JSON.stringify({ transactionId: transactions.add(session, input.resourceArn) })
    },
    async CommitTransaction(body) {
      const input = read(End, body)
      clusters.addressOf(input)
      await transactions.use(input.transactionId, input.resourceArn, (session) =>
        session.run({ text: 'COMMIT', values: [] }, PLAIN),
      )
      await transactions.end(input.transactionId, 'ended')
      return JSON.stringify({ transactionStatus: 'Transaction Committed' })
    },
    async RollbackTransaction(body) {
      const input = read(End, body)
      clusters.addressOf(input)
      await transactions.use(input.transactionId, input.resourceArn, (session) =>
        session.run({ text: 'ROLLBACK', values: [] }, PLAIN),
      )
      await transactions.end(input.transactionId, 'ended')
      return JSON.stringify({ transactionStatus: 'Rollback Complete' })
    },
    async ExecuteStatement(body) {
      const input = read(Execute, body)
      const asObjects = input.formatRecordsAs === 'JSON'
      const result = await inSession(input, (session) =>
        session.run(bindParameters(input.sql, input.parameters), { ...input, asObjects }),
      )
      return answerOf(result, { asObjects, withMetadata: input.includeResultMetadata })
    },
    async BatchExecuteStatement(body) {
      const input = read(Batch, body)
      const sets = input.parameterSets.length > 0 ? input.parameterSets : [[]]
      const updateResults = await inSession(input, async (session) => {
        const results: object[] = []
        for (const parameters of sets) {
          const { insertId } = await session.run(bindParameters(input.sql, parameters), PLAIN)
          results.push({ generatedFields: insertId > 0 ? [{ longValue: insertId }] : [] })
        }
        return results
      })
      return JSON.stringify({ updateResults })
    },
  }

  async function answer(request: IncomingMessage): Promise<string> {
    const operation = PATHS[new URL(request.url ?? '/', 'http://localhost').pathname]
    if (request.method !== 'POST' || !operation) {
      throw new AwsError('UnknownOperationException', 'The local Data API does not know this path.', 404)
    }
    const body = await readBody(request, limits.requestBytes)
    const { sql, transactionId } = body as { sql?: string; transactionId?: string }
    await intercept?.({
      operation,
      sql,
      transactionId,
      loseTransaction: async () => {
        if (transactionId !== undefined) await transactions.end(transactionId, 'expired')
      },
    })
    return operations[operation](body)
  }

  return {
    async handler(request, response) {
      try {
        send(response, 200, await answer(request))
      } catch (error) {
        refuse(response, error)
      }
    },
    bind: clusters.bind,
    get transactions() {
      return transactions.count
    },
    stop: () => transactions.endAll(),
  }
}

const PATHS: Record<string, RdsDataOperation> = {
  '/Execute': 'ExecuteStatement',
  '/BatchExecute': 'BatchExecuteStatement',
  '/BeginTransaction': 'BeginTransaction',
  '/CommitTransaction': 'CommitTransaction',
  '/RollbackTransaction': 'RollbackTransaction',
}

function answerOf(
  { columns, rows, affectedRows, insertId }: StatementResult,
  { asObjects, withMetadata }: { asObjects: boolean; withMetadata: boolean },
): string {
  const members = [`"numberOfRecordsUpdated":${columns ? 0 : affectedRows}`]
  if (!columns) members.push(`"generatedFields":${insertId > 0 ? `[{"longValue":${insertId}}]` : '[]'}`)
  else if (asObjects) members.push(`"formattedRecords":${JSON.stringify(`[${rows.join(',')}]`)}`)
  else members.push(`"records":[${rows.join(',')}]`)
  if (columns && withMetadata && !asObjects) {
    members.push(`"columnMetadata":${JSON.stringify(columns.map(({ metadata }) => metadata))}`)
  }
  return `{${members.join(',')}}`
}

function isLimit(error: unknown): boolean {
  if (!(error instanceof RdsDataError)) return false
  return (
    error.code === 'StatementTimeoutException' ||
    /allowed response size limit|Packet for query is too large/.test(error.message)
  )
}

function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new RdsDataError('BadRequestException', problemsIn(parsed.error))
}
