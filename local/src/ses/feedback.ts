/**
 * Events about a mail for the configuration set's destinations. On a laptop every mail is delivered, except those to
 * SES's mailbox simulator, which bounce and complain as on AWS.
 *
 * @see https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 */
import { randomUUID } from 'node:crypto'
import { isSimulator } from './send-email.ts'

/** The types of events, with CloudFormation's names. */
export type EventType = 'send' | 'delivery' | 'bounce' | 'complaint'

export interface Sent {
  messageId: string
  from: string
  sourceArn: string
  accountId: string
  recipients: string[]
  subject: string
  tags: Record<string, string[]>
  at: Date
}

export interface MailEvent {
  type: EventType
  /** EventBridge's name of the event. */
  detailType: string
  /** The message to SNS, and the detail of EventBridge's event. */
  event: object
}

/** Whether SES would deliver the mail to the recipient's server. */
export function arrives(recipient: string): boolean {
  return !['bounce', 'suppressed'].includes(fateOf(recipient))
}

/** Returns the events of a mail, in order. */
export function eventsOf(sent: Sent): MailEvent[] {
  const { messageId, from, sourceArn, accountId, recipients, subject, tags, at } = sent
  const timestamp = at.toISOString()
  const mail = {
    ...{ timestamp, source: from, sourceArn, sendingAccountId: accountId, messageId, destination: recipients },
    headersTruncated: false,
    headers: [],
    commonHeaders: { from: [from], to: recipients, messageId, subject },
    tags,
  }
  const events: MailEvent[] = [{ type: 'send', detailType: 'Email Sent', event: { eventType: 'Send', mail, send: {} } }]
  const delivered = recipients.filter(arrives)
  if (delivered.length > 0) {
    const delivery = {
      ...{ timestamp, processingTimeMillis: 1, recipients: delivered },
      smtpResponse: '250 2.6.0 Message received',
      reportingMTA: 'local.amazonses.com',
    }
    events.push({ type: 'delivery', detailType: 'Email Delivered', event: { eventType: 'Delivery', mail, delivery } })
  }
  for (const emailAddress of recipients) {
    const fate = fateOf(emailAddress)
    const feedbackId = randomUUID()
    if (fate === 'bounce' || fate === 'suppressed') {
      const bounce = {
        bounceType: 'Permanent',
        bounceSubType: fate === 'bounce' ? 'General' : 'Suppressed',
        bouncedRecipients: [
          {
            ...{ emailAddress, action: 'failed', status: '5.1.1' },
            diagnosticCode: 'smtp; 550 5.1.1 user unknown',
          },
        ],
        ...{ timestamp, feedbackId, reportingMTA: 'dns; local.amazonses.com' },
      }
      events.push({ type: 'bounce', detailType: 'Email Bounced', event: { eventType: 'Bounce', mail, bounce } })
    }
    if (fate === 'complaint') {
      const complaint = {
        complainedRecipients: [{ emailAddress }],
        ...{ timestamp, feedbackId, complaintFeedbackType: 'abuse' },
      }
      const event = { eventType: 'Complaint', mail, complaint }
      events.push({ type: 'complaint', detailType: 'Email Complaint Received', event })
    }
  }
  return events
}

function fateOf(recipient: string): 'success' | 'bounce' | 'complaint' | 'suppressed' {
  if (!isSimulator(recipient)) return 'success'
  const [box = ''] = recipient.toLowerCase().split(/[+@]/)
  if (box === 'suppressionlist') return 'suppressed'
  return box === 'bounce' || box === 'complaint' ? box : 'success'
}
