/** SNS: fauxqs for topics, subscriptions and delivery to queues; the rest is delivered here, e-mails into the outbox. */
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { mailbox } from '../mail/mime.ts'
import type { Outbox } from '../mail/outbox.ts'
import { AwsError, type Handler } from '../protocol.ts'
import { awsQuery, type Form } from '../query.ts'
import type { Attributes, Fauxqs, Subscription, Topic } from './fauxqs.ts'
import { SENDER, withFooter } from './mail.ts'

export interface Publication {
  topicArn: string | undefined
  message: string | undefined
  subject?: string | undefined
  /** `json`: the message holds one text per protocol, and `default`. */
  structure?: string | undefined
  attributes?: Attributes
  group?: string | undefined
  deduplication?: string | undefined
}

interface Notification {
  topic: Topic
  subscription: Subscription
  message: string
  subject: string | undefined
  attributes: Attributes
  MessageId: string
}

export interface Sns {
  handler: Handler
  /** Publishes in-process, as a Step Functions integration does. @throws AwsError */
  publish(publication: Publication): Promise<{ MessageId: string }>
  /** Says how functions that are subscribed are called; before, they are told nothing. */
  bindFunctions(invokeLater: InvokeLater): void
}

type InvokeLater = (functionArn: string, payload: string, requestId: string) => void

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/'
const MESSAGE_BYTES = 262_144
const SUBJECT_CHARACTERS = 100
/** Where a topic has no display name. */
const SENDER_NAME = 'AWS Notifications'
const DEFAULT_SUBJECT = 'AWS Notification Message'

