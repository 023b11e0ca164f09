/**
 * The table as the web app, the command and the console read it: lists by requester, state, error, export and time, and
 * a request's place in the waiting order. It is an index that lags slightly; details come from Step Functions.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { OUTAGE_KEY, type Outage } from '../statemachine/outage.ts'
import { isRequestId } from '../statemachine/request.ts'
import { requesterDigest } from '../statemachine/requester.ts'
import {
  type Action,
  actionKey,
  cancelledKey,
  type DownloadEntry,
  type DownloadState,
  entryKey,
  type NoticeFacts,
  PAUSE_KEY,
  type Pause,
  revokedDownloadKey,
  revokedRequesterKey,
  TABLE_KEYS,
  type TableKey,
} from '../statemachine/table.ts'
import { cancelledEntry } from '../statemachine/table-entry.ts'
import {
  entryUpdate,
  factUpdate,
  keyOf,
  lineageUpdate,
  readItem,
  type TableUpdate,
} from '../statemachine/table-update.ts'
import {
  digestOf,
  placeKey,
  ROUND_KEY,
  type RoundFact,
  WAITING_PARTITION,
  type Waiting,
} from '../statemachine/waiting.ts'
import type { AwsOptions } from './aws.ts'
import { type Forecast, forecastRunning, forecastWaiting, type Typical, typicalOf } from './forecast.ts'
import { type FailedPage, readFailed } from './table-failed.ts'
import { type DownloadsPage, type DownloadsQuery, listDownloads } from './table-list.ts'
import { queryAll, type TableName } from './table-query.ts'
import { findStanding, type Standing } from './table-standing.ts'

/** The table responds in milliseconds, and a requester should not wait for an index that does not. */
const REQUEST_HANDLER = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true }

/** A waiting entry. That of a bulk replay is named `replay:<bulk replay>:<execution>`. */
export type WaitingTurn = Omit<Waiting, 'input'>

/** A waiting entry with the fields that forecasts need. */
export interface InLine {
  place: string
  export: string | undefined
}

/** Sorts after every place, which begins with a digit. */
const LAST_PLACE = ':'

/** How many of the newest runs a forecast uses; one query returns them. */
const LOOKED_AT = 200

export class DownloadTable {
  readonly #table: TableName

  constructor(name: string, options: AwsOptions) {
    this.#table = { client: new DynamoDBClient({ requestHandler: REQUEST_HANDLER, ...options }), name }
  }

