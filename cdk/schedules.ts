import { Duration, Stack, Validations } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { MESSAGE_GROUP } from '../statemachine/request.ts'
import type { ScheduledMessage } from '../statemachine/schedule.ts'
import type { ExportFacts } from './catalogue.ts'
import { grantEncrypt } from './encryption.ts'

export interface SchedulesProps {
  /** What the schedules' names begin with. */
  readonly prefix: string
  readonly queue: IQueue
  readonly exports: readonly ExportFacts[]
}

/** What EventBridge Scheduler puts in its place. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>'
const LONGEST_NAME = 64

/** The catalogue's schedules, each a message on the queue at its time. */
export class Schedules extends Construct {
  /** Messages that Scheduler could not put on the queue within a day. */
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, { prefix, queue, exports }: SchedulesProps) {
    super(scope, id)
    const { encryptionMasterKey } = queue
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: encryptionMasterKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
      ...(encryptionMasterKey && { encryptionMasterKey }),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue of the schedules',
    })
    // Only for schedules of this account.
    const SourceAccount = Stack.of(this).account
    const principal = new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': SourceAccount } },
    })
    const role = new Role(this, 'Role', { assumedBy: principal })
    role.addToPolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn, this.deadLetters.queueArn] }),
    )
    grantEncrypt(queue.encryptionMasterKey, role)
    for (const { name: exportName, schedules } of exports) {
      for (const { name, expression, timeZone, recipients, enabled } of schedules) {
        const message: ScheduledMessage = {
          schedule: name,
          export: exportName,
          scheduledAt: SCHEDULED_TIME,
          requestedBy: recipients[0]!,
        }
        // Names have hyphens: the export a-b with the schedule c is not a with b-c.
        const fullName = `${prefix}-${exportName}_${name}`
        new CfnSchedule(this, `${exportName}_${name}`, {
          // A longer one is CloudFormation’s to make.
          ...(fullName.length <= LONGEST_NAME && { name: fullName }),
          description: `Requests the export ${exportName}`,
          scheduleExpression: expression,
          scheduleExpressionTimezone: timeZone,
          flexibleTimeWindow: { mode: 'OFF' },
          state: enabled ? 'ENABLED' : 'DISABLED',
          target: {
            arn: queue.queueArn,
            roleArn: role.roleArn,
            input: JSON.stringify(message),
            sqsParameters: { messageGroupId: MESSAGE_GROUP },
            deadLetterConfig: { arn: this.deadLetters.queueArn },
          },
        })
      }
    }
  }
}
