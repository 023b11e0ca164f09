/**
 * Time to live: items whose attribute is a time in the past are deleted in the background. Until then they can still be
 * read, as on AWS, where it may take days.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
 */
import type { DatabaseSync } from 'node:sqlite'
import { AwsError } from '../protocol.ts'
import type { Dynalite } from './dynalite.ts'

export interface TimeToLive {
  set(table: string, attribute: string | undefined): void
  update(input: Record<string, unknown>): Promise<object>
  describe(input: Record<string, unknown>): Promise<object>
  deleteExpired(): Promise<void>
  stop(): Promise<void>
}

const EVERY_MS = 10 * 60_000
/** DynamoDB treats an older time as a mistake and keeps the item. */
const OLDEST_SECONDS = 5 * 365 * 86_400

type Item = Record<string, { N?: string }>

export function createTimeToLive(options: { store: DatabaseSync; dynalite: Dynalite; now(): number }): TimeToLive {
  const { store, dynalite, now } = options
  store.exec(
    'CREATE TABLE IF NOT EXISTS dynamodb_ttl (table_name TEXT PRIMARY KEY, attribute TEXT NOT NULL) WITHOUT ROWID',
  )
  const all = store.prepare('SELECT table_name AS "table", attribute FROM dynamodb_ttl')
  const one = store.prepare('SELECT attribute FROM dynamodb_ttl WHERE table_name = ?')
  const put = store.prepare('INSERT OR REPLACE INTO dynamodb_ttl VALUES (?, ?)')
  const forget = store.prepare('DELETE FROM dynamodb_ttl WHERE table_name = ?')

  let running: Promise<void> = Promise.resolve()
  const deleteExpired = () => {
    running = running.then(async () => {
      for (const { table, attribute } of all.all() as { table: string; attribute: string }[]) {
        await sweep(dynalite, table, attribute, Math.floor(now() / 1000))
      }
    })
    return running
  }
  // A failed sweep (a full disk, a table deleted in the meantime) is repeated next time.
  const timer = setInterval(() => void deleteExpired().catch(() => (running = Promise.resolve())), EVERY_MS).unref()

  return {
    set(table, attribute) {
      if (attribute === undefined) forget.run(table)
      else put.run(table, attribute)
    },
    async update({ TableName, TimeToLiveSpecification }) {
      await dynalite.run('DescribeTable', { TableName })
      const { AttributeName, Enabled } = (TimeToLiveSpecification ?? {}) as {
        AttributeName?: string
        Enabled?: boolean
      }
      if (!AttributeName || typeof Enabled !== 'boolean') {
        throw new AwsError('ValidationException', 'TimeToLiveSpecification must have AttributeName and Enabled.')
      }
      this.set(String(TableName), Enabled ? AttributeName : undefined)
      return { TimeToLiveSpecification: { AttributeName, Enabled } }
    },
    async describe({ TableName }) {
      await dynalite.run('DescribeTable', { TableName })
      const row = one.get(String(TableName)) as { attribute: string } | undefined
      return {
        TimeToLiveDescription: row
          ? { TimeToLiveStatus: 'ENABLED', AttributeName: row.attribute }
          : { TimeToLiveStatus: 'DISABLED' },
      }
    },
    deleteExpired,
    async stop() {
      clearInterval(timer)
      await running.catch(() => undefined)
    },
  }
}

async function sweep(dynalite: Dynalite, TableName: string, attribute: string, nowSeconds: number) {
  const { Table } = (await dynalite.run('DescribeTable', { TableName })) as {
    Table: { KeySchema: { AttributeName: string }[] }
  }
  const names = { '#ttl': attribute }
  let ExclusiveStartKey: unknown
  do {
    const page = await dynalite.run('Scan', {
      TableName,
      FilterExpression: '#ttl < :now AND #ttl > :oldest',
      ExpressionAttributeNames: { ...names },
      ExpressionAttributeValues: {
        ':now': { N: String(nowSeconds) },
        ':oldest': { N: String(nowSeconds - OLDEST_SECONDS) },
      },
      ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
    })
    for (const item of page.Items as Item[]) {
      const Key = Object.fromEntries(Table.KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]))
      await dynalite
        .run('DeleteItem', {
          TableName,
          Key,
          // Unless it was written again in the meantime.
          ConditionExpression: '#ttl = :seen',
          ExpressionAttributeNames: { ...names },
          ExpressionAttributeValues: { ':seen': item[attribute] },
        })
        .catch((error: { body?: { __type: string } }) => {
          if (!error.body?.__type.endsWith('ConditionalCheckFailedException')) throw error
        })
    }
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey)
}
