/**
 * The writes to the table, as inputs of DynamoDB's UpdateItem without the table's name. The functions and the client
 * share them.
 */
import type { AttributeValue, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb'
import {
  type DownloadEntry,
  entryKey,
  expiryOf,
  type NoticeWay,
  noticeKey,
  TABLE_KEYS,
  type TableKey,
  versionOf,
} from './table.ts'

export type TableUpdate = Omit<UpdateItemCommandInput, 'TableName'>

/** Fields that keep the value of the first report: who requested what, and when. */
const FIRST_REPORT = new Set(['requestedAt', 'requestedBy', 'requester', 'export', 'params', 'likeness'])
/**
 * Fields of an earlier run, to be removed when a redriven execution reports again; and the place of an entry that no
 * longer waits.
 */
const OF_ONE_RUN = ['endedAt', 'error', 'reason', 'place']

/** Writes a download's entry, unless the table has something newer (`ConditionalCheckFailedException`). */
export function entryUpdate(entry: DownloadEntry): TableUpdate {
  const version = versionOf(entry)
  const fields = { ...entry, version, [TABLE_KEYS.timeToLive]: expiryOf(entry.at) }
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  const sets = present.map(([name]) =>
    FIRST_REPORT.has(name) ? `#${name} = if_not_exists(#${name}, :${name})` : `#${name} = :${name}`,
  )
  // There is always one to remove, because a waiting entry has no end and only a waiting one has a place.
  const removed = OF_ONE_RUN.filter((name) => !(name in entry))
  return {
    Key: keyOf(entryKey(entry.id)),
    UpdateExpression: `SET ${sets.join(', ')} REMOVE ${removed.map((name) => `#${name}`).join(', ')}`,
    ConditionExpression: 'attribute_not_exists(#version) OR #version < :version',
    ExpressionAttributeNames: namesOf([...present.map(([name]) => name), ...removed]),
    ExpressionAttributeValues: Object.fromEntries(
      present.map(([name, value]) => [`:${name}`, attributeOf(value as string | number)]),
    ),
  }
}

/**
 * Claims one way of sending a notice, so that it is sent once. Fails (`ConditionalCheckFailedException`) if it is done,
 * or while another's claim lasts.
 *
 * @param until when the claim ends, epoch milliseconds; must be longer than the work can take
 */
export function claimUpdate(id: string, notice: string, way: NoticeWay, now: number, until: number): TableUpdate {
  return {
    Key: keyOf(noticeKey(id, notice)),
    UpdateExpression: 'SET #claimed = :until, #expiry = :expiry',
    ConditionExpression: 'attribute_not_exists(#done) AND (attribute_not_exists(#claimed) OR #claimed < :now)',
    ExpressionAttributeNames: {
      '#claimed': `${way}ClaimedUntil`,
      '#done': `${way}Done`,
      '#expiry': TABLE_KEYS.timeToLive,
    },
    ExpressionAttributeValues: {
      ':until': { S: new Date(until).toISOString() },
      ':now': { S: new Date(now).toISOString() },
      ':expiry': { N: String(expiryOf(new Date(now).toISOString())) },
    },
  }
}

/** Confirms that a claimed way is done. */
export function doneUpdate(
  id: string,
  notice: string,
  way: NoticeWay,
  now: number,
  facts: Record<string, string> = {},
): TableUpdate {
  const fields: Record<string, string> = { [`${way}Done`]: new Date(now).toISOString(), ...facts }
  return factUpdate(noticeKey(id, notice), fields, now, [`${way}ClaimedUntil`])
}

/** Releases a claim immediately, because the work was refused and nothing was sent. */
export function releaseUpdate(id: string, notice: string, way: NoticeWay): TableUpdate {
  return {
    Key: keyOf(noticeKey(id, notice)),
    UpdateExpression: 'REMOVE #claimed',
    ExpressionAttributeNames: { '#claimed': `${way}ClaimedUntil` },
  }
}

/** @param now epoch milliseconds; the fact is kept for 90 days from then. Null keeps it permanently. */
export function factUpdate(
  key: TableKey,
  fields: Record<string, string | number>,
  now: number | null,
  removed: string[] = [],
): TableUpdate {
  const expiry = now === null ? {} : { [TABLE_KEYS.timeToLive]: expiryOf(new Date(now).toISOString()) }
  const all = Object.entries({ ...fields, ...expiry })
  const sets = all.map(([name]) => `#${name} = :${name}`).join(', ')
  return {
    Key: keyOf(key),
    UpdateExpression: `SET ${sets}${removed.length > 0 ? ` REMOVE ${removed.map((name) => `#${name}`).join(', ')}` : ''}`,
    ExpressionAttributeNames: namesOf([...all.map(([name]) => name), ...removed]),
    ExpressionAttributeValues: Object.fromEntries(all.map(([name, value]) => [`:${name}`, attributeOf(value)])),
  }
}

/**
 * Returns the same write with the condition that the item does not exist; otherwise it fails
 * (`ConditionalCheckFailedException`).
 */
export function onlyNew(update: TableUpdate): TableUpdate {
  return {
    ...update,
    ConditionExpression: 'attribute_not_exists(#pk)',
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#pk': TABLE_KEYS.partition },
  }
}

/** Records on an entry which download it came from, or which one came from it, without changing its other fields. */
export function lineageUpdate(
  id: string,
  lineage: Pick<DownloadEntry, 'replayedFrom'> | Pick<DownloadEntry, 'replayedAs'>,
  now: number,
): TableUpdate {
  const [[name, value]] = Object.entries(lineage) as [[string, string]]
  return {
    Key: keyOf(entryKey(id)),
    UpdateExpression: 'SET #lineage = :other, #expiry = if_not_exists(#expiry, :expiry)',
    ExpressionAttributeNames: { '#lineage': name, '#expiry': TABLE_KEYS.timeToLive },
    ExpressionAttributeValues: {
      ':other': { S: value },
      ':expiry': { N: String(expiryOf(new Date(now).toISOString())) },
    },
  }
}

export function keyOf({ pk, sk }: TableKey): Record<string, AttributeValue> {
  return { [TABLE_KEYS.partition]: { S: pk }, [TABLE_KEYS.sort]: { S: sk } }
}

/** Converts an item of texts and numbers to a plain object. */
export function readItem<T>(item: Record<string, AttributeValue>): T {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, value.N === undefined ? value.S : Number(value.N)]),
  ) as T
}

function attributeOf(value: string | number): AttributeValue {
  return typeof value === 'number' ? { N: String(value) } : { S: value }
}

function namesOf(names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`#${name}`, name]))
}
