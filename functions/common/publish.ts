/** Publishes one message on the topic: a mail for people, and JSON for queues. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { OperatorMail } from './mail/operator.ts'

export interface Publication {
  mail: OperatorMail
  data: object
  /** Attributes that subscriptions filter by; null is left out. */
  attributes: Record<string, string | null>
}

export async function publishTo(
  sns: SNSClient,
  topicArn: string,
  { mail, data, attributes }: Publication,
): Promise<void> {
  const { subject, text } = mail
  const json = JSON.stringify(data)
  const message = { default: text, email: text, sqs: json, lambda: json, http: json, https: json }
  const present = Object.entries(attributes).filter(([, value]) => value !== null)
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: subject,
      MessageStructure: 'json',
      Message: JSON.stringify(message),
      MessageAttributes: Object.fromEntries(
        present.map(([name, value]) => [name, { DataType: 'String', StringValue: value as string }]),
      ),
    }),
  )
}
