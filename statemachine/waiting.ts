/**
 * The order in which requests start. Each waits at a place: a round, then the time of its arrival. Of one requester's
 * requests each has a round of its own, and a newcomer's first is in the round that is being served. So between two
 * requests of one requester each of the others gets one (docs/fairness.md has the proof).
 *
 * The order is worth no request: each keeps its own message on the queue until it has started. Without the table, requests
 * start in the order of their messages.
 */
import { createHash } from 'node:crypto'
import { requesterDigest } from './requester.ts'
import { type DownloadEntry, entryKey, expiryOf, TABLE_KEYS, type TableKey } from './table.ts'
import { waitingEntry } from './table-entry.ts'
import { entryUpdate, factUpdate, keyOf, type TableUpdate } from './table-update.ts'

/** The partition of what waits; its sort key is the place. */
export const WAITING_PARTITION = 'waiting'
export const ROUND_KEY: TableKey = { pk: 'fact', sk: 'round' }

/** What has no requester is one requester's. */
const NOBODY = 'nobody'
/** Rounds are sorted as text. */
const ROUND_DIGITS = 10

/** What waits for its turn. */
export interface Waiting {
  /** The execution's name; of a replay the name of that. */
  name: string
  /** The message's body, JSON. */
  input: string
  /** Whose turn it takes: the requester in lower case, or the bulk replay. */
  turnOf: string
  /** ISO 8601, UTC. */
  arrivedAt: string
  export?: string | undefined
}

export interface PlacedWaiting extends Waiting {
  place: string
}

/** How far the starting is. */
export interface RoundFact {
  /** The round that is being served: that of what was started last, or the one after it where nothing waited then. */
  round: number
  /** How many executions run at once. */
  maxRunning: number
}

/** The table, as entering needs it. */
export interface WaitingStore {
  /** @returns the item as it is now */
  get<T>(key: TableKey): Promise<T | undefined>
  /** @returns the values that the update asks for; undefined where its condition does not hold */
  change<T>(update: TableUpdate): Promise<T | undefined>
}

/** @param requestedAt ISO 8601, UTC */
export function waitingRequest(name: string, input: string, requestedAt: string): Waiting {
  const { requester = NOBODY, export: exportName } = waitingEntry(name, input, requestedAt)
  return { name, input, turnOf: requester, arrivedAt: requestedAt, export: exportName }
}

/**
 * Gives a request its place, unless the table knows it. The place comes before the entry: a request that is entered has
 * one, and a crash in between leaves a place too many, which is passed over.
 *
 * @returns the entry where the table knew the request; undefined when it is new
 */
export async function enterRequest(store: WaitingStore, request: Waiting): Promise<DownloadEntry | undefined> {
  const { name, input, turnOf, arrivedAt } = request
  const known = await store.get<DownloadEntry>(entryKey(name))
  const isPlaced = known && (known.state !== 'waiting' || known.place !== undefined)
  if (isPlaced) return known
  const fact = await store.get<RoundFact>(ROUND_KEY)
  const place = placeOf(await takeRounds(store, turnOf, fact?.round ?? 0), request)
  const order = { place, digest: digestOf(input) }
  await store.change(placeUpdate({ ...request, place }))
  if (known) await store.change(factUpdate(entryKey(name), order, Date.now()))
  else await store.change(entryUpdate({ ...waitingEntry(name, input, arrivedAt), ...order }))
  return undefined
}

/**
 * Takes a requester's next rounds: after their others, and not before the round that is being served, so that nobody
 * saves up rounds by waiting.
 *
 * @returns the first of them
 */
export async function takeRounds(store: WaitingStore, turnOf: string, current: number, count = 1): Promise<number> {
  const common = {
    Key: keyOf(turnKey(requesterDigest(turnOf))),
    ExpressionAttributeNames: { '#round': 'round', '#expiry': TABLE_KEYS.timeToLive },
    ReturnValues: 'UPDATED_NEW',
  } as const
  const expiry = { ':expiry': { N: String(expiryOf(new Date().toISOString())) } }
  const newcomer = await store.change<{ round: number }>({
    ...common,
    UpdateExpression: 'SET #round = :last, #expiry = :expiry',
    ConditionExpression: 'attribute_not_exists(#round) OR #round < :current',
    ExpressionAttributeValues: { ':last': numberOf(current + count - 1), ':current': numberOf(current), ...expiry },
  })
  const taken =
    newcomer ??
    (await store.change<{ round: number }>({
      ...common,
      UpdateExpression: 'SET #round = if_not_exists(#round, :current) + :count, #expiry = :expiry',
      ExpressionAttributeValues: { ':current': numberOf(current), ':count': numberOf(count), ...expiry },
    }))
  return taken!.round - count + 1
}

function numberOf(value: number) {
  return { N: String(value) }
}

export function placeOf(round: number, { arrivedAt, name }: Pick<Waiting, 'arrivedAt' | 'name'>): string {
  return `${String(round).padStart(ROUND_DIGITS, '0')}#${arrivedAt}#${name}`
}

/** The round that is served once this place has been; the next one where nothing else waits, so that nobody's past counts. */
export function roundAfter(place: string, isLast: boolean): number {
  return Number(place.slice(0, ROUND_DIGITS)) + (isLast ? 1 : 0)
}

/** Which round a requester has taken last. @param digest see `requesterDigest` */
export function turnKey(digest: string): TableKey {
  return { pk: `turn#${digest}`, sk: 'round' }
}

export function placeKey(place: string): TableKey {
  return { pk: WAITING_PARTITION, sk: place }
}

export function placeUpdate({ place, name, input, turnOf, arrivedAt, export: exportName }: PlacedWaiting): TableUpdate {
  const fields = { name, input, turnOf, arrivedAt, ...(exportName !== undefined && { export: exportName }) }
  return factUpdate(placeKey(place), fields, Date.parse(arrivedAt))
}

/** Rounds only grow: what has a place in an earlier one came late. */
export function roundUpdate(fact: RoundFact): TableUpdate {
  return {
    ...factUpdate(ROUND_KEY, { ...fact }, null),
    ConditionExpression: 'attribute_not_exists(#round) OR #round <= :round',
  }
}

/** Tells another request of the same id apart. */
export function digestOf(input: string): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 32)
}
