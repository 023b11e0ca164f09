/** Reads a requester's pending requests, and whether the same file exists already, in one query. */
import { type DownloadEntry, requesterOf, TABLE_INDEXES } from '../statemachine/table.ts'
import { queryAll, type TableName } from './table-query.ts'

export interface Standing {
  /** How many of their requests wait or run. */
  pending: number
  /** The ids of all entries that the query returned. */
  ids: Set<string>
  /** The newest entry with that likeness that waits or runs. */
  same: DownloadEntry | undefined
  /** The newest entry with that likeness that is ready. */
  finished: DownloadEntry | undefined
}

/** An execution lasts at most 25 days, and may wait for some days before. */
const LOOKED_BACK_MILLIS = 30 * 24 * 60 * 60 * 1000

export async function findStanding(table: TableName, requestedBy: string, likeness: string): Promise<Standing> {
  const { name: index, partition, sort } = TABLE_INDEXES.byRequester
  const standing: Standing = { pending: 0, ids: new Set(), same: undefined, finished: undefined }
  const entries = await queryAll<DownloadEntry>(table, {
    IndexName: index,
    ScanIndexForward: false,
    KeyConditionExpression: '#requester = :requester AND #requestedAt >= :since',
    FilterExpression: '#state IN (:waiting, :running) OR (#state = :ready AND #likeness = :likeness)',
    ExpressionAttributeNames: {
      '#requester': partition,
      '#requestedAt': sort,
      '#state': 'state',
      '#likeness': 'likeness',
    },
    ExpressionAttributeValues: {
      ':requester': { S: requesterOf(requestedBy) },
      ':since': { S: new Date(Date.now() - LOOKED_BACK_MILLIS).toISOString() },
      ':waiting': { S: 'waiting' },
      ':running': { S: 'running' },
      ':ready': { S: 'ready' },
      ':likeness': { S: likeness },
    },
  })
  for (const entry of entries) {
    standing.ids.add(entry.id)
    const isAlike = entry.likeness === likeness
    if (entry.state === 'ready') standing.finished ??= entry
    else standing.pending++
    if (entry.state !== 'ready' && isAlike) standing.same ??= entry
  }
  return standing
}