  /** @throws InvalidRequest if the query contradicts itself or its cursor is not valid */
  list(query: DownloadsQuery = {}): Promise<DownloadsPage> {
    return listDownloads(this.#table, query)
  }

  /** Yields all failed downloads, one page at a time. */
  failed(): AsyncGenerator<FailedPage, void> {
    return readFailed(this.#table)
  }

  /** @returns how many will start before this one as things stand; null if it does not wait */
  async position(id: string): Promise<number | null> {
    const entry = await this.entry(id)
    if (entry?.state !== 'waiting' || entry.place === undefined) return null
    return (await this.#before(entry.place)).length
  }

  /** @returns null if it neither waits nor runs */
  async forecast(id: string): Promise<Forecast | null> {
    const entry = await this.entry(id)
    const now = Date.now()
    if (entry?.state === 'running') return forecastRunning(entry, await this.newest('ready'), now)
    if (entry?.state !== 'waiting') return null
    const [past, running, before, fact, pause, outage] = await Promise.all([
      this.newest('ready'),
      this.newest('running'),
      entry.place === undefined ? [] : this.#before(entry.place),
      this.get<RoundFact>(ROUND_KEY),
      this.pause(),
      this.outage(),
    ])
    if (pause || outage) {
      return { position: before.length, startsAt: null, readyAt: null, held: pause ? 'pause' : 'outage' }
    }
    return forecastWaiting(entry.export, { now, past, running, before, maxRunning: fact?.maxRunning ?? 1 })
  }

  async typical(exportName: string): Promise<Typical | null> {
    return typicalOf(exportName, await this.newest('ready')) ?? null
  }

  /** Returns the downloads that entered a state last, as many as a forecast needs. */
  async newest(state: DownloadState): Promise<DownloadEntry[]> {
    return (await this.list({ state, limit: LOOKED_AT })).downloads
  }

  /** Returns how many executions may run at once, if known; otherwise 1. */
  async maxRunning(): Promise<number> {
    return (await this.get<RoundFact>(ROUND_KEY))?.maxRunning ?? 1
  }

  /** Returns a requester's pending requests, and their downloads of one likeness. */
  standing(requestedBy: string, likeness: string): Promise<Standing> {
    return findStanding(this.#table, requestedBy, likeness)
  }

  /** Returns the exports of what will start before a place. */
  async #before(place: string): Promise<(string | undefined)[]> {
    return (await this.line(place)).map(({ export: name }) => name)
  }

  /** Returns what waits, in the order in which it will start. @param place only entries before it; all by default */
  async line(place = LAST_PLACE): Promise<InLine[]> {
    const items = await queryAll<{ sk: string; export?: string }>(this.#table, {
      ProjectionExpression: '#sk, #export',
      KeyConditionExpression: '#pk = :waiting AND #sk < :place',
      ExpressionAttributeNames: { '#pk': TABLE_KEYS.partition, '#sk': TABLE_KEYS.sort, '#export': 'export' },
      ExpressionAttributeValues: { ':waiting': { S: WAITING_PARTITION }, ':place': { S: place } },
    })
    return items.map(({ sk, export: name }) => ({ place: sk, export: name }))
  }

  /**
   * Removes a waiting entry whose message no longer exists.
   *
   * @param body of the message: another request with the same id keeps its place
   */
  async leaveLine(name: string, body: string): Promise<void> {
    const entry = await this.entry(name)
    if (entry?.digest !== undefined && entry.digest !== digestOf(body)) return
    const places = (await this.line()).filter(({ place }) => place.endsWith(`#${name}`))
    for (const { place } of places) await this.delete(placeKey(place))
    if (entry?.state === 'waiting') await this.update(entryUpdate(cancelledEntry(entry, new Date().toISOString())))
  }

  /**
   * Returns what waits, in the order in which it will start: requests, and executions of bulk replays. It reads at most
   * 1 MB.
   */
  async turns(limit: number): Promise<WaitingTurn[]> {
    const { Items = [] } = await this.#table.client.send(
      new QueryCommand({
        TableName: this.#table.name,
        KeyConditionExpression: '#pk = :waiting',
        ProjectionExpression: '#name, #turnOf, #arrivedAt, #export',
        ExpressionAttributeNames: {
          '#pk': TABLE_KEYS.partition,
          '#name': 'name',
          '#turnOf': 'turnOf',
          '#arrivedAt': 'arrivedAt',
          '#export': 'export',
        },
        ExpressionAttributeValues: { ':waiting': { S: WAITING_PARTITION } },
        Limit: limit,
      }),
    )
    return Items.map((item) => readItem<WaitingTurn>(item))
  }

  /** @returns undefined if the table has no such request, or the id is not valid */
  async entry(id: string): Promise<DownloadEntry | undefined> {
    return isRequestId(id) ? await this.get<DownloadEntry>(entryKey(id)) : undefined
  }

  /** Returns what was sent about a download, by the notice's name: `ready`, `failed#0`, … */
  async notices(id: string): Promise<Record<string, NoticeFacts>> {
    const items = await this.#items<NoticeFacts>(entryKey(id).pk, 'notice#')
    return Object.fromEntries(items.toReversed().map(({ sk, ...facts }) => [sk.slice('notice#'.length), facts]))
  }

  /**
   * Returns people's actions, newest first.
   *
   * @param pk of a download's items, or `QUEUE_PARTITION`
   */
  async actions(pk: string, limit: number): Promise<Action[]> {
    const items = await this.#items<Action & { expiresAt?: number }>(pk, 'action#', limit)
    return items.map(({ sk: _, expiresAt: __, ...action }) => action)
  }

  async addAction(pk: string, action: Action): Promise<void> {
    const suffix = Math.random().toString(36).slice(2, 8)
    await this.update(factUpdate(actionKey(pk, action, suffix), { ...action }, Date.parse(action.at)))
  }

  /** Records on both downloads that the second replaces the first. */
  async addLineage(from: string, as: string): Promise<void> {
    const now = Date.now()
    await this.update(lineageUpdate(as, { replayedFrom: from }, now))
    await this.update(lineageUpdate(from, { replayedAs: as }, now))
  }

  pause(): Promise<Pause | undefined> {
    return this.get<Pause>(PAUSE_KEY)
  }

  outage(): Promise<Outage | undefined> {
    return this.get<Outage>(OUTAGE_KEY)
  }

  async setPause(pause: Pause): Promise<void> {
    await this.update(factUpdate(PAUSE_KEY, { ...pause }, null))
  }

  async clearPause(): Promise<void> {
    await this.delete(PAUSE_KEY)
  }

  /** Marks a waiting request as cancelled, so that Prepare ends its execution. */
  async cancel(entry: DownloadEntry, by: string): Promise<void> {
    const now = Date.now()
    const at = new Date(now).toISOString()
    await this.update(factUpdate(cancelledKey(entry.id), { at, by }, now))
    await this.update(entryUpdate(cancelledEntry(entry, at)))
  }

  /** Permanently revokes the links to one download. */
  async revokeDownload(id: string): Promise<void> {
    const now = Date.now()
    await this.update(factUpdate(revokedDownloadKey(id), { at: new Date(now).toISOString() }, now))
  }

  /** Revokes all links sent to one requester so far. */
  async revokeRequester(address: string): Promise<void> {
    const now = Date.now()
    await this.update(
      factUpdate(revokedRequesterKey(requesterDigest(address)), { at: new Date(now).toISOString() }, now),
    )
  }

  /** @returns false if the table has something newer */
  async update(update: TableUpdate): Promise<boolean> {
    return (await this.change(update)) !== undefined
  }

  /** @returns the values that the update asks for; undefined if its condition failed and nothing was written */
  async change<T>(update: TableUpdate): Promise<T | undefined> {
    const command = new UpdateItemCommand({ TableName: this.#table.name, ...update })
    try {
      const { Attributes = {} } = await this.#table.client.send(command)
      return readItem<T>(Attributes)
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined
      throw error
    }
  }

  async delete(key: TableKey): Promise<void> {
    await this.#table.client.send(new DeleteItemCommand({ TableName: this.#table.name, Key: keyOf(key) }))
  }

  /**
   * Returns all items of one partition, read consistently, in the order of their sort keys. @param fields all by
   * default
   */
  async partition<T>(pk: string, fields: (keyof T & string)[] = []): Promise<T[]> {
    return await queryAll<T>(this.#table, {
      ConsistentRead: true,
      KeyConditionExpression: '#pk = :pk',
      ...(fields.length > 0 && { ProjectionExpression: fields.map((field) => `#${field}`).join(', ') }),
      ExpressionAttributeNames: {
        ...Object.fromEntries(fields.map((field) => [`#${field}`, field])),
        '#pk': TABLE_KEYS.partition,
      },
      ExpressionAttributeValues: { ':pk': { S: pk } },
    })
  }

  /** Returns items of one partition whose sort keys have a prefix, last first; at most 1 MB. */
  async #items<T>(pk: string, beginning: string, limit?: number): Promise<(T & { sk: string })[]> {
    const { Items = [] } = await this.#table.client.send(
      new QueryCommand({
        TableName: this.#table.name,
        KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :beginning)',
        ExpressionAttributeNames: { '#pk': TABLE_KEYS.partition, '#sk': TABLE_KEYS.sort },
        ExpressionAttributeValues: { ':pk': { S: pk }, ':beginning': { S: beginning } },
        ScanIndexForward: false,
        ...(limit !== undefined && { Limit: limit }),
      }),
    )
    return Items.map((item) => {
      const { pk: _, ...rest } = readItem<T & TableKey>(item)
      return rest as T & { sk: string }
    })
  }

  /** @returns the item, read consistently */
  async get<T>(key: TableKey): Promise<T | undefined> {
    const command = new GetItemCommand({ TableName: this.#table.name, Key: keyOf(key), ConsistentRead: true })
    const { Item } = await this.#table.client.send(command)
    return Item && readItem<T>(Item)
  }
}
