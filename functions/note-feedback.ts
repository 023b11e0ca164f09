import type { EventBridgeEvent } from 'aws-lambda'
import { METRICS } from '../statemachine/metrics.ts'
import { noticeKey } from '../statemachine/table.ts'
import { factUpdate } from '../statemachine/table-update.ts'
import { readConfig, text } from './common/config.ts'
import { env } from './common/environment.ts'
import { count } from './common/metrics.ts'
import { logger, logRequest, step } from './common/step.ts'
import { Table } from './common/table.ts'

const config = readConfig({ [env.TABLE]: text })
const table = new Table(config[env.TABLE])

/** @see https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html */
export interface MailFeedback {
  eventType: string
  mail: { tags?: Record<string, string[]> }
}

/** Records that a requester's mail bounced or its recipient complained, so that it is shown with the download. */
export const handler = step<EventBridgeEvent<string, MailFeedback>, void>(async ({ detail, time }) => {
  const [id] = detail.mail.tags?.['carryout-id'] ?? []
  const [tag] = detail.mail.tags?.['carryout-notice'] ?? []
  logRequest(id)
  count({ [METRICS.mailReturned]: 1 })
  if (id === undefined || tag === undefined) return logger.warn('Feedback about a mail without Carryout’s tags')
  const feedback = detail.eventType.toLowerCase()
  const notice = noticeKey(id, tag.replace(/^failed-/, 'failed#'))
  await table.update(factUpdate(notice, { feedback, feedbackAt: new Date(time).toISOString() }, Date.now()))
  logger.warn('A requester’s mail bounced or was complained about', { feedback })
})
