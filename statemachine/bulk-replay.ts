/**
 * A bulk replay redrives many failed executions through the queue, each in its turn. The table holds the bulk replay
 * and the outcome of each execution; a message per execution on the queue ensures that none is forgotten.
 */
import { isRequestId } from './contract.ts'
import type { TableKey } from './table.ts'
import type { Waiting } from './waiting.ts'

/** The body of a message on the queue. */
export interface ReplayMessage {
  /** The execution to redrive. */
  replay: string
  /** How often it had been redriven when the bulk replay was made; if the count has changed, it is skipped. */
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
  /** The number of its executions. */
  count: number
  /** If it was made for one cause: the group's key, and the time of the last failure to include. */
  group?: string
  until?: string
  /** When all of its messages were on the queue. Until then it can be made again under the same name. */
  sentAt?: string
  stoppedAt?: string
  stoppedBy?: string
}

/** The outcome of one execution in a bulk replay. */
export interface BulkReplayItem {
  execution: string
  redriveCount: number
  /** `starting` lasts only for the moment of the redrive. */
  outcome: 'waiting' | 'starting' | 'replayed' | 'skipped'
  /** When it got this outcome. ISO 8601, UTC. */
  outcomeAt: string
  /** Why it was skipped, in a sentence. */
  reason?: string
  export?: string
  /** Its place in the order of waiting requests. */
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

/** @returns undefined if the value is not a message of a bulk replay */
export function readReplay(value: unknown): ReplayMessage | undefined {
  const { replay, redriveCount, bulk } = (value ?? {}) as Partial<ReplayMessage>
  if (!isRequestId(replay) || !isBulkName(bulk) || !Number.isInteger(redriveCount)) return undefined
  return { replay, redriveCount: redriveCount as number, bulk }
}
