import { SFNClient } from '@aws-sdk/client-sfn'
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { z } from 'zod'
import { METRICS } from '../statemachine/metrics.ts'
import { MESSAGE_GROUP } from '../statemachine/request.ts'
import { connect, limits } from './common/clients.ts'
import { readConfig } from './common/config.ts'
import { env } from './common/environment.ts'
import { toExecution } from './common/execution-input.ts'
import { Executions } from './common/executions.ts'
import { count } from './common/metrics.ts'
import { logger, logRequest, step } from './common/step.ts'
import { Table } from './common/table.ts'
import { isPaused, noteWaiting, waitUntilResumed } from './common/waiting.ts'

const config = readConfig({
  [env.QUEUE_URL]: z.string(),
  [env.STATE_MACHINE_ARN]: z.string(),
  [env.MAX_RUNNING]: z.coerce.number().int().min(1),
  [env.TABLE]: z.string(),
})
const sqs = connect(SQSClient, limits.handBack)
const executions = new Executions(connect(SFNClient, limits.call), config[env.STATE_MACHINE_ARN])
const table = new Table(config[env.TABLE])

/** What is left of the function's time when it stops waiting, to hand the message back in order. */
const RESERVE_MILLIS = 15_000
const RETRY_SECONDS = 30

/**
 * Starts the execution of one request once fewer than `maxRunning` run. Called by the FIFO queue with a batch of one;
 * while it waits no other message of the group is delivered, so the order holds.
 */
export const handler = step<SQSEvent, SQSBatchResponse>(async (event, context) => {
  const record = event.Records[0]!
  const execution = toExecution(record)
  logRequest(execution.name)
  if (record.attributes?.MessageGroupId !== MESSAGE_GROUP) return await regroup(record)
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MILLIS
  await noteWaiting(table, execution, record)
  try {
    if (!(await waitForTurn(execution.name, deadline))) {
      logger.info('No slot is free yet, or downloads are paused; the message goes back to the head of the queue')
      return await handBack(record, 0)
    }
    const started = await executions.start(execution, record, deadline)
    if (started === undefined) logger.info('The message came twice; its execution exists')
    else if (!(await executions.waitUntilVisible(started, deadline))) logger.warn('The execution is not listed yet')
    return { batchItemFailures: [] }
  } catch (error) {
    count({ [METRICS.notStarted]: 1 })
    logger.error('The execution could not be started; the message is tried again', error as Error)
    return await handBack(record, RETRY_SECONDS)
  }
})

/** The pause is looked for last, so that nothing starts once it is there. */
async function waitForTurn(name: string, deadline: number): Promise<boolean> {
  do {
    if (!(await waitUntilResumed(table, deadline))) return false
    if (!(await executions.waitForSlot(name, config[env.MAX_RUNNING], deadline))) return false
  } while (await isPaused(table))
  return true
}

/**
 * A message of another group would be delivered beside the one that waits for its turn, and both would see the one free
 * slot. So it takes its place behind the others, in their group; its sender should use `MESSAGE_GROUP`.
 */
async function regroup(record: SQSRecord): Promise<SQSBatchResponse> {
  const { MessageGroupId } = record.attributes
  try {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: config[env.QUEUE_URL],
        MessageBody: record.body,
        MessageGroupId: MESSAGE_GROUP,
        // By its body it would be taken for the message that it stands for.
        MessageDeduplicationId: `regrouped-${record.messageId}`,
      }),
    )
    logger.warn(`The message came in another group than ${MESSAGE_GROUP}; it waits in that one now`, { MessageGroupId })
    return { batchItemFailures: [] }
  } catch (error) {
    logger.error('The message came in another group, and cannot be moved; it is tried again', error as Error)
    return await handBack(record, RETRY_SECONDS)
  }
}

/** Without this the message, and the whole group behind it, would wait for the visibility timeout (over an hour). */
async function handBack(record: SQSRecord, seconds: number): Promise<SQSBatchResponse> {
  const command = new ChangeMessageVisibilityCommand({
    QueueUrl: config[env.QUEUE_URL],
    ReceiptHandle: record.receiptHandle,
    VisibilityTimeout: seconds,
  })
  try {
    await sqs.send(command)
  } catch (error) {
    logger.error('The message is handed back, but only after its visibility timeout', error as Error)
  }
  return { batchItemFailures: [{ itemIdentifier: record.messageId }] }
}
