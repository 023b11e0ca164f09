/**
 * Announces a download on the topic and the event bus. The topic passes the notice to everything that notifies
 * somebody.
 */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns'
import { LANGUAGES } from '../../statemachine/contract.ts'
import { EVENT_SOURCE, EVENT_TYPE, eventOf } from '../../statemachine/event.ts'
import { METRICS } from '../../statemachine/metrics.ts'
import type { Notice } from '../../statemachine/notice.ts'
import { connect, limits } from './clients.ts'
import { oneOf, optional, readConfig, text, url, wholeNumber } from './config.ts'
import { env } from './environment.ts'
import { linkOf } from './file-link.ts'
import { operatorMail } from './mail/operator.ts'
import { count } from './metrics.ts'
import { once, Refused } from './once.ts'
import { publishTo } from './publish.ts'
import { logger } from './step.ts'
import { Table } from './table.ts'

const config = readConfig({
  [env.TOPIC_ARN]: text,
  [env.TABLE]: text,
  [env.OWN_SUBSCRIPTIONS]: wholeNumber({ min: 0 }),
  [env.OPERATOR_LANGUAGE]: oneOf(LANGUAGES),
  [env.CONSOLE_URL]: optional(url),
  [env.COMMAND_OPTIONS]: optional(text),
  /** Whether the requester gets a mail of their own; if not, the topic's mail has the link. */
  [env.REQUESTER_MAIL]: oneOf(['on', 'off']),
})
const sns = connect(SNSClient, limits.publish)
const events = connect(EventBridgeClient, limits.call)
const table = new Table(config[env.TABLE])

/**
 * @param deadline epoch milliseconds until which to wait for another invocation that announces the same
 * @throws FileIncomplete if the file is gone
 */
export async function announce(notice: Notice, deadline: number): Promise<void> {
  const link = notice.status === 'ready' ? await linkOf(notice) : null
  const isNew = await once(
    table,
    notice,
    'publish',
    async () => {
      await publish(notice, config[env.REQUESTER_MAIL] === 'on' ? null : link)
      return {}
    },
    deadline,
  )
  logger.info(isNew ? 'Announced' : 'Announced already', { notice: notice.name })
  await tellBus(notice, deadline)
  await countSubscribers()
}

async function publish(notice: Notice, link: Awaited<ReturnType<typeof linkOf>>) {
  const mail = operatorMail(notice, config[env.OPERATOR_LANGUAGE], link, {
    consoleAt: config[env.CONSOLE_URL],
    commandOptions: config[env.COMMAND_OPTIONS],
  })
  const { status, export: name, requestedBy } = notice
  await publishTo(sns, config[env.TOPIC_ARN], { mail, data: notice, attributes: { status, export: name, requestedBy } })
}

/** The announcement is done by then, so the count must not delay its end. */
const COUNT_MILLIS = 4_000

/**
 * Counts subscribers, so that a topic without any raises an alarm at the first download, before the first failure goes
 * unnoticed.
 */
async function countSubscribers() {
  try {
    const command = new GetTopicAttributesCommand({ TopicArn: config[env.TOPIC_ARN] })
    const { Attributes } = await sns.send(command, { abortSignal: AbortSignal.timeout(COUNT_MILLIS) })
    const others = Number(Attributes?.SubscriptionsConfirmed) - config[env.OWN_SUBSCRIPTIONS]
    if (Number.isFinite(others)) count({ [METRICS.subscribers]: Math.max(0, others) })
  } catch (error) {
    logger.warn('The topic’s subscriptions could not be counted', error as Error)
  }
}

/**
 * Sends the event to the event bus. A failure here is only logged, because a retry would send the mail twice, and the
 * topic already has the notice.
 */
async function tellBus(notice: Notice, deadline: number) {
  const entry = {
    Source: EVENT_SOURCE,
    DetailType: EVENT_TYPE,
    Detail: JSON.stringify(eventOf(notice)),
    Resources: [notice.execution],
  }
  const put = async () => {
    const { FailedEntryCount, Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }))
    if (FailedEntryCount) throw new Refused(`EventBridge refused the event: ${Entries?.[0]?.ErrorCode}`)
    return {}
  }
  try {
    await once(table, notice, 'event', put, deadline)
  } catch (error) {
    logger.error('The event could not be sent to the event bus', error as Error)
  }
}
