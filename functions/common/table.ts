/** The table as the functions use it. What must not wait for it goes on without it: it is an index, and not the truth. */
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

/** What a claim meets: it is now ours; the work is done; or another is at work until then. */
export type Claim = 'claimed' | 'done' | { until: Date }

/** Nothing starts while there is one of them. */
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

  /** Writes unless the table knows something newer. @returns whether it was written */
  async update(update: TableUpdate): Promise<boolean> {
    return (await this.change(update)) !== undefined
  }

  /** @returns the values that the update asks for; undefined where its condition does not hold, and nothing was written */
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
      // Given back in this very moment: whoever asks again gets it.
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

  /** What holds everything back, in one read. */
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

  /** @returns false where another outage has begun meanwhile, or this one was over */
  async endOutage(outage: Outage): Promise<boolean> {
    try {
      await this.#client.send(new DeleteItemCommand({ TableName: this.#name, ...endedDelete(outage) }))
      return true
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false
      throw error
    }
  }

  /** What waits at the first place, and whether nothing does after it. */
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

  /** Takes what has started from its place, and notes how far the rounds are. */
  async removeWaiting({ place, isLast }: { place: string; isLast: boolean }, maxRunning: number): Promise<void> {
    const Key = keyOf(placeKey(place))
    await Promise.all([
      this.#client.send(new DeleteItemCommand({ TableName: this.#name, Key })),
      this.change(roundUpdate({ round: roundAfter(place, isLast), maxRunning })),
    ])
  }

  /** @returns the item as it is now, not as it was a moment ago */
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
