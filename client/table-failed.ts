/** All failed downloads, with as little of each as a list of causes needs: a thousand are one or two calls of DynamoDB. */
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

/** A failed download as a list of failures shows it. */
export type FailedDownload = Pick<DownloadEntry, (typeof FIELDS)[number]>

export interface FailedPage {
  /** The newest first. */
  downloads: FailedDownload[]
  isLast: boolean
}

/** The newest first, as many at a time as DynamoDB reads in one call: 1 MB, which is some 2,000. */
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
