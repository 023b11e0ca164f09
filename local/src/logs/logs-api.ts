/**
 * The operations of the CloudWatch Logs API that read.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
 */

import type { DatabaseSync } from 'node:sqlite'
import { awsArn } from '../arn.ts'
import { ACCOUNT_ID, DEFAULT_REGION } from '../identity.ts'
import { AwsError, awsJson, type Handler } from '../protocol.ts'
import { type EventRow, positionOf, selectEvents, tokenOf } from './event-query.ts'
import { filterPattern, InvalidPattern } from './filter-pattern.ts'

const MAX_EVENTS = 10_000
const MAX_DESCRIBED = 50
const PLACE = { region: DEFAULT_REGION, accountId: ACCOUNT_ID }

type Input = Record<string, unknown>

export function logsApi({
  store,
  flush,
  sizes,
}: {
  store: DatabaseSync
  /** Called before every response, so that a reader sees each line written before the request. */
  flush: () => void
  /** Bytes by group. */
  sizes: ReadonlyMap<string, number>
}): Handler {
  function groupOf(input: Input): string {
    const identifier = text(input.logGroupIdentifier) ?? text(input.logGroupName)
    if (identifier === undefined) throw new AwsError('InvalidParameterException', 'Name a log group: logGroupName.')
    const name = identifier.startsWith('arn:')
      ? identifier.split(':').slice(6).join(':').replace(/:\*$/, '')
      : identifier
    if (!store.prepare('SELECT 1 FROM log_groups WHERE name = ?').get(name)) {
      throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.')
    }
    return name
  }

  function describeLogGroups(input: Input) {
    const prefix = text(input.logGroupNamePrefix) ?? ''
    const pattern = text(input.logGroupNamePattern) ?? ''
    const limit = limitOf(input, MAX_DESCRIBED)
    const rows = store
      .prepare(
        `SELECT * FROM log_groups WHERE substr(name, 1, length(?1)) = ?1 AND instr(lower(name), lower(?2)) > 0
         ORDER BY name`,
      )
      .all(prefix, pattern)
    const { page, nextToken } = pageOf(rows, text(input.nextToken), limit, (row) => String(row.name))
    const logGroups = page.map((row) => {
      const arn = awsArn('logs', `log-group:${row.name}`, PLACE)
      return {
        logGroupName: row.name,
        logGroupArn: arn,
        arn: `${arn}:*`,
        creationTime: row.created_at,
        retentionInDays: row.retention_days ?? undefined,
        metricFilterCount: 0,
        storedBytes: sizes.get(String(row.name)) ?? 0,
        logGroupClass: 'STANDARD',
      }
    })
    return { logGroups, nextToken }
  }

  function describeLogStreams(input: Input) {
    const group = groupOf(input)
    const byTime = input.orderBy === 'LastEventTime'
    const rows = store
      .prepare(
        `SELECT * FROM log_streams WHERE log_group = ?1 AND substr(name, 1, length(?2)) = ?2
         ORDER BY ${byTime ? 'last_at, name' : 'name'}`,
      )
      .all(group, text(input.logStreamNamePrefix) ?? '')
    if (input.descending === true) rows.reverse()
    const { page, nextToken } = pageOf(rows, text(input.nextToken), limitOf(input, MAX_DESCRIBED), (row) =>
      String(row.name),
    )
    const logStreams = page.map((row) => ({
      logStreamName: row.name,
      arn: awsArn('logs', `log-group:${group}:log-stream:${row.name}`, PLACE),
      creationTime: row.created_at,
      firstEventTimestamp: row.first_at,
      lastEventTimestamp: row.last_at,
      lastIngestionTime: row.ingested_at,
      storedBytes: 0,
    }))
    return { logStreams, nextToken }
  }

  function getLogEvents(input: Input) {
    const group = groupOf(input)
    const stream = text(input.logStreamName) ?? ''
    if (!store.prepare('SELECT 1 FROM log_streams WHERE log_group = ? AND name = ?').get(group, stream)) {
      throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.')
    }
    const token = text(input.nextToken)
    const from = token === undefined ? undefined : positionOf(token.slice(2))
    // Without a token the newest events are returned, unless startFromHead asks for the oldest.
    const forward = token === undefined ? input.startFromHead === true : token.startsWith('f/')
    const rows = selectEvents(store, group, {
      startTime: input.startTime,
      endTime: input.endTime,
      streams: [stream],
      ...(from && (forward ? { after: from } : { before: from })),
      endInclusive: false,
      forward,
    })
    const events = [...take(rows, limitOf(input, MAX_EVENTS))]
    if (!forward) events.reverse()
    const [first, last] = [events[0], events.at(-1)]
    // At the end the given token is returned again, which tells a reader that there is no more.
    const here = token?.slice(2) ?? tokenOf({ timestamp: forward ? 0 : Number.MAX_SAFE_INTEGER, id: 0 })
    return {
      events: events.map((row) => ({ timestamp: row.timestamp, message: row.message, ingestionTime: row.ingested_at })),
      nextForwardToken: `f/${last ? tokenOf(last) : here}`,
      nextBackwardToken: `b/${first ? tokenOf(first) : here}`,
    }
  }

  function filterLogEvents(input: Input) {
    const group = groupOf(input)
    const matches = matcher(text(input.filterPattern) ?? '')
    const token = text(input.nextToken)
    const names = Array.isArray(input.logStreamNames) ? input.logStreamNames.map(String) : []
    const rows = selectEvents(store, group, {
      startTime: input.startTime,
      endTime: input.endTime,
      streams: names,
      prefix: text(input.logStreamNamePrefix),
      ...(token !== undefined && { after: positionOf(token) }),
      endInclusive: true,
      forward: input.startFromHead !== false,
    })
    const limit = limitOf(input, MAX_EVENTS)
    const found: EventRow[] = []
    for (const row of rows) {
      if (!matches(String(row.message))) continue
      const last = found.at(-1)
      if (last && found.length === limit) {
        return { events: found.map(filtered), searchedLogStreams: [], nextToken: tokenOf(last) }
      }
      found.push(row)
    }
    return { events: found.map(filtered), searchedLogStreams: [] }
  }

  const afterFlush =
    (operation: (input: Input) => object) =>
    (input: Input): object => {
      flush()
      return operation(input)
    }
  return awsJson({
    DescribeLogGroups: afterFlush(describeLogGroups),
    DescribeLogStreams: afterFlush(describeLogStreams),
    GetLogEvents: afterFlush(getLogEvents),
    FilterLogEvents: afterFlush(filterLogEvents),
  })
}

