/**
 * The order in which requests start. Each waits at a place: a round, then its time of arrival. Each request of one
 * requester has its own round, and a newcomer's first is the round that is being served. So between two requests of one
 * requester, every other requester gets a turn (docs/fairness.md has the proof).
 *
 * No request depends on this order: each keeps its own message on the queue until it has started. Without the table,
 * requests start in the order of their messages.
 */
import { createHash } from 'node:crypto'
import { requesterDigest } from './requester.ts'
import { type DownloadEntry, entryKey, expiryOf, TABLE_KEYS, type TableKey } from './table.ts'
import { waitingEntry } from './table-entry.ts'
import { entryUpdate, factUpdate, keyOf, type TableUpdate } from './table-update.ts'

/** The partition of waiting entries; its sort key is the place. */
export const WAITING_PARTITION = 'waiting'
export const ROUND_KEY: TableKey = { pk: 'fact', sk: 'round' }

/** Requests without a requester count as those of one requester. */
const NOBODY = 'nobody'
/** Padded, because rounds are sorted as text. */
const ROUND_DIGITS = 10

/** An entry that waits for its turn. */
export interface Waiting {
  /** The execution's name; for a replay, that of the execution to redrive. */
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

/** The progress of starting. */
export interface RoundFact {
  /** The round being served: that of the last started entry, or the following one if nothing waited then. */
  round: number
  /** How many executions may run at once. */
  maxRunning: number
}

/** The operations on the table that entering a request needs. */
export interface WaitingStore {
  /** @returns the item, read consistently */
  get<T>(key: TableKey): Promise<T | undefined>
  /** @returns the values that the update asks for; undefined if its condition failed */
  change<T>(update: TableUpdate): Promise<T | undefined>
}

/** @param requestedAt ISO 8601, UTC */
export function waitingRequest(name: string, input: string, requestedAt: string): Waiting {
  const { requester = NOBODY, export: exportName } = waitingEntry(name, input, requestedAt)
  return { name, input, turnOf: requester, arrivedAt: requestedAt, export: exportName }
}

/**
 * Gives a request its place, unless the table already has the request. The place is written before the entry, so every
 * entry has one; a crash in between leaves an unused place, which is skipped.
 *
 * @returns the existing entry; undefined if the request is new
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
 * Takes a requester's next rounds. They come after the requester's other rounds, and not before the round being served,
 * so that waiting does not accumulate rounds.
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

/**
 * Returns the round to serve after this place: the same one, or the next one if nothing else waits, so that the past
 * does not count.
 */
export function roundAfter(place: string, isLast: boolean): number {
  return Number.parseInt(place, 10) + (isLast ? 1 : 0)
}

/** Key of the last round that a requester has taken. @param digest see `requesterDigest` */
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

/** Records the progress. Rounds only grow: an entry in an earlier round came late. */
export function roundUpdate(fact: RoundFact): TableUpdate {
  return {
    ...factUpdate(ROUND_KEY, { ...fact }, null),
    ConditionExpression: 'attribute_not_exists(#round) OR #round <= :round',
  }
}

/** Distinguishes requests with the same id. */
export function digestOf(input: string): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 32)
}
