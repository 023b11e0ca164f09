/** AWS::Events::Rule. */
import { z } from 'zod'
import type { Events } from '../../events/events.ts'
import { eventPattern } from '../../events/pattern.ts'
import { type ResourceTypes, read, text } from '../resource.ts'

const Rule = z.object({
  Name: text.optional(),
  EventBusName: z.literal('default', 'only the default bus is supported').default('default'),
  EventPattern: eventPattern,
  ScheduleExpression: z.undefined('schedules are not supported').optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z
    .array(
      z.object({
        Arn: z.string().startsWith('arn:aws:lambda:', 'only functions are supported as targets'),
        Input: z.undefined('an input of its own is not supported').optional(),
        InputPath: z.undefined('an input path is not supported').optional(),
        InputTransformer: z.undefined('an input transformer is not supported').optional(),
      }),
    )
    .default([]),
})

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html */
export function eventsTypes(events: Events): ResourceTypes {
  return {
    'AWS::Events::Rule': {
      make(making) {
        const { Name: name = making.generatedName, EventPattern: pattern, State, Targets } = read(Rule, making)
        if (State === 'ENABLED') events.putRule({ name, pattern, targetArns: Targets.map(({ Arn }) => Arn) })
        const { region, accountId } = making.stack
        return { ref: name, attributes: { Arn: `arn:aws:events:${region}:${accountId}:rule/${name}` } }
      },
    },
  }
}
