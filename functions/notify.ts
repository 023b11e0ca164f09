import { SQSClient } from '@aws-sdk/client-sqs'
import { readCause } from '../statemachine/cause.ts'
import type { Failed, Finished } from '../statemachine/contract.ts'
import { errors } from '../statemachine/errors.ts'
import { noticeOf } from '../statemachine/notice.ts'
import { OUTAGE_KEY, type Outage, type OutageEvent, outageUpdate } from '../statemachine/outage.ts'
import { announce } from './common/announce.ts'
import { announceOutage } from './common/announce-outage.ts'
import { connect, limits } from './common/clients.ts'
import { readConfig, text } from './common/config.ts'
import { env } from './common/environment.ts'
import { Messages } from './common/messages.ts'
import { logger, logRequest, step } from './common/step.ts'
import { Table } from './common/table.ts'

/** For the calls after another invocation's claim has ended. */
const RESERVE_MILLIS = 27_000

const config = readConfig({ [env.TABLE]: text, [env.QUEUE_URL]: text })
const table = new Table(config[env.TABLE])
const messages = new Messages(connect(SQSClient, limits.handBack), config[env.QUEUE_URL])

export interface NotifyInput {
  /** The execution's ARN. */
  execution: string
  document: Finished | Failed
}

/**
 * Announces “ready”, or “failed” with the step, the reason and what to do. A failure that says that the database is
 * down begins an outage; `start` calls this function to announce its beginning and end.
 */
export const handler = step<NotifyInput | OutageEvent, void>(async (event, context) => {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MILLIS
  if ('outage' in event) return await announceOutage(event, deadline)
  const { execution, document } = event
  const id = execution.split(':').at(-1)!
  logRequest(id)
  // Done before the execution ends and the next request gets its slot.
  if ('failure' in document && document.failure.error === errors.DatabaseUnavailable.name)
    await beginOutage(id, document)
  await announce(noticeOf(document, execution, new Date()), deadline)
})

/**
 * Records an outage. Its message is sent again with each failure, because an earlier invocation may have been killed
 * before sending it. If the table or the queue is unavailable, the next request detects the outage itself.
 */
async function beginOutage(id: string, { failure }: Failed): Promise<void> {
  try {
    const isNew = await table.update(outageUpdate(id, readCause(failure.cause), Date.now()))
    if (isNew) logger.warn('The database does not respond; nothing starts until it does')
    const outage = await table.get<Outage>(OUTAGE_KEY)
    if (outage) await messages.sendOutage(outage)
  } catch (error) {
    logger.warn('The outage could not be recorded; the next request checks the database itself', error as Error)
  }
}
