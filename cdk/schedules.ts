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
  /** The prefix of the schedules' names. */
  readonly prefix: string
  readonly queue: IQueue
  readonly exports: readonly ExportFacts[]
}

/** A placeholder that EventBridge Scheduler replaces. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>'
const LONGEST_NAME = 64

/** The catalogue's schedules. Each sends a message to the queue at its time. */
export class Schedules extends Construct {
  /** Messages that Scheduler could not deliver to the queue within a day. */
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
    // Restricts the role to schedules of this account.
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
        // Names may contain hyphens, so an underscore separates them: the export a-b with schedule c must differ from a
        // with b-c.
        const fullName = `${prefix}-${exportName}_${name}`
        new CfnSchedule(this, `${exportName}_${name}`, {
          // If the name is too long, CloudFormation generates one.
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
