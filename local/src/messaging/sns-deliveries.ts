/** How SNS delivers a published message to each kind of subscriber: a queue, a function, a mailbox. */
import { randomUUID } from 'node:crypto'
import { mailbox } from '../mail/mime.ts'
import type { Outbox } from '../mail/outbox.ts'
import { AwsError } from '../protocol.ts'
import type { Attributes, Fauxqs, Subscription, Topic } from './fauxqs.ts'
import { SENDER, withFooter } from './mail.ts'
import { send } from './send.ts'

interface Notification {
  topic: Topic
  subscription: Subscription
  message: string
  subject: string | undefined
  attributes: Attributes
  MessageId: string
  /** Of a FIFO topic's message. */
  fifo: FifoIds | undefined
}

export interface FifoIds {
  MessageGroupId: string
  MessageDeduplicationId: string
}

type MayDeliver = (action: string, endpoint: string, topicArn: string) => boolean
type InvokeLater = (functionArn: string, payload: string, requestId: string) => void

export interface Deliveries {
  deliver(notification: Notification): void
  /** Sets how subscribed functions are called; before that they are not notified. */
  bindFunctions(invokeLater: InvokeLater): void
  /** Sets whether a topic may deliver to a queue or a function; before that all may. */
  bindPolicies(may: MayDeliver): void
}

/** Used for a topic without a display name. */
const SENDER_NAME = 'AWS Notifications'
/** The signature cannot be verified, because the topic does not exist on AWS. */
const SIGNATURE = { SignatureVersion: '1', Signature: 'local' }
const CERTIFICATE_URL = 'https://sns.invalid/local.pem'
const DEFAULT_SUBJECT = 'AWS Notification Message'

/** @param options.unsubscribeUrl the page that ends a subscription, without its query */
export function createDeliveries(options: { fauxqs: Fauxqs; outbox: Outbox; unsubscribeUrl: string }): Deliveries {
  const { fauxqs, outbox, unsubscribeUrl } = options
  let invokeLater: InvokeLater = () => undefined
  let mayDeliver: MayDeliver = () => true

  const unsubscribeLink = ({ arn }: Subscription) =>
    `${unsubscribeUrl}?${new URLSearchParams({ SubscriptionArn: arn })}`

  /** Delivers to a queue. A queue that does not exist or refuses the message does not get it. */
  function tellQueue({ topic, subscription, message, subject, attributes, MessageId, fifo }: Notification) {
    const queue = fauxqs.sqs.getQueueByArn(subscription.endpoint)
    if (!queue) return
    const raw = subscription.attributes.RawMessageDelivery === 'true'
    const envelope = {
      ...{ Type: 'Notification', MessageId, TopicArn: topic.arn },
      ...(subject === undefined ? {} : { Subject: subject }),
      ...{ Message: message, Timestamp: new Date().toISOString(), ...SIGNATURE },
      ...{ SigningCertURL: CERTIFICATE_URL, UnsubscribeURL: unsubscribeLink(subscription) },
      ...(Object.keys(attributes).length === 0 ? {} : { MessageAttributes: attributesSent(attributes) }),
    }
    try {
      send(fauxqs, queue, {
        MessageBody: raw ? message : JSON.stringify(envelope),
        ...(raw ? { MessageAttributes: attributes } : {}),
        ...(queue.isFifo() ? fifo : {}),
      })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
    }
  }

  /** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
  function tellFunction({ topic, subscription, message, subject, attributes, MessageId }: Notification) {
    const Sns = {
      ...{ Type: 'Notification', MessageId, TopicArn: topic.arn, Subject: subject ?? null, Message: message },
      Timestamp: new Date().toISOString(),
      ...{ ...SIGNATURE, SigningCertUrl: CERTIFICATE_URL },
      UnsubscribeUrl: unsubscribeLink(subscription),
      MessageAttributes: attributesSent(attributes),
    }
    const record = { EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: subscription.arn, Sns }
    invokeLater(subscription.endpoint, JSON.stringify({ Records: [record] }), randomUUID())
  }

  function mail({ topic, subscription, message, subject, MessageId }: Notification) {
    const url = unsubscribeLink(subscription)
    const envelope = {
      Type: 'Notification',
      MessageId,
      TopicArn: topic.arn,
      ...(subject === undefined ? {} : { Subject: subject }),
      Message: message,
      Timestamp: new Date().toISOString(),
      UnsubscribeURL: url,
    }
    const from = topic.attributes.DisplayName || SENDER_NAME
    outbox.deliver({
      to: subscription.endpoint,
      from,
      message: {
        from: mailbox(from, SENDER),
        to: [subscription.endpoint],
        subject: subject ?? DEFAULT_SUBJECT,
        text: subscription.protocol === 'email-json' ? JSON.stringify(envelope, null, 2) : withFooter(message, url),
      },
      domain: 'sns.amazonaws.com',
      topicArn: topic.arn,
      subscriptionArn: subscription.arn,
    })
  }

  return {
    deliver(notification) {
      const { topic, subscription } = notification
      const { protocol, endpoint } = subscription
      if (protocol === 'sqs' && mayDeliver('sqs:SendMessage', endpoint, topic.arn)) tellQueue(notification)
      else if (protocol === 'lambda' && mayDeliver('lambda:InvokeFunction', endpoint, topic.arn)) {
        tellFunction(notification)
      } else if (protocol.startsWith('email')) mail(notification)
    },
    bindPolicies(may) {
      mayDeliver = may
    },
    bindFunctions(invoke) {
      invokeLater = invoke
    },
  }
}

function attributesSent(attributes: Attributes): Record<string, { Type: string; Value: string }> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? BinaryValue ?? '' },
    ]),
  )
}
