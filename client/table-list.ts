/**
 * Lists entries of the table by requester, state, error, export and time, newest first, one page at a time. The indexes
 * have one partition per requester and per state; several partitions are merged.
 */
import { InvalidRequest } from '../statemachine/errors.ts'
import {
  DOWNLOAD_STATES,
  type DownloadEntry,
  type DownloadState,
  requesterOf,
  TABLE_INDEXES,
  TABLE_KEYS,
} from '../statemachine/table.ts'
import { queryPages, type TableName, type TableQuery } from './table-query.ts'

/** Selects the downloads that match all of these. */
export interface DownloadsQuery {
  /** The requester's address, case-insensitive. */
  requestedBy?: string | undefined
  state?: DownloadState | undefined
  /** The name of a failure's error. */
  error?: string | undefined
  export?: string | undefined
  /** Earliest time, inclusive: of the request if `requestedBy` is given, otherwise of the last change of state. */
  since?: Date | undefined
  /** Latest time, exclusive. */
  until?: Date | undefined
  /** 20 by default; at most 1,000. */
  limit?: number | undefined
  /** From the previous page. */
  cursor?: string | undefined
}

/** A page of downloads. */
export interface DownloadsPage {
  /** Newest first. */
  downloads: DownloadEntry[]
  /** For the next page; null if this is the last. */
  cursor: string | null
}

const MOST = 1_000
/** Items per read. One page of DynamoDB is 1 MB, and an entry has about 500 bytes. */
const PAGE_ITEMS = 1_000
/** Items per first read with a filter, so that finding a few at the beginning costs little. */
const FILTERED_ITEMS = 200

/** An entry with the table's own attributes. */
type StoredEntry = Record<string, unknown>

interface Stream {
  query: TableQuery
  sort: 'at' | 'requestedAt'
}

/** @throws InvalidRequest if the query contradicts itself or its cursor is not valid */
export async function listDownloads(table: TableName, query: DownloadsQuery): Promise<DownloadsPage> {
  const { limit = 20 } = query
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw new InvalidRequest(`limit must be a whole number from 1 to ${MOST}, not ${limit}.`)
  }
  const before = query.cursor === undefined ? undefined : readCursor(query.cursor)
  const streams = streamsOf(query).map((stream) => readStream(table, stream, query, before))
  const heads = await Promise.all(streams.map((stream) => stream.next()))
  const downloads: DownloadEntry[] = []
  for (;;) {
    const newest = heads.reduce<number | undefined>((best, head, at) => {
      if (head.done) return best
      const other = best === undefined ? undefined : heads[best]!.value
      return !other || isNewer(head.value as Positioned, other as Positioned) ? at : best
    }, undefined)
    if (newest === undefined) return { downloads, cursor: null }
    const { entry, position } = heads[newest]!.value as Positioned
    downloads.push(entry)
    if (downloads.length === limit) {
      heads[newest] = await streams[newest]!.next()
      const isLast = heads.every(({ done }) => done)
      return { downloads, cursor: isLast ? null : writeCursor({ position, id: entry.id }) }
    }
    heads[newest] = await streams[newest]!.next()
  }
}

/** Yields one index partition, newest first, starting after the cursor. */
async function* readStream(
  table: TableName,
  { query, sort }: Stream,
  { limit = 20 }: DownloadsQuery,
  before: Cursor | undefined,
): AsyncGenerator<Positioned> {
  let equals: Positioned[] = []
  const pages = queryPages<StoredEntry>(table, { ScanIndexForward: false, ...query }, (isFirst) =>
    limitOf(query, limit, isFirst),
  )
  for await (const { items } of pages) {
    for (const entry of items.map(toEntry)) {
      if (equals[0] && equals[0].position !== entry[sort]) {
        yield* behind(before, equals)
        equals = []
      }
      equals.push({ entry, position: entry[sort] })
    }
  }
  yield* behind(before, equals)
}

