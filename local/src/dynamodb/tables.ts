/** Tables of a template: created once, kept over boots, with indexes that follow the template. */

import type { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import type { Dynalite } from './dynalite.ts'

interface KeyElement {
  AttributeName: string
  KeyType: 'HASH' | 'RANGE'
}

interface Index {
  IndexName: string
  KeySchema: KeyElement[]
  Projection?: object | undefined
}

/** CreateTable's input, as far as templates use it. */
export interface TableDefinition {
  TableName: string
  AttributeDefinitions: { AttributeName: string; AttributeType: 'S' | 'N' | 'B' }[]
  KeySchema: KeyElement[]
  GlobalSecondaryIndexes?: Index[] | undefined
  LocalSecondaryIndexes?: Index[] | undefined
  /** Epoch seconds after which an item may be deleted. */
  timeToLiveAttribute?: string | undefined
}

type Description = TableDefinition & { TableArn: string; TableId: string; TableStatus: string }
type Item = Record<string, unknown>
interface Tables {
  store: DatabaseSync
  dynalite: Dynalite
}

const BATCH = 25
/** Creating a table takes a turn or two of the event loop. */
const ACTIVE_WITHIN_MS = 5000

/**
 * Creates the table unless it exists. If its indexes have changed, it is created again with all its items; if its key
 * has changed, it is replaced by an empty one, as CloudFormation does.
 */
export async function putTable(tables: Tables, table: TableDefinition): Promise<{ arn: string; id: string }> {
  tables.store.exec(`
    CREATE TABLE IF NOT EXISTS dynamodb_moving (number INTEGER PRIMARY KEY, table_name TEXT NOT NULL, item TEXT NOT NULL)`)
  const existing = await describe(tables, table.TableName)
  if (existing && !isDeepStrictEqual(shape(existing), shape(table))) {
    if (isDeepStrictEqual(existing.KeySchema, table.KeySchema)) await takeOut(tables, table.TableName)
    await tables.dynalite.run('DeleteTable', { TableName: table.TableName })
    await until(async () => (await describe(tables, table.TableName)) === undefined, table.TableName)
  }
  if ((await describe(tables, table.TableName)) === undefined) {
    const { timeToLiveAttribute: _, ...input } = table
    await tables.dynalite.run('CreateTable', { ...structuredClone(input), BillingMode: 'PAY_PER_REQUEST' })
  }
  await until(async () => (await describe(tables, table.TableName))?.TableStatus === 'ACTIVE', table.TableName)
  await putBack(tables, table.TableName)
  const { TableArn, TableId } = (await describe(tables, table.TableName)) as Description
  return { arn: TableArn, id: TableId }
}

async function describe({ dynalite }: Tables, TableName: string): Promise<Description | undefined> {
  try {
    return (await dynalite.run('DescribeTable', { TableName })).Table as Description
  } catch (error) {
    if ((error as { body?: { __type: string } }).body?.__type.endsWith('ResourceNotFoundException')) return undefined
    throw error
  }
}

/** Returns what two equal tables have in common. */
function shape({ AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes }: TableDefinition) {
  const byName = (a: { IndexName: string }, b: { IndexName: string }) => (a.IndexName < b.IndexName ? -1 : 1)
  const indexes = (list: Index[] = []) =>
    list.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection })).sort(byName)
  return JSON.parse(
    JSON.stringify({
      attributes: Object.fromEntries(
        AttributeDefinitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]).sort(),
      ),
      key: KeySchema,
      global: indexes(GlobalSecondaryIndexes),
      local: indexes(LocalSecondaryIndexes),
    }),
  )
}

/** Copies all items aside, so that a crash in the middle of a change loses none. */
async function takeOut({ store, dynalite }: Tables, TableName: string) {
  const insert = store.prepare('INSERT INTO dynamodb_moving (table_name, item) VALUES (?, ?)')
  store.prepare('DELETE FROM dynamodb_moving WHERE table_name = ?').run(TableName)
  let ExclusiveStartKey: unknown
  do {
    const page = await dynalite.run('Scan', { TableName, ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}) })
    for (const item of page.Items as Item[]) insert.run(TableName, JSON.stringify(item))
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey)
}

async function putBack({ store, dynalite }: Tables, TableName: string) {
  const some = store.prepare('SELECT number, item FROM dynamodb_moving WHERE table_name = ? ORDER BY number LIMIT ?')
  const forget = store.prepare('DELETE FROM dynamodb_moving WHERE table_name = ? AND number <= ?')
  for (;;) {
    const rows = some.all(TableName, BATCH) as { number: number; item: string }[]
    const last = rows.at(-1)
    if (!last) return
    const requests = rows.map(({ item }) => ({ PutRequest: { Item: JSON.parse(item) as Item } }))
    await dynalite.run('BatchWriteItem', { RequestItems: { [TableName]: requests } })
    forget.run(TableName, last.number)
  }
}

/** Waits for a state that dynalite changes in a timer. */
async function until(condition: () => Promise<boolean>, table: string) {
  for (const end = Date.now() + ACTIVE_WITHIN_MS; !(await condition()); ) {
    if (Date.now() > end) throw new Error(`the table ${table} was not ready after ${ACTIVE_WITHIN_MS / 1000} s.`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
