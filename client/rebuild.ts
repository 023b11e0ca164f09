/** Rebuilds the table's index from the executions, after a restore or if entries were missed. */
import { DescribeExecutionCommand, paginateListExecutions, type SFNClient } from '@aws-sdk/client-sfn'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { executionEntry, undeliverableEntry } from '../statemachine/table-entry.ts'
import { entryUpdate } from '../statemachine/table-update.ts'
import { executionName, lookAtDeadLetters } from './dead-letters.ts'
import type { DownloadTable } from './table.ts'

/**
 * DescribeExecution has a quota of 15 per second in smaller regions, and others who follow downloads need part of it.
 */
const DESCRIBED_AT_ONCE = 5
const PAGE = 100

/** How the new index differs from the old one. */
export interface Rebuilt {
  /** The number of executions. */
  executions: number
  /** The number of entries that were missing or outdated. */
  corrected: number
}

/**
 * Marks requests in the dead-letter queue as not started, whatever the table says. @returns how many entries changed
 */
export async function enterDeadLetters(
  sqs: SQSClient,
  deadLetterQueueUrl: string,
  table: Pick<DownloadTable, 'update'>,
): Promise<number> {
  let corrected = 0
  for (const { messageId, body, sentAt } of await lookAtDeadLetters(sqs, deadLetterQueueUrl)) {
    const entry = undeliverableEntry(
      executionName(messageId, body),
      body,
      sentAt.toISOString(),
      new Date().toISOString(),
    )
    if (await table.update(entryUpdate(entry))) corrected++
  }
  return corrected
}

/** @param onProgress called after every hundred executions */
export async function rebuildIndex(
  sfn: SFNClient,
  stateMachineArn: string,
  table: Pick<DownloadTable, 'update'>,
  onProgress: (rebuilt: Rebuilt) => void = () => undefined,
): Promise<Rebuilt> {
  const rebuilt = { executions: 0, corrected: 0 }
  for await (const { executions = [] } of paginateListExecutions(
    { client: sfn, pageSize: PAGE },
    { stateMachineArn },
  )) {
    for (let at = 0; at < executions.length; at += DESCRIBED_AT_ONCE) {
      const some = executions.slice(at, at + DESCRIBED_AT_ONCE)
      const written = await Promise.all(some.map(({ executionArn }) => enter(sfn, executionArn!, table)))
      rebuilt.executions += some.length
      rebuilt.corrected += written.filter(Boolean).length
    }
    onProgress(rebuilt)
  }
  return rebuilt
}

async function enter(sfn: SFNClient, executionArn: string, table: Pick<DownloadTable, 'update'>): Promise<boolean> {
  const described = await sfn.send(new DescribeExecutionCommand({ executionArn }))
  const entry = executionEntry({
    name: described.name!,
    status: described.status!,
    startedAt: described.startDate!,
    endedAt: described.stopDate ?? null,
    redriveCount: described.redriveCount ?? 0,
    redrivenAt: described.redriveDate ?? null,
    input: described.input ?? null,
    output: described.output ?? null,
    error: described.error ?? null,
    cause: described.cause ?? null,
  })
  return await table.update(entryUpdate(entry))
}
