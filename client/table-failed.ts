/** All failed downloads, with as little of each as a list of causes needs: a thousand are one or two calls of DynamoDB. */
import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb'
import { type DownloadEntry, TABLE_INDEXES } from '../statemachine/table.ts'
import { readItem } from '../statemachine/table-update.ts'
import type { TableName } from './table-list.ts'

const FIELDS = [
  'id',
  'state',
  'at',
  'requestedAt',
  'requestedBy',
  'export',
  'redriveCount',
  'error',
  'reason',
  'replayedAs',
] as const satisfies (keyof DownloadEntry)[]

/** A failed download as a list of failures shows it. */
export type FailedDownload = Pick<DownloadEntry, (typeof FIELDS)[number]>

export interface FailedPage {
  /** The newest first. */
  downloads: FailedDownload[]
  isLast: boolean
}

/** The newest first, as many at a time as DynamoDB reads in one call: 1 MB, which is some 2,000. */
export async function* readFailed({ client, name }: TableName): AsyncGenerator<FailedPage, void> {
  const { name: index, partition } = TABLE_INDEXES.byState
  let start: Record<string, AttributeValue> | undefined
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: name,
        IndexName: index,
        ScanIndexForward: false,
        KeyConditionExpression: '#state = :failed',
        ProjectionExpression: FIELDS.map((field) => `#${field}`).join(', '),
        ExpressionAttributeNames: {
          ...Object.fromEntries(FIELDS.map((field) => [`#${field}`, field])),
          '#state': partition,
        },
        ExpressionAttributeValues: { ':failed': { S: 'failed' } },
        ...(start && { ExclusiveStartKey: start }),
      }),
    )
    yield { downloads: Items.map((item) => readItem<FailedDownload>(item)), isLast: LastEvaluatedKey === undefined }
    start = LastEvaluatedKey
  } while (start)
}
