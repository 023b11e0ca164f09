/** Reads the events of a log group between two positions, in either direction. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { AwsError } from '../protocol.ts'

export type EventRow = Record<string, SQLInputValue>

/** A position between two events of a group: everything up to (timestamp, id) is before it. */
interface Position {
  timestamp: number
  id: number
}

export interface EventQuery {
  /** Empty for all. */
  streams: readonly string[]
  /** Of the streams' names. */
  prefix?: string | undefined
  /** Milliseconds since 1970; anything but a number is ignored. */
  startTime: unknown
  endTime: unknown
  endInclusive: boolean
  after?: Position
  before?: Position
  forward: boolean
}

export function selectEvents(store: DatabaseSync, group: string, options: EventQuery): Iterable<EventRow> {
  const conditions = ['log_group = ?']
  const values: SQLInputValue[] = [group]
  const add = (condition: string, ...bound: SQLInputValue[]) => {
    conditions.push(condition)
    values.push(...bound)
  }
  if (options.streams.length > 0) {
    add(`stream IN (${options.streams.map(() => '?').join(', ')})`, ...options.streams)
  }
  if (options.prefix !== undefined) add('substr(stream, 1, length(?)) = ?', options.prefix, options.prefix)
  if (typeof options.startTime === 'number') add('timestamp >= ?', options.startTime)
  if (typeof options.endTime === 'number') add(`timestamp ${options.endInclusive ? '<=' : '<'} ?`, options.endTime)
  if (options.after) add('(timestamp, id) > (?, ?)', options.after.timestamp, options.after.id)
  if (options.before) add('(timestamp, id) < (?, ?)', options.before.timestamp, options.before.id)
  const order = options.forward ? 'ASC' : 'DESC'
  return store
    .prepare(`SELECT * FROM log_events WHERE ${conditions.join(' AND ')} ORDER BY timestamp ${order}, id ${order}`)
    .iterate(...values) as Iterable<EventRow>
}

export function tokenOf({ timestamp, id }: EventRow | Position): string {
  return `${timestamp}-${id}`
}

export function positionOf(token: string): Position {
  const match = /^(\d+)-(\d+)$/.exec(token)
  if (!match) throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.')
  return { timestamp: Number(match[1]), id: Number(match[2]) }
}