/** @param options.unsubscribeUrl the page that ends a subscription, without its query. */
export function createSns(options: { fauxqs: Fauxqs; outbox: Outbox; unsubscribeUrl: string }): Sns {
  const { fauxqs, outbox, unsubscribeUrl } = options
  let invokeLater: InvokeLater = () => undefined

  async function publish(publication: Publication): Promise<{ MessageId: string }> {
    const { topicArn, subject, attributes = {}, structure } = publication
    const topic = topicOf(fauxqs, topicArn)
    const message = checked(publication, fauxqs)
    const texts = structure === 'json' ? byProtocol(message) : undefined
    const MessageId = await fanOut(topic, {
      ...publication,
      message: texts ? (texts.sqs ?? (texts.default as string)) : message,
    })
    for (const arn of topic.subscriptionArns) {
      const subscription = fauxqs.sns.getSubscription(arn)
      if (!subscription || subscription.protocol === 'sqs') continue
      if (!passes(subscription, message, attributes, fauxqs)) continue
      const own = texts?.[subscription.protocol] ?? texts?.default ?? message
      const notification = { topic, subscription, message: own, subject, attributes, MessageId }
      if (subscription.protocol === 'lambda') tellFunction(notification)
      else if (subscription.protocol.startsWith('email')) mail(notification)
    }
    return { MessageId }
  }

  /** To the topic's queues. */
  async function fanOut(topic: Topic, publication: Publication & { message: string }): Promise<string> {
    const form = new URLSearchParams({ Action: 'Publish', TopicArn: topic.arn, Message: publication.message })
    const optional = {
      Subject: publication.subject,
      MessageGroupId: publication.group,
      MessageDeduplicationId: publication.deduplication,
    }
    for (const [name, value] of Object.entries(optional)) if (value !== undefined) form.set(name, value)
    for (const [index, [name, value]] of Object.entries(publication.attributes ?? {}).entries()) {
      const entry = `MessageAttributes.entry.${index + 1}`
      form.set(`${entry}.Name`, name)
      for (const [field, text] of Object.entries(value))
        if (text !== undefined) form.set(`${entry}.Value.${field}`, text)
    }
    const { status, body } = await fauxqs.ask({
      headers: { 'content-type': 'application/x-www-form-urlencoded', host: 'localhost' },
      body: String(form),
    })
    const element = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(body)?.[1] ?? ''
    if (status !== 200) throw new AwsError(element('Code'), element('Message'), status)
    return element('MessageId')
  }

  const unsubscribeLink = ({ arn }: Subscription) =>
    `${unsubscribeUrl}?${new URLSearchParams({ SubscriptionArn: arn })}`

  /** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
  function tellFunction({ topic, subscription, message, subject, attributes, MessageId }: Notification) {
    const entries = Object.entries(attributes).map(
      ([name, { DataType, StringValue, BinaryValue }]) =>
        [name, { Type: DataType, Value: StringValue ?? BinaryValue ?? '' }] as const,
    )
    const Sns = {
      ...{ Type: 'Notification', MessageId, TopicArn: topic.arn, Subject: subject ?? null, Message: message },
      Timestamp: new Date().toISOString(),
      // Nobody can check the signature of a topic that is on no AWS.
      ...{ SignatureVersion: '1', Signature: 'local', SigningCertUrl: 'https://sns.invalid/local.pem' },
      UnsubscribeUrl: unsubscribeLink(subscription),
      MessageAttributes: Object.fromEntries(entries),
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

  async function publishBatch(form: Form) {
    topicOf(fauxqs, form.TopicArn)
    const entries = batchEntries(form)
    if (entries.length === 0) throw new AwsError('EmptyBatchRequest', "The batch request doesn't contain any entries.")
    if (entries.length > 10) {
      throw new AwsError('TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible.')
    }
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
      throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.')
    }
    const Successful: { Id: string; MessageId: string }[] = []
    const Failed: { Id: string; Code: string; Message: string; SenderFault: boolean }[] = []
    for (const { Id, ...entry } of entries) {
      try {
        Successful.push({ Id, ...(await publish({ ...entry, topicArn: form.TopicArn })) })
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        Failed.push({ Id, Code: error.code, Message: error.message, SenderFault: error.status < 500 })
      }
    }
    return { Successful, Failed }
  }

  const operations = {
    Publish: async (form: Form) =>
      await publish({ ...publicationOf(form, ''), topicArn: form.TopicArn ?? form.TargetArn }),
    PublishBatch: publishBatch,
  }
  const handler = awsQuery(NAMESPACE, operations, async (body, { headers }, response: ServerResponse) => {
    const answer = await fauxqs.ask({
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        host: headers.host ?? '',
        ...(headers.authorization === undefined ? {} : { authorization: headers.authorization }),
      },
      body,
    })
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  return {
    handler,
    publish,
    bindFunctions(invoke) {
      invokeLater = invoke
    },
  }
}

function topicOf(fauxqs: Fauxqs, arn: string | undefined): Topic {
  if (arn === undefined) throw invalid('TopicArn or TargetArn Reason: no value for required parameter')
  const topic = fauxqs.sns.getTopic(arn)
  if (!topic) throw new AwsError('NotFound', 'Topic does not exist', 404)
  return topic
}

/** The message, once it is what SNS takes. @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
function checked({ message, subject, attributes = {} }: Publication, { internals }: Fauxqs): string {
  if (!message) throw invalid('Empty message')
  if (internals.calculateMessageSize(message, attributes) > MESSAGE_BYTES) throw invalid('Message too long')
  // It begins with a letter, a number or punctuation, and is shorter than 100 characters of ASCII without line breaks.
  if (subject !== undefined && (!/^[!-~][ -~]*$/.test(subject) || subject.length >= SUBJECT_CHARACTERS)) {
    throw invalid('Subject')
  }
  return message
}

function byProtocol(message: string): Record<string, string | undefined> {
  let texts: Record<string, string | undefined>
  try {
    texts = JSON.parse(message) as Record<string, string | undefined>
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse')
  }
  if (typeof texts.default !== 'string') throw invalid('Message Structure - No default entry in JSON message body')
  return texts
}

function passes(
  { attributes: own }: Subscription,
  message: string,
  attributes: Attributes,
  { internals }: Fauxqs,
): boolean {
  if (!own.FilterPolicy) return true
  const policy = JSON.parse(own.FilterPolicy) as Record<string, unknown>
  return own.FilterPolicyScope === 'MessageBody'
    ? internals.matchesFilterPolicyOnBody(policy, message)
    : internals.matchesFilterPolicy(policy, attributes)
}

function publicationOf(form: Form, prefix: string): Omit<Publication, 'topicArn'> {
  return {
    message: form[`${prefix}Message`],
    subject: form[`${prefix}Subject`],
    structure: form[`${prefix}MessageStructure`],
    group: form[`${prefix}MessageGroupId`],
    deduplication: form[`${prefix}MessageDeduplicationId`],
    attributes: attributesOf(form, `${prefix}MessageAttributes.entry.`),
  }
}

function attributesOf(form: Form, prefix: string): Attributes {
  const attributes: Attributes = {}
  for (let index = 1; form[`${prefix}${index}.Name`] !== undefined; index++) {
    const value = (field: string) => form[`${prefix}${index}.Value.${field}`]
    const [text, binary] = [value('StringValue'), value('BinaryValue')]
    attributes[form[`${prefix}${index}.Name`] as string] = {
      DataType: value('DataType') ?? '',
      ...(text === undefined ? {} : { StringValue: text }),
      ...(binary === undefined ? {} : { BinaryValue: binary }),
    }
  }
  return attributes
}

function batchEntries(form: Form) {
  const entries: ({ Id: string } & Omit<Publication, 'topicArn'>)[] = []
  for (let index = 1; ; index++) {
    const prefix = `PublishBatchRequestEntries.member.${index}.`
    const Id = form[`${prefix}Id`]
    if (Id === undefined) return entries
    entries.push({ Id, ...publicationOf(form, prefix) })
  }
}

function invalid(reason: string) {
  return new AwsError('InvalidParameter', `Invalid parameter: ${reason}`)
}
