/** Queries of the table that read page after page until the end. */
import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb'
import { readItem } from '../statemachine/table-update.ts'

export interface TableName {
  client: DynamoDBClient
  name: string
}

/** A query without the fields that `queryPages` sets itself. */
export type TableQuery = Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey' | 'Limit'>

export interface QueryPage<T> {
  items: T[]
  isLast: boolean
}

/**
 * Yields all items that a query finds, page by page as DynamoDB returns them.
 *
 * @param limitOf returns how many items DynamoDB reads for the first page, or for a further one; by default 1 MB of them
 */
export async function* queryPages<T>(
  { client, name }: TableName,
  query: TableQuery,
  limitOf?: (isFirst: boolean) => number,
): AsyncGenerator<QueryPage<T>, void> {
  let start: Record<string, AttributeValue> | undefined
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        ...query,
        TableName: name,
        ...(limitOf && { Limit: limitOf(!start) }),
        ...(start && { ExclusiveStartKey: start }),
      }),
    )
    yield { items: Items.map((item) => readItem<T>(item)), isLast: !LastEvaluatedKey }
    start = LastEvaluatedKey
  } while (start)
}

/** All items that a query finds, at once. */
export async function queryAll<T>(table: TableName, query: TableQuery): Promise<T[]> {
  const all: T[] = []
  for await (const { items } of queryPages<T>(table, query)) all.push(...items)
  return all
}
