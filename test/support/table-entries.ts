/** Fills the table of requests with downloads that never ran, for pages and lists with thousands of entries. */
import { type AttributeValue, BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { entryUpdate } from '../../statemachine/table-update.ts'

/** The most entries that one call accepts. */
const BATCH = 25

export async function putEntries(client: DynamoDBClient, tableName: string, entries: readonly DownloadEntry[]) {
  const requests = entries.map((entry) => ({ PutRequest: { Item: itemOf(entry) } }))
  for (let from = 0; from < requests.length; from += BATCH) {
    const RequestItems = { [tableName]: requests.slice(from, from + BATCH) }
    await client.send(new BatchWriteItemCommand({ RequestItems }))
  }
}

function itemOf(entry: DownloadEntry): Record<string, AttributeValue> {
  const { Key, ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = entryUpdate(entry)
  const fields = Object.values(ExpressionAttributeNames).flatMap((name): [string, AttributeValue][] => {
    const value = ExpressionAttributeValues[`:${name}`]
    return value ? [[name, value]] : []
  })
  return { ...Key, ...Object.fromEntries(fields) }
}
