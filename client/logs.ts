/** Reads the functions' logs, for one request or all. It needs two of the package's optional peers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, type FilteredLogEvent, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs'
import type { AwsOptions } from './aws.ts'
import { explainMissing } from './parts.ts'

export { type ReadLine, readLogLine } from './log-line.ts'

/** A line that a function logged. */
export interface LogLine {
  at: Date
  /** The log group's name. */
  group: string
  /** As the function wrote it: a JSON object from Powertools, or a sentence from Lambda. */
  message: string
}

/** Selects lines. */
export interface LogOptions {
  /** Only lines of this request. Lambda's own lines (START, REPORT) belong to no request. */
  id?: string | undefined
  since: Date
  /** Whether to continue with new lines. */
  follow?: boolean
  signal?: AbortSignal | undefined
}

const PAUSE_MILLIS = 2_000
/** CloudWatch receives lines late, and those of several groups out of order, so each poll goes back this far. */
const LATE_MILLIS = 30_000

/** Yields lines by time; while following, in the order in which they arrive. @throws StackNotFound */
export async function* readLogs(
  stackName: string,
  options: LogOptions,
  aws: AwsOptions,
): AsyncGenerator<LogLine, void> {
  const client = new CloudWatchLogsClient(aws)
  const groups = await findLogGroups(stackName, aws)
  const filterPattern = options.id === undefined ? undefined : `{ $.requestId = "${options.id}" }`
  const seen = new Map<string, number>()
  let from = options.since.getTime()
  do {
    const look = groups.map((group) => readGroup(client, group, from, filterPattern))
    const fresh = (await Promise.all(look)).flat().filter(({ eventId }) => !seen.has(eventId))
    for (const { eventId, line } of fresh.sort((a, b) => a.line.at.getTime() - b.line.at.getTime())) {
      seen.set(eventId, line.at.getTime())
      from = Math.max(from, line.at.getTime() - LATE_MILLIS)
      yield line
    }
    for (const [eventId, at] of seen) if (at < from) seen.delete(eventId)
    if (options.follow) await sleep(PAUSE_MILLIS, undefined, { signal: options.signal })
  } while (options.follow)
}

/** Returns the names of the log groups of the stack's functions. @throws StackNotFound */
async function findLogGroups(stackName: string, options: AwsOptions): Promise<string[]> {
  const client = new CloudFormationClient(options)
  const names: string[] = []
  try {
    for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
      for (const { ResourceType, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
        if (ResourceType === 'AWS::Logs::LogGroup' && PhysicalResourceId) names.push(PhysicalResourceId)
      }
    }
  } catch (error) {
    throw explainMissing(error, stackName)
  }
  return names
}

async function readGroup(client: CloudWatchLogsClient, group: string, startTime: number, filterPattern?: string) {
  const pages = paginateFilterLogEvents({ client }, { logGroupName: group, startTime, filterPattern })
  const events: { eventId: string; line: LogLine }[] = []
  for await (const page of pages) events.push(...(page.events ?? []).map((event) => toLine(group, event)))
  return events
}

function toLine(group: string, { eventId = '', timestamp, message = '' }: FilteredLogEvent) {
  return { eventId: `${group}/${eventId}`, line: { at: new Date(timestamp!), group, message: message.trimEnd() } }
}
