import { createHmac } from 'node:crypto'
import type { SQSEvent } from 'aws-lambda'
import { eventOf } from '../statemachine/event.ts'
import { isNotice, type Notice } from '../statemachine/notice.ts'
import { readConfig, text, url } from './common/config.ts'
import { env } from './common/environment.ts'
import { once, Refused } from './common/once.ts'
import { retryLater } from './common/retry-later.ts'
import { readSecret } from './common/secrets.ts'
import { logger, logRequest, step } from './common/step.ts'
import { Table } from './common/table.ts'

const config = readConfig({
  [env.TABLE]: text,
  [env.WEBHOOK_URL]: url,
  [env.WEBHOOK_SECRET_ARN]: text,
})
const table = new Table(config[env.TABLE])

/** The specification requires receivers to answer within 15 seconds. */
const ANSWER_MILLIS = 15_000
/** Seconds to wait after the first, second, … failed attempt; the last value applies to all further ones. */
const RETRY_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000]

/**
 * Calls the app's webhook, signed according to Standard Webhooks. Any response but success is retried for two days;
 * then the message moves to the dead-letter queue.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const handler = step<SQSEvent, void>(async ({ Records }, context) => {
  const record = Records[0]!
  const notice = JSON.parse(record.body) as Notice
  if (!isNotice(notice)) return logger.info('The notice is not about a download')
  logRequest(notice.id)
  const deadline = Date.now() + context.getRemainingTimeInMillis() / 2
  try {
    const isNew = await once(table, notice, 'webhook', () => call(notice), deadline)
    logger.info(isNew ? 'The webhook was called' : 'The webhook had already been called', { notice: notice.name })
  } catch (error) {
    await retryLater(record, RETRY_SECONDS)
    throw error
  }
})

async function call(notice: Notice): Promise<Record<string, string>> {
  const secret = await readSecret(config[env.WEBHOOK_SECRET_ARN], 300)
  const { noticeId, ...data } = eventOf(notice)
  const body = JSON.stringify({ type: `download.${notice.status}`, timestamp: notice.at, data })
  const timestamp = String(Math.floor(Date.now() / 1000))
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${noticeId}.${timestamp}.${body}`).digest('base64')
  const response = await fetch(config[env.WEBHOOK_URL], {
    method: 'POST',
    redirect: 'manual',
    signal: AbortSignal.timeout(ANSWER_MILLIS),
    headers: {
      'content-type': 'application/json',
      'webhook-id': noticeId,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  })
  await response.body?.cancel()
  if (!response.ok) throw new Refused(`The webhook answered ${response.status}.`)
  return {}
}