/** Returns how many items to read. If a filter finds too few among the newest, the rest is read in as few calls as possible. */
function limitOf({ FilterExpression }: Stream['query'], limit: number, isFirst: boolean): number {
  // One more tells whether there is a next page, and another that the one before has no equals.
  if (!FilterExpression) return Math.min(limit + 2, PAGE_ITEMS)
  return isFirst ? Math.min(limit * 4, FILTERED_ITEMS) : PAGE_ITEMS
}

/** Sorts entries with the same time by id, which DynamoDB does not guarantee, and drops those on the previous page. */
function behind(before: Cursor | undefined, equals: Positioned[]): Positioned[] {
  return equals
    .filter(({ position, entry: { id } }) => !before || isNewer(before, { position, id }))
    .sort((one, other) => (isNewer(one, other) ? -1 : 1))
}

interface Cursor {
  position: string
  id: string
}
interface Positioned {
  entry: DownloadEntry
  position: string
}

/** Compares by time, then by id, so that pages are split consistently between entries with the same time. */
function isNewer(one: Positioned | Cursor, other: Positioned | Cursor): boolean {
  if (one.position !== other.position) return one.position > other.position
  return idOf(one) > idOf(other)
}

function idOf(value: Positioned | Cursor): string {
  return 'entry' in value ? value.entry.id : value.id
}

/** Returns the partition of a requester, or one for each requested state. */
function streamsOf(query: DownloadsQuery): Stream[] {
  const { requestedBy, error } = query
  if (error !== undefined && query.state !== undefined && query.state !== 'failed') {
    throw new InvalidRequest(`error selects failed downloads, but state is ${query.state}: remove one.`)
  }
  const state = error === undefined ? query.state : 'failed'
  if (requestedBy !== undefined) {
    return [streamOf('byRequester', requesterOf(requestedBy), query, { state, error, export: query.export })]
  }
  const states = state === undefined ? DOWNLOAD_STATES : [state]
  return states.map((one) => streamOf('byState', one, query, { error, export: query.export }))
}

function streamOf(
  index: keyof typeof TABLE_INDEXES,
  value: string,
  { since, until, cursor }: DownloadsQuery,
  equal: Record<string, string | undefined>,
): Stream {
  const { name, partition, sort } = TABLE_INDEXES[index]
  const filters = Object.entries(equal).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const from = (since ?? new Date(0)).toISOString()
  // BETWEEN includes both ends, and times have milliseconds.
  const end = until ? new Date(until.getTime() - 1).toISOString() : '9999'
  const to = cursor === undefined ? end : [end, readCursor(cursor).position].sort()[0]!
  return {
    sort,
    query: {
      IndexName: name,
      KeyConditionExpression: '#partition = :partition AND #sort BETWEEN :from AND :to',
      ...(filters.length > 0 && { FilterExpression: filters.map(([field]) => `#${field} = :${field}`).join(' AND ') }),
      ExpressionAttributeNames: {
        '#partition': partition,
        '#sort': sort,
        ...Object.fromEntries(filters.map(([field]) => [`#${field}`, field])),
      },
      ExpressionAttributeValues: {
        ':partition': { S: value },
        ':from': { S: from },
        ':to': { S: from > to ? from : to },
        ...Object.fromEntries(filters.map(([field, wanted]) => [`:${field}`, { S: wanted }])),
      },
    },
  }
}

function toEntry({
  pk,
  sk,
  version,
  digest,
  likeness,
  [TABLE_KEYS.timeToLive]: _,
  ...entry
}: StoredEntry): DownloadEntry {
  return entry as unknown as DownloadEntry
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.position, cursor.id])).toString('base64url')
}

/** The format of entries' times. DynamoDB limits the length of text. */
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/

/** @throws InvalidRequest */
function readCursor(cursor: string): Cursor {
  try {
    const [position, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (typeof position === 'string' && TIME.test(position) && typeof id === 'string') return { position, id }
  } catch {
    // Reported below.
  }
  throw new InvalidRequest('The cursor is not valid. Use the cursor of the previous page.')
}
