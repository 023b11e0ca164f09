/**
 * Lists of the table of requests: by requester, state, error, export and time, the newest first, a page at a time. The
 * indexes have one partition for each requester and each state; what lies in several is merged.
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

/** Which downloads are listed: those that meet all of it. */
export interface DownloadsQuery {
  /** Whose; without regard to case. */
  requestedBy?: string | undefined
  state?: DownloadState | undefined
  /** The name of a failure's error. */
  error?: string | undefined
  export?: string | undefined
  /** Of the time of the request with `requestedBy`, else of the last change of state; inclusive. */
  since?: Date | undefined
  /** Exclusive. */
  until?: Date | undefined
  /** 20 by default; at most 1,000. */
  limit?: number | undefined
  /** As the page before gave it. */
  cursor?: string | undefined
}

/** A page of downloads. */
export interface DownloadsPage {
  /** The newest first. */
  downloads: DownloadEntry[]
  /** Of the next page; null when this is the last. */
  cursor: string | null
}

const MOST = 1_000
/** One page of DynamoDB is 1 MB; an entry has some 500 bytes. */
const PAGE_ITEMS = 1_000
/** Where most may not be wanted, so that a few that are at the beginning cost little. */
const FILTERED_ITEMS = 200

/** An entry with what only the table itself needs. */
type StoredEntry = Record<string, unknown>

interface Stream {
  query: TableQuery
  sort: 'at' | 'requestedAt'
}

/** @throws InvalidRequest when the query contradicts itself or its cursor is not one of ours */
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

/** One index partition, the newest first, from after the cursor on. */
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

/** Where a filter finds nothing among the newest, the rest is read in as few calls as can be. */
function limitOf({ FilterExpression }: Stream['query'], limit: number, isFirst: boolean): number {
  // One more tells whether there is a next page, and another that the one before has no equals.
  if (!FilterExpression) return Math.min(limit + 2, PAGE_ITEMS)
  return isFirst ? Math.min(limit * 4, FILTERED_ITEMS) : PAGE_ITEMS
}

/** Entries of one time in the order of their ids, which DynamoDB does not promise, as far as they are not on the page before. */
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

/** Of two with the same time the ids decide, so that a page never ends between equals. */
function isNewer(one: Positioned | Cursor, other: Positioned | Cursor): boolean {
  if (one.position !== other.position) return one.position > other.position
  return idOf(one) > idOf(other)
}

function idOf(value: Positioned | Cursor): string {
  return 'entry' in value ? value.entry.id : value.id
}

/** With a requester one partition of that index; else one of each state that is wanted. */
function streamsOf(query: DownloadsQuery): Stream[] {
  const { requestedBy, error } = query
  if (error !== undefined && query.state !== undefined && query.state !== 'failed') {
    throw new InvalidRequest(`error asks for failed downloads, and state for ${query.state}: leave one out.`)
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
  // BETWEEN includes both of its ends; times have milliseconds.
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

/** As entries have it: DynamoDB takes no text of any length. */
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/

/** @throws InvalidRequest */
function readCursor(cursor: string): Cursor {
  try {
    const [position, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (typeof position === 'string' && TIME.test(position) && typeof id === 'string') return { position, id }
  } catch {
    // Said below.
  }
  throw new InvalidRequest('The cursor is not one that a page before gave.')
}
