import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { z } from 'zod'
import type { Failed, Finished } from '../statemachine/contract.ts'
import { connect, limits } from './common/clients.ts'
import { readConfig } from './common/config.ts'
import { env } from './common/environment.ts'
import { signLink } from './common/link.ts'
import { failedMail } from './common/mail/failed.ts'
import { shown } from './common/mail/mail.ts'
import { readyMail } from './common/mail/ready.ts'
import { plainText } from './common/plain-text.ts'
import { readSecret } from './common/secrets.ts'
import { logger, logRequest, step } from './common/step.ts'

const config = readConfig({
  [env.TOPIC_ARN]: z.string(),
  [env.LINK_URL]: z.url(),
  [env.LINK_SECRET_ARN]: z.string(),
  [env.LINK_SECONDS]: z.coerce.number().int().positive(),
})
const sns = connect(SNSClient, limits.publish)

/** SNS takes 256 KiB, attributes included; nobody reads so much. */
const MESSAGE_BYTES = 64 * 1024

export interface NotifyInput {
  /** The execution's ARN. */
  execution: string
  document: Finished | Failed
}

/** Publishes “ready” with the link, or “failed” with the step, the reason and what to do. */
export const handler = step<NotifyInput, void>(async ({ execution, document }) => {
  logRequest(execution.split(':').at(-1))
  const status = 'failure' in document ? 'failed' : 'ready'
  const mail = 'failure' in document ? failedMail(document, execution) : readyMail(document, ...(await link(document)))
  await sns.send(
    new PublishCommand({
      TopicArn: config[env.TOPIC_ARN],
      Subject: mail.Subject,
      Message: plainText(mail.Message, MESSAGE_BYTES),
      ...attributes(status, document),
    }),
  )
  logger.info('Announced', { status })
})

async function link({ file }: Finished): Promise<[url: string, expiresAt: Date]> {
  const secret = await readSecret(config[env.LINK_SECRET_ARN], 300)
  const expires = Math.floor(Date.now() / 1000) + config[env.LINK_SECONDS]
  return [signLink(config[env.LINK_URL], { key: file.key, expires }, secret), new Date(expires * 1000)]
}

/** What subscriptions filter by. A request that could not be read has only a status. */
function attributes(status: 'ready' | 'failed', { request }: NotifyInput['document']) {
  const values = { status, export: shown(request?.export), requestedBy: shown(request?.requestedBy) }
  const present = Object.entries(values).filter(([, value]) => value !== undefined)
  return {
    MessageAttributes: Object.fromEntries(
      present.map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    ),
  }
}
