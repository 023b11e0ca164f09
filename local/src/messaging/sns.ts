/** SNS: fauxqs handles topics and subscriptions; publishing is implemented here, and e-mails go to the outbox. */

import { createHash, randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { MESSAGE_BYTES } from '../limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import { AwsError, type Handler } from '../protocol.ts'
import { awsQuery, type Form } from '../query.ts'
import type { Attributes, Fauxqs, Topic } from './fauxqs.ts'
import { passes } from './filter-policy.ts'
import { createDeliveries, type Deliveries, type FifoIds } from './sns-deliveries.ts'

export interface Publication {
  topicArn: string | undefined
  message: string | undefined
  subject?: string | undefined
  /** `json`: the message contains one text per protocol, and `default`. */
  structure?: string | undefined
  attributes?: Attributes
  group?: string | undefined
  deduplication?: string | undefined
}

export interface Sns extends Pick<Deliveries, 'bindFunctions' | 'bindPolicies'> {
  handler: Handler
  /** Publishes in-process, for Step Functions integrations. @throws AwsError */
  publish(publication: Publication): Promise<{ MessageId: string }>
}

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/'
const SUBJECT_CHARACTERS = 100

/** @param options.unsubscribeUrl the page that ends a subscription, without its query */
export function createSns(options: { fauxqs: Fauxqs; outbox: Outbox; unsubscribeUrl: string }): Sns {
  const { fauxqs } = options
  const deliveries = createDeliveries(options)

  async function publish(publication: Publication): Promise<{ MessageId: string }> {
    const { topicArn, subject, attributes = {}, structure } = publication
    const topic = topicOf(fauxqs, topicArn)
    const message = checked(publication, fauxqs)
    const texts = structure === 'json' ? byProtocol(message) : undefined
    const MessageId = randomUUID()
    const fifo = topic.attributes.FifoTopic === 'true' ? fifoIds(topic, publication, message) : undefined
    for (const arn of topic.subscriptionArns) {
      const subscription = fauxqs.sns.getSubscription(arn)
      if (!subscription || !passes(subscription, message, attributes)) continue
      const own = texts?.[subscription.protocol] ?? texts?.default ?? message
      deliveries.deliver({ topic, subscription, message: own, subject, attributes, MessageId, fifo })
    }
    return { MessageId }
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
  const { bindFunctions, bindPolicies } = deliveries
  return { handler, publish, bindFunctions, bindPolicies }
}

function topicOf(fauxqs: Fauxqs, arn: string | undefined): Topic {
  if (arn === undefined) throw invalid('TopicArn or TargetArn Reason: no value for required parameter')
  const topic = fauxqs.sns.getTopic(arn)
  if (!topic) throw new AwsError('NotFound', 'Topic does not exist', 404)
  return topic
}

/** Validates a message. @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
function checked({ message, subject, attributes = {} }: Publication, { internals }: Fauxqs): string {
  if (!message) throw invalid('Empty message')
  if (internals.calculateMessageSize(message, attributes) > MESSAGE_BYTES) throw invalid('Message too long')
  // A subject begins with a letter, number or punctuation, and has less than 100 ASCII characters without line breaks.
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

/** @throws AwsError if a FIFO topic lacks what it needs */
function fifoIds({ attributes }: Topic, { group, deduplication }: Publication, message: string): FifoIds {
  if (!group) throw invalid('The MessageGroupId parameter is required for FIFO topics')
  const byContent = attributes.ContentBasedDeduplication === 'true'
  const id = deduplication ?? (byContent ? createHash('sha256').update(message).digest('hex') : undefined)
  if (!id) {
    throw invalid(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    )
  }
  return { MessageGroupId: group, MessageDeduplicationId: id }
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
