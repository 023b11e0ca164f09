/** AWS::Scheduler::Schedule. */

import { z } from 'zod'
import { awsArn } from '../../arn.ts'
import type { Scheduler } from '../../scheduler/scheduler.ts'
import { type ResourceTypes, read, text, Unsupported } from '../resource.ts'

const Schedule = z.object({
  Name: text.optional(),
  GroupName: z.literal('default').default('default'),
  ScheduleExpression: text,
  ScheduleExpressionTimezone: text.default('UTC'),
  FlexibleTimeWindow: z.object({ Mode: z.literal('OFF', 'a flexible time window is not supported') }),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: z.object({
    Arn: z.string().regex(/^arn:aws:sqs:/, 'only queues are supported'),
    RoleArn: text,
    Input: text.default('{}'),
    // Sending cannot fail here.
    DeadLetterConfig: z.object({ Arn: text }).optional(),
    SqsParameters: z.object({ MessageGroupId: text }).optional(),
  }),
})

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html */
export function schedulerTypes(scheduler: Pick<Scheduler, 'put'>): ResourceTypes {
  return {
    'AWS::Scheduler::Schedule': {
      make(making) {
        const { Name: name = making.generatedName, State, Target, ...rest } = read(Schedule, making)
        const { region, accountId } = making.stack
        if (State === 'ENABLED') {
          try {
            scheduler.put({
              name,
              expression: rest.ScheduleExpression,
              timeZone: rest.ScheduleExpressionTimezone,
              arn: Target.Arn,
              roleArn: Target.RoleArn,
              input: Target.Input,
              messageGroupId: Target.SqsParameters?.MessageGroupId,
            })
          } catch (error) {
            throw new Unsupported(`${making.type} ${making.logicalId}: ${(error as Error).message}`)
          }
        }
        return {
          ref: name,
          attributes: { Arn: awsArn('scheduler', `schedule/default/${name}`, { region, accountId }) },
        }
      },
    },
  }
}
