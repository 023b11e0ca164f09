/**
 * The functions' access to the table. Because the table is only an index, work that does not depend on it continues
 * when it is unavailable.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb'
import { endedDelete, OUTAGE_KEY, type Outage } from '../../statemachine/outage.ts'
import {
  type NoticeFacts,
  type NoticeWay,
  noticeKey,
  PAUSE_KEY,
  type Pause,
  TABLE_KEYS,
  type TableKey,
} from '../../statemachine/table.ts'
import {
  claimUpdate,
  doneUpdate,
  keyOf,
  readItem,
  releaseUpdate,
  type TableUpdate,
} from '../../statemachine/table-update.ts'
import { type PlacedWaiting, placeKey, roundAfter, roundUpdate, WAITING_PARTITION } from '../../statemachine/waiting.ts'
import { connect, limits } from './clients.ts'

/** The result of a claim: it is now ours; the work is done; or another invocation has it until then. */
export type Claim = 'claimed' | 'done' | { until: Date }

/** Facts that keep everything from starting. */
export interface Holds {
  pause: Pause | undefined
  outage: Outage | undefined
}

export class Table {
  readonly #client: DynamoDBClient
  readonly #name: string

  constructor(name: string, client = connect(DynamoDBClient, limits.table)) {
    this.#client = client
    this.#name = name
  }

  /** Writes the update unless the table has something newer. @returns whether it was written */
  async update(update: TableUpdate): Promise<boolean> {
    return (await this.change(update)) !== undefined
  }

  /** @returns the values that the update asks for; undefined if its condition failed and nothing was written */
  async change<T>(update: TableUpdate): Promise<T | undefined> {
    try {
      const { Attributes = {} } = await this.#send(update)
      return readItem<T>(Attributes)
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined
      throw error
    }
  }

  async claim(id: string, notice: string, way: NoticeWay, lastsMillis: number): Promise<Claim> {
    const now = Date.now()
    try {
      await this.#send(claimUpdate(id, notice, way, now, now + lastsMillis))
      return 'claimed'
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
      const facts = await this.notice(id, notice)
      if (facts[`${way}Done`] !== undefined) return 'done'
      // The other claim was just released; the next attempt gets it.
      return { until: new Date(facts[`${way}ClaimedUntil`] ?? now) }
    }
  }

  async confirm(id: string, notice: string, way: NoticeWay, facts: Record<string, string> = {}): Promise<void> {
    await this.#send(doneUpdate(id, notice, way, Date.now(), facts))
  }

  async release(id: string, notice: string, way: NoticeWay): Promise<void> {
    await this.#send(releaseUpdate(id, notice, way))
  }

  async notice(id: string, notice: string): Promise<NoticeFacts> {
    return (await this.get<NoticeFacts>(noticeKey(id, notice))) ?? {}
  }

  /** Returns everything that holds requests back, in one read. */
  async holds(): Promise<Holds> {
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#name,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :facts',
        ExpressionAttributeNames: { '#pk': TABLE_KEYS.partition },
        ExpressionAttributeValues: { ':facts': { S: PAUSE_KEY.pk } },
      }),
    )
    const facts = new Map(Items.map((item) => [item[TABLE_KEYS.sort]?.S, item]))
    const fact = <T>({ sk }: TableKey) => (facts.has(sk) ? readItem<T>(facts.get(sk)!) : undefined)
    return { pause: fact<Pause>(PAUSE_KEY), outage: fact<Outage>(OUTAGE_KEY) }
  }

  /** @returns false if another outage has begun in the meantime, or this one was already over */
  async endOutage(outage: Outage): Promise<boolean> {
    try {
      await this.#client.send(new DeleteItemCommand({ TableName: this.#name, ...endedDelete(outage) }))
      return true
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false
      throw error
    }
  }

  /** Returns the first waiting entry, and whether it is also the last. */
  async firstWaiting(): Promise<(PlacedWaiting & { isLast: boolean }) | undefined> {
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#name,
        ConsistentRead: true,
        Limit: 2,
        KeyConditionExpression: '#pk = :waiting',
        ExpressionAttributeNames: { '#pk': TABLE_KEYS.partition },
        ExpressionAttributeValues: { ':waiting': { S: WAITING_PARTITION } },
      }),
    )
    const [first] = Items.map((item) => readItem<PlacedWaiting & TableKey>(item))
    return first && { ...first, place: first.sk, isLast: Items.length === 1 }
  }

  /** Removes a started entry from its place, and records the progress of the rounds. */
  async removeWaiting({ place, isLast }: { place: string; isLast: boolean }, maxRunning: number): Promise<void> {
    const Key = keyOf(placeKey(place))
    await Promise.all([
      this.#client.send(new DeleteItemCommand({ TableName: this.#name, Key })),
      this.change(roundUpdate({ round: roundAfter(place, isLast), maxRunning })),
    ])
  }

  /** @returns the item, read consistently */
  async get<T>(key: TableKey): Promise<T | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#name, Key: keyOf(key), ConsistentRead: true }),
    )
    return Item && readItem<T>(Item)
  }

  #send(update: TableUpdate): Promise<UpdateItemCommandOutput> {
    return this.#client.send(new UpdateItemCommand({ TableName: this.#name, ...update }))
  }
}
