import { SFNClient } from '@aws-sdk/client-sfn'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { METRICS } from '../statemachine/metrics.ts'
import { isOutageMessage } from '../statemachine/outage.ts'
import { MESSAGE_GROUP } from '../statemachine/request.ts'
import { connect, limits } from './common/clients.ts'
import { readConfig, text, wholeNumber } from './common/config.ts'
import { env } from './common/environment.ts'
import { Executions } from './common/executions.ts'
import { Hold } from './common/hold.ts'
import { Messages } from './common/messages.ts'
import { count } from './common/metrics.ts'
import { Outages } from './common/outage.ts'
import { Replays } from './common/replays.ts'
import { logger, logRequest, step } from './common/step.ts'
import { Table } from './common/table.ts'
import { toTurn } from './common/turn.ts'
import { Turns } from './common/turns.ts'
import { noteUndeliverable } from './common/undeliverable.ts'

const config = readConfig({
  [env.QUEUE_URL]: text,
  [env.STATE_MACHINE_ARN]: text,
  [env.MAX_RECEIVES]: wholeNumber({ min: 1 }),
  [env.MAX_RUNNING]: wholeNumber({ min: 1 }),
  [env.TABLE]: text,
  [env.EXPORT_CHUNK_FUNCTION]: text,
  [env.NOTIFY_FUNCTION]: text,
})
const messages = new Messages(connect(SQSClient, limits.handBack), config[env.QUEUE_URL])
const executions = new Executions(connect(SFNClient, limits.call), config[env.STATE_MACHINE_ARN])
const table = new Table(config[env.TABLE])
const turns = new Turns(table, executions, new Replays(table, executions))
const outages = new Outages(table, {
  exportChunk: config[env.EXPORT_CHUNK_FUNCTION],
  notify: config[env.NOTIFY_FUNCTION],
})
const hold = new Hold(table, outages)
const maxRunning = config[env.MAX_RUNNING]

/** The time that is left when the function stops waiting, in which it returns the message. */
const RESERVE_MILLIS = 15_000
const RETRY_SECONDS = 30
/**
 * Not 0: if the message were delivered before this invocation has ended, it would be throttled, and throttles raise an
 * alarm.
 */
const AGAIN_SECONDS = 1
const DONE: SQSBatchResponse = { batchItemFailures: [] }

/**
 * Starts one execution once fewer than `maxRunning` run: of all that wait, the one whose turn it is. The FIFO queue
 * calls it with batches of one; while it waits, no other message of the group is delivered.
 */
export const handler = step<SQSEvent, SQSBatchResponse>(async (event, context) => {
  const record = event.Records[0]!
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MILLIS
  if (isOutageMessage(record.body)) return await awaitDatabase(record, deadline)
  logRequest(toTurn(record).name)
  countWaiting(Number(record.attributes.SentTimestamp))
  try {
    if (record.attributes.MessageGroupId !== MESSAGE_GROUP) return await regroup(record)
    return (await takeTurn(record, deadline)) ?? (await handBack(record, AGAIN_SECONDS))
  } catch (error) {
    count({ [METRICS.notStarted]: 1 })
    logger.error('Nothing could be started; the message will be retried', error as Error)
    return await handBack(record, RETRY_SECONDS)
  }
})

/**
 * Checks the database repeatedly during an outage, even if no request waits. At the deadline it goes to the end of the
 * queue, behind waiting requests.
 */
async function awaitDatabase(record: SQSRecord, deadline: number): Promise<SQSBatchResponse> {
  try {
    return (await hold.waitUntilFree(deadline)) ? DONE : await sendAgain(record)
  } catch (error) {
    logger.error('The outage’s message could not be sent again; it will be delivered again', error as Error)
    return await messages.handBack(record, RETRY_SECONDS)
  }
}

/** @returns undefined if no slot is free, or a pause or an outage lasts, beyond the deadline */
async function takeTurn(record: SQSRecord, deadline: number): Promise<SQSBatchResponse | undefined> {
  if (!(await hold.waitUntilFree(deadline))) return undefined
  const met = await turns.meet(toTurn(record), record, deadline)
  if (!met) {
    logger.info('The message was already handled; its execution exists')
    return DONE
  }
  if (met.requestedAt !== undefined) countWaiting(Date.parse(met.requestedAt))
  // Messages behind it may belong to other requesters whose turn it is. Only a message whose request was not in the
  // order yet goes to the end for that.
  if (met.isNew && !(await executions.hasSlot(maxRunning, deadline))) return await sendAgain(record)
  const started = await turns.startNext(met.turn, record, { deadline, maxRunning, free: () => waitForSlot(deadline) })
  if (!started) {
    logger.info('No slot is free, or downloads are on hold; the message returns to the head of the queue')
    return undefined
  }
  if (started === 'done') return DONE
  const { name, redriveCount, isOwn } = started
  if (!(await executions.waitUntilVisible(name, redriveCount, deadline))) logger.warn('The execution is not listed yet')
  return isOwn ? DONE : await sendAgain(record)
}

/** @param since epoch milliseconds */
function countWaiting(since: number) {
  count({ [METRICS.waiting]: Math.max(0, (Date.now() - since) / 1000) })
}

async function handBack(record: SQSRecord, seconds: number): Promise<SQSBatchResponse> {
  const answer = await messages.handBack(record, seconds)
  await noteUndeliverable(table, record, config[env.MAX_RECEIVES])
  return answer
}

/** The check for a pause or an outage comes last, so that nothing starts after one began. */
async function waitForSlot(deadline: number): Promise<boolean> {
  while (await executions.waitForSlot(maxRunning, deadline)) {
    if (await hold.isFree(deadline)) return true
    if (!(await hold.waitUntilFree(deadline))) return false
  }
  return false
}

/** Sends the request to the end of the queue. It keeps a message of its own while it waits. */
async function sendAgain(record: SQSRecord): Promise<SQSBatchResponse> {
  await messages.sendAgain(record)
  return DONE
}

/**
 * Moves a message of another group to the end of the common group. It would otherwise be delivered beside the one that
 * waits for its turn, and both would see the same free slot. Its sender should use `MESSAGE_GROUP`.
 */
async function regroup(record: SQSRecord): Promise<SQSBatchResponse> {
  const { MessageGroupId } = record.attributes
  logger.warn(`The message’s group was not ${MESSAGE_GROUP}; it was moved to that group`, { MessageGroupId })
  return await sendAgain(record)
}
