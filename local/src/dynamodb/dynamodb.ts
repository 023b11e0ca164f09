/**
 * DynamoDB: dynalite on the state directory, plus what it lacks: time to live, and tables whose indexes a template
 * changes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
 */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { AwsError, type Handler, sendError, sendJson } from '../protocol.ts'
import { stateUnusable } from '../store.ts'
import { type DynamoError, openDynalite } from './dynalite.ts'
import { putTable, type TableDefinition } from './tables.ts'
import { createTimeToLive } from './time-to-live.ts'

export interface DynamoDb {
  handler: Handler
  /** Creates a table, or finds that of an earlier boot and updates its indexes. */
  putTable(table: TableDefinition): Promise<{ arn: string; id: string }>
  /** Runs one operation in-process, for Step Functions integrations. @throws DynamoError, AwsError */
  run(operation: string, input: Record<string, unknown>): Promise<Record<string, unknown>>
  /** Deletes expired items, as DynamoDB does in the background. */
  deleteExpired(): Promise<void>
  stop(): Promise<void>
}

const CONTENT_TYPE = 'application/x-amz-json-1.0'

/**
 * @param options.now returns milliseconds since 1970, for expiry
 * @throws StateUnusable if the tables cannot be read
 */
export async function openDynamoDb(options: {
  store: DatabaseSync
  stateDirectory: string
  region: string
  accountId: string
  now?: () => number
}): Promise<DynamoDb> {
  const { store, stateDirectory, now = Date.now } = options
  const dynalite = await openDynalite({ ...options, directory: join(stateDirectory, 'dynamodb') }).catch((error) => {
    throw stateUnusable(stateDirectory, (error as Error).cause ?? error, {
      path: 'dynamodb',
      lost: 'the items of all tables',
      kept: 'Requests that wait, executions, files, logs and mails are not in it.',
    })
  })
  const timeToLive = createTimeToLive({ store, dynalite, now })
  const own = new Map<string, (input: Record<string, unknown>) => Promise<object>>([
    ['UpdateTimeToLive', (input) => timeToLive.update(input)],
    ['DescribeTimeToLive', (input) => timeToLive.describe(input)],
  ])

  async function answer(target: string, body: string): Promise<object> {
    const [version, operation = ''] = target.split('.')
    const run = own.get(operation)
    if (version !== 'DynamoDB_20120810' || !(run || dynalite.operations.has(operation))) {
      throw new AwsError('UnknownOperationException', `The local cloud does not know the operation “${target}”.`)
    }
    const input = parse(body)
    return run ? await run(input) : await dynalite.run(operation, input)
  }

  return {
    async handler(request, response) {
      try {
        sendJson(
          response,
          200,
          await answer(String(request.headers['x-amz-target'] ?? ''), await text(request)),
          CONTENT_TYPE,
        )
      } catch (error) {
        if (isDynamoError(error)) sendJson(response, error.statusCode, error.body, CONTENT_TYPE)
        else sendError(response, error, CONTENT_TYPE)
      }
    },
    async putTable(table) {
      const made = await putTable({ store, dynalite }, table)
      timeToLive.set(table.TableName, table.timeToLiveAttribute)
      return made
    },
    run: (operation, input) => dynalite.run(operation, input),
    deleteExpired: () => timeToLive.deleteExpired(),
    async stop() {
      await timeToLive.stop()
      await dynalite.close()
    },
  }
}

export function isDynamoError(error: unknown): error is DynamoError {
  return error instanceof Error && typeof (error as DynamoError).statusCode === 'number'
}

function parse(body: string): Record<string, unknown> {
  try {
    const input: unknown = JSON.parse(body)
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Record<string, unknown>
  } catch {
    // Reported below.
  }
  throw new AwsError('SerializationException', 'The body must be a JSON object.')
}
