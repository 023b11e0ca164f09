/** AWS::Events::Rule and AWS::Events::EventBus. */

import { z } from 'zod'
import { awsArn } from '../../arn.ts'
import type { Events } from '../../events/events.ts'
import { eventPattern } from '../../patterns.ts'
import { type ResourceTypes, read, text } from '../resource.ts'

const Rule = z.object({
  Name: text.optional(),
  EventBusName: text.default('default'),
  EventPattern: eventPattern,
  ScheduleExpression: z.undefined('schedules are not supported').optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z
    .array(
      z.object({
        Arn: z
          .string()
          .regex(
            /^arn:aws:(lambda|sqs|sns|states):/,
            'only functions, queues, topics and state machines are supported',
          ),
        Input: text.optional(),
        InputPath: z.undefined('an input path is not supported').optional(),
        InputTransformer: z.undefined('an input transformer is not supported').optional(),
        SqsParameters: z.object({ MessageGroupId: text }).optional(),
        RoleArn: text.optional(),
      }),
    )
    .default([]),
})
const EventBus = z.object({ Name: text })

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html */
export function eventsTypes(events: Pick<Events, 'putRule' | 'createBus'>): ResourceTypes {
  return {
    'AWS::Events::Rule': {
      make(making) {
        const {
          Name: name = making.generatedName,
          EventBusName,
          EventPattern: pattern,
          State,
          Targets,
        } = read(Rule, making)
        const bus = EventBusName.replace(/^.*event-bus\//, '')
        if (State === 'ENABLED') {
          const targets = Targets.map(({ Arn: arn, Input, SqsParameters, RoleArn }) => ({
            arn,
            ...(Input === undefined ? {} : { input: Input }),
            ...(SqsParameters === undefined ? {} : { messageGroupId: SqsParameters.MessageGroupId }),
            ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
          }))
          events.putRule({ name, bus, pattern, targets })
        }
        const { region, accountId } = making.stack
        const path = bus === 'default' ? name : `${bus}/${name}`
        return { ref: name, attributes: { Arn: awsArn('events', `rule/${path}`, { region, accountId }) } }
      },
    },
    'AWS::Events::EventBus': {
      make(making) {
        const { Name } = read(EventBus, making)
        events.createBus(Name)
        const { region, accountId } = making.stack
        return { ref: Name, attributes: { Name, Arn: awsArn('events', `event-bus/${Name}`, { region, accountId }) } }
      },
    },
  }
}
