import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn'
import type { EventBridgeEvent, SQSEvent } from 'aws-lambda'
import { errorName, readCause } from '../statemachine/cause.ts'
import type { Failed } from '../statemachine/contract.ts'
import { METRICS } from '../statemachine/metrics.ts'
import { noticeOf } from '../statemachine/notice.ts'
import { noticeName } from '../statemachine/table.ts'
import { announce } from './common/announce.ts'
import { connect, limits } from './common/clients.ts'
import { readConfig, text } from './common/config.ts'
import { env } from './common/environment.ts'
import { count } from './common/metrics.ts'
import { logger, logRequest, step } from './common/step.ts'
import { Table } from './common/table.ts'
import type { StatusChange } from './record.ts'

const config = readConfig({ [env.TABLE]: text })
const table = new Table(config[env.TABLE])
const sfn = connect(SFNClient, limits.call)

/**
 * The last line of defence: announces a failed execution that ended two minutes ago and was not announced.
 * EventBridge's rule sends it to a queue with a delay, which calls this function.
 */
export const handler = step<SQSEvent, void>(async ({ Records }, context) => {
  const { detail } = JSON.parse(Records[0]!.body) as EventBridgeEvent<string, StatusChange>
  const { executionArn, name, redriveCount = 0 } = detail
  logRequest(name)
  const { publishDone } = await table.notice(name, noticeName('failed', redriveCount))
  if (publishDone) return logger.info('The failure has been announced', { publishDone })
  const described = await sfn.send(new DescribeExecutionCommand({ executionArn }))
  const { status = 'RUNNING', redriveCount: now = 0, input, cause } = described
  // If it was redriven in the meantime, it will announce its own end.
  if (status === 'RUNNING' || now > redriveCount) return logger.info('The execution continues')
  if (status === 'ABORTED' || status === 'SUCCEEDED') return logger.info('The execution did not fail', { status })
  const error = errorName({ status, error: described.error ?? null, cause: cause ?? null })
  // The cause as `Halt` writes it: the step that failed, and why.
  const [, step = 'Halt', reason] = /^(\w+): (.*)$/s.exec(readCause(cause)) ?? []
  const failure = { step, error, cause: reason ?? cause ?? '', redriveCount } as Failed['failure']
  const document = { request: requestIn(input), failure } as Failed
  count({ [METRICS.announcedLate]: 1 })
  logger.warn('This failure has not been announced yet', { error })
  await announce(noticeOf(document, executionArn, new Date()), Date.now() + context.getRemainingTimeInMillis() / 2)
})

/** Returns whatever the execution was started with: the notice reads of it what is valid. */
function requestIn(input: string | undefined): unknown {
  try {
    return JSON.parse(input ?? '{}')
  } catch {
    return {}
  }
}
