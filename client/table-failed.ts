/** Reads all failed downloads, with only the fields that a list of causes needs: a thousand take one or two calls. */
import { type DownloadEntry, TABLE_INDEXES } from '../statemachine/table.ts'
import { queryPages, type TableName } from './table-query.ts'

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

/** A failed download in a list of failures. */
export type FailedDownload = Pick<DownloadEntry, (typeof FIELDS)[number]>

export interface FailedPage {
  /** Newest first. */
  downloads: FailedDownload[]
  isLast: boolean
}

/** Yields pages, newest first, each as much as DynamoDB reads in one call: 1 MB, or about 2,000 entries. */
export async function* readFailed(table: TableName): AsyncGenerator<FailedPage, void> {
  const { name: index, partition } = TABLE_INDEXES.byState
  const pages = queryPages<FailedDownload>(table, {
    IndexName: index,
    ScanIndexForward: false,
    KeyConditionExpression: '#state = :failed',
    ProjectionExpression: FIELDS.map((field) => `#${field}`).join(', '),
    ExpressionAttributeNames: {
      ...Object.fromEntries(FIELDS.map((field) => [`#${field}`, field])),
      '#state': partition,
    },
    ExpressionAttributeValues: { ':failed': { S: 'failed' } },
  })
  for await (const { items, isLast } of pages) yield { downloads: items, isLast }
}
