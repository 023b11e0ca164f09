import { S3Client } from '@aws-sdk/client-s3'
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn'
import type { EventBridgeEvent } from 'aws-lambda'
import { discard } from '../engine/discard.ts'
import { s3Store } from '../engine/stores/s3.ts'
import { connect, limits } from './common/clients.ts'
import { readConfig, text } from './common/config.ts'
import { env } from './common/environment.ts'
import { logger, logRequest, step } from './common/step.ts'

const config = readConfig({ [env.BUCKET]: text })
const store = s3Store({ client: connect(S3Client, limits.upload), bucket: config[env.BUCKET] })
const sfn = connect(SFNClient, limits.call)

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export type ExecutionStopped = EventBridgeEvent<
  'Step Functions Execution Status Change',
  { executionArn: string; name: string; redriveCount?: number }
>

/**
 * Deletes everything that a stopped execution has in the bucket. `export-chunk` does the same when it is stopped
 * halfway, because it may still be writing; this is for executions that were waiting or had finished their chunks.
 */
export const handler = step<ExecutionStopped, void>(async ({ detail: { executionArn, name, redriveCount } }) => {
  logRequest(name)
  const { status, redriveCount: now } = await sfn.send(new DescribeExecutionCommand({ executionArn }))
  // DescribeExecution is eventually consistent. Lambda calls again after a while.
  if (status === 'RUNNING' && now === redriveCount)
    throw new Error('The execution was stopped and is still described as running')
  // If it was redriven in the meantime, the data belongs to the new run.
  if (status !== 'ABORTED') return logger.info('The execution continues, so nothing is deleted', { status })
  await discard({ id: name }, store)
  logger.info('The execution was stopped, and its data was deleted')
})
