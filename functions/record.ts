import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn'
import type { EventBridgeEvent } from 'aws-lambda'
import { type DescribedExecution, executionEntry } from '../statemachine/table-entry.ts'
import { entryUpdate } from '../statemachine/table-update.ts'
import { connect, limits } from './common/clients.ts'
import { readConfig, text } from './common/config.ts'
import { env } from './common/environment.ts'
import { countOutcome } from './common/metrics.ts'
import { logger, logRequest, step } from './common/step.ts'
import { Table } from './common/table.ts'

const config = readConfig({ [env.TABLE]: text })
const table = new Table(config[env.TABLE])
const sfn = connect(SFNClient, limits.call)

/** Times are epoch milliseconds. @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export interface StatusChange {
  executionArn: string
  name: string
  status: string
  startDate: number
  stopDate?: number | null
  redriveCount?: number
  redriveDate?: number | null
  /** Null if input and output are together too long for an event. */
  input?: string | null
  output?: string | null
  error?: string | null
  cause?: string | null
}

/** Writes each change of an execution's status to the table, and counts executions that ended. */
export const handler = step<EventBridgeEvent<'Step Functions Execution Status Change', StatusChange>, void>(
  async ({ detail }) => {
    logRequest(detail.name)
    const entry = executionEntry(await described(detail))
    if (!(await table.update(entryUpdate(entry))))
      return logger.info('The table has something newer', { state: entry.state })
    logger.info('Entered', { state: entry.state, redriveCount: entry.redriveCount })
    countOutcome(entry)
  },
)

/**
 * Returns the event's own description, because `DescribeExecution` may be a moment behind; it is called only for what
 * the event omits.
 */
async function described(detail: StatusChange): Promise<DescribedExecution> {
  const { executionArn, name, status, startDate, stopDate, redriveCount = 0, redriveDate } = detail
  const isSuccess = status === 'SUCCEEDED'
  const isCut = typeof detail.input !== 'string' || (isSuccess && typeof detail.output !== 'string')
  const full = isCut ? await sfn.send(new DescribeExecutionCommand({ executionArn })) : detail
  return {
    name,
    status,
    startedAt: new Date(startDate),
    endedAt: stopDate ? new Date(stopDate) : null,
    redriveCount,
    redrivenAt: redriveDate ? new Date(redriveDate) : null,
    input: full.input ?? null,
    output: full.output ?? null,
    error: detail.error ?? null,
    cause: detail.cause ?? null,
  }
}
