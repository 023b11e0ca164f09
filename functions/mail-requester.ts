import { SESv2Client, SESv2ServiceException, SendEmailCommand } from '@aws-sdk/client-sesv2'
import type { Context, SQSEvent } from 'aws-lambda'
import { isNotice, type Notice } from '../statemachine/notice.ts'
import { connect, limits } from './common/clients.ts'
import { optional, readConfig, text } from './common/config.ts'
import { env } from './common/environment.ts'
import { linkOf } from './common/file-link.ts'
import { htmlOf, textOf } from './common/mail/mail.ts'
import { type MailLink, requesterMail } from './common/mail/requester.ts'
import { once, Refused } from './common/once.ts'
import { retryLater } from './common/retry-later.ts'
import { logger, logRequest, step } from './common/step.ts'
import { Table } from './common/table.ts'

const config = readConfig({
  [env.TABLE]: text,
  [env.MAIL_FROM]: text,
  [env.MAIL_CONFIGURATION_SET]: text,
  [env.MAIL_TIME_ZONE]: optional(text),
})
const table = new Table(config[env.TABLE])
const ses = connect(SESv2Client, limits.publish)

/** Seconds to wait after the first, second, … failed attempt; the last value applies to all further ones. */
const RETRY_SECONDS = [5, 15, 60, 300, 900]

/** Mails the requester of one download. It is called by the queue behind the topic, which retries for hours. */
export const handler = step<SQSEvent, void>(async ({ Records }, context) => {
  const record = Records[0]!
  const notice = JSON.parse(record.body) as Notice
  if (!isNotice(notice)) return logger.info('The notice is not about a download')
  logRequest(notice.id)
  try {
    await mail(notice, context)
  } catch (error) {
    await retryLater(record, RETRY_SECONDS)
    throw error
  }
})

async function mail(notice: Notice, context: Context): Promise<void> {
  if (notice.requestedBy === null) return logger.info('The message has no address')
  const deadline = Date.now() + context.getRemainingTimeInMillis() / 2
  const { requestedBy: to } = notice
  // Made before the claim, which is only for the mail. Without its file no mail is sent at all.
  const link = notice.status === 'ready' ? await linkOf(notice) : null
  const isNew = await once(table, notice, 'mail', () => send(notice, to, link), deadline)
  logger.info(isNew ? 'Mailed' : 'Mailed already', { notice: notice.name })
}

async function send(notice: Notice, to: string, link: MailLink | null): Promise<Record<string, string>> {
  const mail = requesterMail(notice, link, config[env.MAIL_TIME_ZONE] ?? null)
  const { alsoTo } = notice
  const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' })
  const command = new SendEmailCommand({
    FromEmailAddress: config[env.MAIL_FROM],
    Destination: { ToAddresses: [to], ...(alsoTo && { BccAddresses: [...alsoTo] }) },
    ConfigurationSetName: config[env.MAIL_CONFIGURATION_SET],
    EmailTags: [
      { Name: 'carryout-id', Value: notice.id },
      // A tag's value may contain only letters, digits, - and _.
      { Name: 'carryout-notice', Value: notice.name.replace('#', '-') },
    ],
    Content: {
      Simple: {
        Subject: utf8(mail.subject),
        Body: { Text: utf8(textOf(mail)), Html: utf8(htmlOf(mail)) },
        // Keeps out-of-office programs from replying.
        Headers: [{ Name: 'Auto-Submitted', Value: 'auto-generated' }],
      },
    },
  })
  const { MessageId = '' } = await ses.send(command).catch((error: unknown) => {
    const isAnswer = error instanceof SESv2ServiceException && (error.$metadata.httpStatusCode ?? 500) < 500
    throw isAnswer ? new Refused(`SES answered ${error.name}: ${error.message}`, { cause: error }) : error
  })
  return { messageId: MessageId }
}
