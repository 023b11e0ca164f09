/**
 * An outage of the database: a fact in the table, like the pause, and the circuit breaker of all exports. While there is one
 * nothing starts and nothing is replayed, so that the requests which wait do not fail one after another.
 */
import { oneLine } from './one-line.ts'
import type { TableKey } from './table.ts'
import { factUpdate, keyOf, onlyNew, type TableUpdate } from './table-update.ts'

/** Times are ISO 8601, UTC. */
export interface Outage {
  /** When a download had failed for it, after all its tries. It names the outage. */
  since: string
  /** That download's id. */
  id: string
  /** What the database, or the way to it, last said: one line. */
  reason: string
  /** When the database was last asked, and did not answer; absent until then. */
  askedAt?: string
  /** When the operator was told of it; absent where it was over before. */
  toldAt?: string
}

/** Asks `export-chunk` whether the database answers, in place of an event of the state machine. */
export interface ProbeEvent {
  probe: 'database'
}

/** Asks `notify` to tell the operator, in place of an event of the state machine. */
export interface OutageEvent {
  outage: Outage
  /** When it ended; null when it has begun. */
  endedAt: string | null
}

/** On the queue for as long as an outage lasts: while there is a message, `start` asks the database, whether or not a request waits. */
export interface OutageMessage {
  /** The outage's `since`. */
  outage: string
}

export const OUTAGE_KEY: TableKey = { pk: 'fact', sk: 'outage' }

const REASON_CHARACTERS = 500

/** Begins an outage; fails (`ConditionalCheckFailedException`) where there is one. */
export function outageUpdate(id: string, reason: string, now: number): TableUpdate {
  const fields = { since: new Date(now).toISOString(), id, reason: oneLine(reason, REASON_CHARACTERS) }
  return onlyNew(factUpdate(OUTAGE_KEY, fields, null))
}

/** Notes that the database did not answer again; fails where this outage is over. */
export function askedUpdate(
  { since }: Outage,
  reason: string,
  facts: Pick<Outage, 'toldAt'>,
  now: number,
): TableUpdate {
  const fields = { askedAt: new Date(now).toISOString(), reason: oneLine(reason, REASON_CHARACTERS), ...facts }
  return ofOutage(factUpdate(OUTAGE_KEY, fields, null), since)
}

/** Ends this outage, and no newer one. */
export function endedDelete({ since }: Outage) {
  return {
    Key: keyOf(OUTAGE_KEY),
    ConditionExpression: '#since = :since',
    ExpressionAttributeNames: { '#since': 'since' },
    ExpressionAttributeValues: { ':since': { S: since } },
  }
}

/** @returns whether the body of a message, JSON or not, is an outage's */
export function isOutageMessage(body: string): boolean {
  try {
    const message = JSON.parse(body) as Partial<OutageMessage> | null
    return typeof message?.outage === 'string' && Object.keys(message).length === 1
  } catch {
    return false
  }
}

function ofOutage(update: TableUpdate, since: string): TableUpdate {
  return {
    ...update,
    ConditionExpression: '#since = :since',
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#since': 'since' },
    ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ':since': { S: since } },
  }
}
