/**
 * An outage of the database. It is a fact in the table, like a pause, and the circuit breaker of all exports: during an
 * outage nothing starts and nothing is replayed, so that waiting requests do not fail one after another.
 */
import { oneLine } from './one-line.ts'
import type { TableKey } from './table.ts'
import { factUpdate, keyOf, onlyNew, type TableUpdate } from './table-update.ts'

/** Times are ISO 8601, UTC. */
export interface Outage {
  /** When a download failed because of it, after all its attempts. It identifies the outage. */
  since: string
  /** That download's id. */
  id: string
  /** The last error of the database or of the connection to it, on one line. */
  reason: string
  /** When the database was last checked without success; undefined until then. */
  askedAt?: string
  /** When the operator was told; undefined if the outage ended before. */
  toldAt?: string
}

/** Asks `export-chunk` whether the database responds, instead of an event of the state machine. */
export interface ProbeEvent {
  probe: 'database'
}

/** Asks `notify` to tell the operator, instead of an event of the state machine. */
export interface OutageEvent {
  outage: Outage
  /** When it ended; null if it has begun. */
  endedAt: string | null
}

/**
 * On the queue during an outage. While there is such a message, `start` checks the database even if no request waits.
 */
export interface OutageMessage {
  /** The outage's `since`. */
  outage: string
}

export const OUTAGE_KEY: TableKey = { pk: 'fact', sk: 'outage' }

const REASON_CHARACTERS = 500

/** Begins an outage; fails (`ConditionalCheckFailedException`) if there is one already. */
export function outageUpdate(id: string, reason: string, now: number): TableUpdate {
  const fields = { since: new Date(now).toISOString(), id, reason: oneLine(reason, REASON_CHARACTERS) }
  return onlyNew(factUpdate(OUTAGE_KEY, fields, null))
}

/** Records that the database still did not respond; fails if this outage is over. */
export function askedUpdate(
  { since }: Outage,
  reason: string,
  facts: Pick<Outage, 'toldAt'>,
  now: number,
): TableUpdate {
  const fields = { askedAt: new Date(now).toISOString(), reason: oneLine(reason, REASON_CHARACTERS), ...facts }
  return ofOutage(factUpdate(OUTAGE_KEY, fields, null), since)
}

/** Ends this outage, but not a newer one. */
export function endedDelete({ since }: Outage) {
  return {
    Key: keyOf(OUTAGE_KEY),
    ConditionExpression: '#since = :since',
    ExpressionAttributeNames: { '#since': 'since' },
    ExpressionAttributeValues: { ':since': { S: since } },
  }
}

/** @returns whether a message's body, JSON or not, belongs to an outage */
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
