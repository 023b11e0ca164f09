/** AWS::SNS::Topic and AWS::SNS::Subscription. */

import { z } from 'zod'
import { awsArn } from '../../arn.ts'
import type { Fauxqs } from '../../messaging/fauxqs.ts'
import { bool, type Making, type ResourceTypes, read, text, Unsupported } from '../resource.ts'

const PROTOCOLS = ['email', 'email-json', 'lambda', 'sqs']

const Endpoint = z.object({ Protocol: text, Endpoint: text })
const Topic = z.object({
  TopicName: text.optional(),
  DisplayName: text.optional(),
  FifoTopic: bool.optional(),
  ContentBasedDeduplication: bool.optional(),
  Subscription: z.array(Endpoint).default([]),
})
const Subscription = Endpoint.extend({
  TopicArn: text,
  FilterPolicy: z.record(z.string(), z.unknown()).optional(),
  FilterPolicyScope: text.optional(),
  RawMessageDelivery: bool.optional(),
})

/**
 * @param own is called with each topic's ARN; services then need a policy to use the topic.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html
 */
export function snsTypes({ sns }: Fauxqs, own: (arn: string) => void = () => undefined): ResourceTypes {
  function subscribe(
    making: Making,
    topicArn: string,
    protocol: string,
    endpoint: string,
    attributes: Record<string, string>,
  ) {
    if (!PROTOCOLS.includes(protocol)) {
      throw new Unsupported(
        `${making.type} ${making.logicalId}: the protocol ${protocol} is not supported, only ${PROTOCOLS.join(', ')}.`,
      )
    }
    const existing = sns
      .listSubscriptionsByTopic(topicArn)
      .subscriptions.find((candidate) => candidate.protocol === protocol && candidate.endpoint === endpoint)
    if (existing) {
      existing.attributes = attributes
      existing.parsedFilterPolicy = undefined
      sns.persistence?.updateSubscriptionAttributes(existing.arn, attributes)
      return existing.arn
    }
    const made = sns.subscribe(topicArn, protocol, endpoint, attributes)
    if (!made) throw new Error(`there is no topic ${topicArn}.`)
    return made.arn
  }

  return {
    'AWS::SNS::Topic': {
      make(making) {
        const { TopicName, Subscription: endpoints, ...properties } = read(Topic, making)
        const name = TopicName ?? `${making.generatedName}${properties.FifoTopic ? '.fifo' : ''}`
        const attributes = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, String(value)]))
        const existing = sns.getTopic(awsArn('sns', name, making.stack))
        const topic = existing ?? sns.createTopic(name, attributes, undefined, making.stack.region)
        topic.attributes = attributes
        sns.persistence?.updateTopicAttributes(topic.arn, attributes)
        for (const { Protocol, Endpoint } of endpoints) subscribe(making, topic.arn, Protocol, Endpoint, {})
        own(topic.arn)
        return { ref: topic.arn, attributes: { TopicArn: topic.arn, TopicName: name } }
      },
    },
    'AWS::SNS::Subscription': {
      make(making) {
        const { TopicArn, Protocol, Endpoint, FilterPolicy, ...rest } = read(Subscription, making)
        const ref = subscribe(making, TopicArn, Protocol, Endpoint, {
          ...(FilterPolicy === undefined ? {} : { FilterPolicy: JSON.stringify(FilterPolicy) }),
          ...(rest.FilterPolicyScope === undefined ? {} : { FilterPolicyScope: rest.FilterPolicyScope }),
          ...(rest.RawMessageDelivery === undefined ? {} : { RawMessageDelivery: String(rest.RawMessageDelivery) }),
        })
        return { ref, attributes: { Arn: ref } }
      },
      remove: (arn) => void sns.unsubscribe(arn),
    },
  }
}
