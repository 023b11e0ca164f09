/** What one service hands to another by an ARN: rules to their targets, functions their failed events. */
import { randomUUID } from 'node:crypto'
import type { Deliver } from './events/events.ts'
import type { SendFailure } from './lambda/later.ts'
import type { Lambda } from './lambda/port.ts'
import type { Messaging } from './messaging/messaging.ts'
import type { States } from './states/service.ts'

type Queues = Pick<Messaging, 'fauxqs' | 'sqs'>
type Posts = Queues & Pick<Messaging, 'sns'>

/** To the queue or the topic that takes the events which a function failed on. */
export function failureDelivery(messaging: Posts): SendFailure {
  return (arn, body, attributes) => {
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    )
    if (serviceOf(arn) === 'sns') {
      return messaging.sns.publish({ topicArn: arn, message: body, attributes: MessageAttributes })
    }
    return sendTo(messaging, arn, { MessageBody: body, MessageAttributes })
  }
}

/** To a rule's target: a function, a queue, a topic or a state machine. */
export function ruleDelivery(options: { lambda: Lambda; messaging: Posts; states: States }): Deliver {
  const { lambda, messaging, states } = options
  return ({ arn, messageGroupId }, event) => {
    const service = serviceOf(arn)
    if (service === 'lambda') return lambda.invokeLater(arn, event, randomUUID())
    if (service === 'sns') return messaging.sns.publish({ topicArn: arn, message: event })
    if (service === 'states') return states.startExecution({ stateMachineArn: arn, input: event })
    return sendTo(messaging, arn, {
      MessageBody: event,
      ...(messageGroupId === undefined ? {} : { MessageGroupId: messageGroupId }),
    })
  }
}

function sendTo({ fauxqs, sqs }: Queues, arn: string, message: Parameters<Queues['sqs']['send']>[0]) {
  const QueueUrl = fauxqs.sqs.getQueueByArn(arn)?.url
  if (QueueUrl === undefined) throw new Error(`There is no queue ${arn}.`)
  return sqs.send({ QueueUrl, ...message })
}

function serviceOf(arn: string): string {
  return arn.split(':')[2] ?? ''
}
