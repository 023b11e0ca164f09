/**
 * A bulk replay: many failed executions that are redriven through the queue, each in its turn. The table holds what it is
 * and what became of each execution; a message for each keeps it from being forgotten.
 */
import { isRequestId } from './contract.ts'
import type { TableKey } from './table.ts'
import type { Waiting } from './waiting.ts'

/** The body of a message on the queue. */
export interface ReplayMessage {
  /** The execution that is to be redriven. */
  replay: string
  /** How often it had been redriven when the bulk replay was made; with another count it is passed over. */
  redriveCount: number
  /** The bulk replay's name. */
  bulk: string
}

/** Times are ISO 8601, UTC. */
export interface BulkReplayFact {
  name: string
  by: string
  why: string
  at: string
  /** How many executions it has. */
  count: number
  /** Of one cause: the group's key, and the last failure that it may have. */
  group?: string
  until?: string
  /** When all of its messages were on the queue; until then it can be made again under the same name. */
  sentAt?: string
  stoppedAt?: string
  stoppedBy?: string
}

/** What became of one execution of a bulk replay. */
export interface BulkReplayItem {
  execution: string
  redriveCount: number
  /** `starting` lasts for the moment of the redrive. */
  outcome: 'waiting' | 'starting' | 'replayed' | 'skipped'
  /** When it came to this. ISO 8601, UTC. */
  outcomeAt: string
  /** Why it was skipped: a sentence. */
  reason?: string
  export?: string
  /** Among all that wait. */
  place?: string
}

export const BULK_PARTITION = 'bulk'

const NAME = /^[A-Za-z0-9_-]{1,60}$/

export function isBulkName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value)
}

export function bulkKey(name: string): TableKey {
  return { pk: BULK_PARTITION, sk: name }
}

export function bulkPartition(name: string): string {
  return `bulk#${name}`
}

export function bulkItemKey(name: string, execution: string): TableKey {
  return { pk: bulkPartition(name), sk: execution }
}

export function waitingReplay(message: ReplayMessage, arrivedAt: string, exportName: string | undefined): Waiting {
  const { replay, bulk } = message
  const input = JSON.stringify(message)
  return { name: `replay:${bulk}:${replay}`, input, turnOf: `replay:${bulk}`, arrivedAt, export: exportName }
}

/** @returns undefined where the value is not a message of a bulk replay */
export function readReplay(value: unknown): ReplayMessage | undefined {
  const { replay, redriveCount, bulk } = (value ?? {}) as Partial<ReplayMessage>
  if (!isRequestId(replay) || !isBulkName(bulk) || !Number.isInteger(redriveCount)) return undefined
  return { replay, redriveCount: redriveCount as number, bulk }
}
