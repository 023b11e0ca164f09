/** AWS::Logs::LogGroup. */

import { z } from 'zod'
import { awsArn } from '../../arn.ts'
import type { Logs } from '../../logs/logs.ts'
import { number, type ResourceTypes, read, text } from '../resource.ts'

const LogGroup = z.object({ LogGroupName: text.optional(), RetentionInDays: number.optional() })

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html */
export function logsTypes(logs: Logs): ResourceTypes {
  return {
    'AWS::Logs::LogGroup': {
      make(making) {
        const { LogGroupName: name = making.generatedName, RetentionInDays: retentionDays } = read(LogGroup, making)
        logs.createGroup(name, retentionDays === undefined ? {} : { retentionDays })
        const { region, accountId } = making.stack
        return { ref: name, attributes: { Arn: awsArn('logs', `log-group:${name}:*`, { region, accountId }) } }
      },
    },
  }
}