function filtered(row: EventRow) {
  return {
    logStreamName: row.stream,
    timestamp: row.timestamp,
    message: row.message,
    ingestionTime: row.ingested_at,
    eventId: String(row.id).padStart(56, '0'),
  }
}

function matcher(pattern: string): (message: string) => boolean {
  try {
    return filterPattern(pattern)
  } catch (error) {
    if (error instanceof InvalidPattern) throw new AwsError('InvalidParameterException', error.message)
    throw error
  }
}

function* take<T>(rows: Iterable<T>, count: number): Iterable<T> {
  if (count === 0) return
  let taken = 0
  for (const row of rows) {
    yield row
    if (++taken === count) return
  }
}

/** Returns the page after the row named by the token. */
function pageOf<T>(rows: T[], token: string | undefined, limit: number, nameOf: (row: T) => string) {
  const start = token === undefined ? 0 : rows.findIndex((row) => nameOf(row) === token) + 1
  const page = rows.slice(start, start + limit)
  const last = page.at(-1)
  return { page, nextToken: last !== undefined && start + limit < rows.length ? nameOf(last) : undefined }
}

function limitOf(input: Input, maximum: number): number {
  if (input.limit === undefined || input.limit === null) return maximum
  if (!Number.isInteger(input.limit) || (input.limit as number) < 1 || (input.limit as number) > maximum) {
    throw new AwsError('InvalidParameterException', `limit must be from 1 to ${maximum}.`)
  }
  return input.limit as number
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
