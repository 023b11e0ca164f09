/**
 * Delivers what one service sends to another's ARN: events of rules to their targets, failed events of functions to
 * queues and topics.
 */
import { randomUUID } from 'node:crypto'
import type { Deliver } from './events/events.ts'
import type { Iam } from './iam/iam.ts'
import type { SendFailure } from './lambda/later.ts'
import type { Lambda } from './lambda/port.ts'
import type { Messaging } from './messaging/messaging.ts'
import { AwsError } from './protocol.ts'
import type { States } from './states/service.ts'

const TARGET_ACTIONS: Readonly<Record<string, string>> = {
  lambda: 'lambda:InvokeFunction',
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
  states: 'states:StartExecution',
}

type Queues = Pick<Messaging, 'fauxqs' | 'sqs'>
type Posts = Queues & Pick<Messaging, 'sns'>

/** Delivers to the queue or topic for events on which a function failed. */
export function failureDelivery(messaging: Posts, iam: Pick<Iam, 'authorize'>): SendFailure {
  return (arn, body, attributes, { name, roleArn }) => {
    if (roleArn !== undefined) {
      const action = serviceOf(arn) === 'sns' ? 'sns:Publish' : 'sqs:SendMessage'
      iam.authorize({ roleArn, session: name }, action, arn)
    }
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    )
    if (serviceOf(arn) === 'sns') {
      return messaging.sns.publish({ topicArn: arn, message: body, attributes: MessageAttributes })
    }
    return sendTo(messaging, arn, { MessageBody: body, MessageAttributes })
  }
}

/** Delivers to a rule's target: a function, a queue, a topic or a state machine. */
export function ruleDelivery(options: {
  lambda: Lambda
  messaging: Posts
  states: States
  iam: Pick<Iam, 'authorize' | 'serviceMay'>
  /** The ARN of a rule, by its bus and name. */
  ruleArn(bus: string, name: string): string
}): Deliver {
  const { lambda, messaging, states, iam, ruleArn } = options
  return ({ arn, messageGroupId, roleArn }, event, { bus, name }) => {
    const service = serviceOf(arn)
    const action = Object.hasOwn(TARGET_ACTIONS, service) ? (TARGET_ACTIONS[service] as string) : ''
    if (roleArn !== undefined) iam.authorize({ roleArn, session: name }, action, arn)
    else if (!iam.serviceMay('events.amazonaws.com', action, arn, { 'aws:SourceArn': ruleArn(bus, name) })) {
      throw new AwsError('AccessDeniedException', `The rule ${name} may not call ${arn}.`, 403)
    }
    if (service === 'lambda') return lambda.invokeLater(arn, event, randomUUID())
    if (service === 'sns') return messaging.sns.publish({ topicArn: arn, message: event })
    if (service === 'states') return states.startExecution({ stateMachineArn: arn, input: event })
    return sendTo(messaging, arn, {
      MessageBody: event,
      ...(messageGroupId === undefined ? {} : { MessageGroupId: messageGroupId }),
    })
  }
}

export function sendTo({ fauxqs, sqs }: Queues, arn: string, message: Parameters<Queues['sqs']['send']>[0]) {
  const QueueUrl = fauxqs.sqs.getQueueByArn(arn)?.url
  if (QueueUrl === undefined) throw new Error(`There is no queue ${arn}.`)
  return sqs.send({ QueueUrl, ...message })
}

function serviceOf(arn: string): string {
  return arn.split(':')[2] ?? ''
}
