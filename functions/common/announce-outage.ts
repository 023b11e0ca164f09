/**
 * Tells the operator that nothing starts because the database does not respond, and that it responds again; each once.
 */
import { SNSClient } from '@aws-sdk/client-sns'
import { LANGUAGES } from '../../statemachine/contract.ts'
import type { OutageEvent } from '../../statemachine/outage.ts'
import { connect, limits } from './clients.ts'
import { oneOf, optional, readConfig, text } from './config.ts'
import { env } from './environment.ts'
import { outageMail } from './mail/outage.ts'
import { once } from './once.ts'
import { publishTo } from './publish.ts'
import { logger } from './step.ts'
import { Table } from './table.ts'

const config = readConfig({
  [env.TOPIC_ARN]: text,
  [env.TABLE]: text,
  [env.OPERATOR_LANGUAGE]: oneOf(LANGUAGES),
  [env.COMMAND_OPTIONS]: optional(text),
})
const sns = connect(SNSClient, limits.publish)
const table = new Table(config[env.TABLE])

/** Takes the place of a download's id, which cannot contain this character. */
const ID = '#outage'

/** @param deadline epoch milliseconds until which to wait for another invocation that announces the same */
export async function announceOutage(event: OutageEvent, deadline: number): Promise<void> {
  const { outage, endedAt } = event
  const name = `${endedAt === null ? 'begun' : 'ended'}#${outage.since}`
  const region = config[env.TOPIC_ARN].split(':')[3]!
  const mail = outageMail(event, config[env.OPERATOR_LANGUAGE], { region, options: config[env.COMMAND_OPTIONS] })
  // For subscribers to failures. The stack's own queues have no use for it, and recognize it by its status.
  const publication = {
    mail,
    data: { status: endedAt === null ? 'held' : 'resumed', ...event },
    attributes: { status: 'failed' },
  }
  const work = async () => {
    await publishTo(sns, config[env.TOPIC_ARN], publication)
    return {}
  }
  const isNew = await once(table, { id: ID, name }, 'publish', work, deadline)
  logger.info(isNew ? 'Told the operator of the outage' : 'The operator had already been told', { name })
}
