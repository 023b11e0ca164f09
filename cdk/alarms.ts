import { Duration } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import type { DownloadQueue } from './download-queue.ts'

/** A request that has waited longer than this is stuck, or too much is requested. */
const LONGEST_WAIT = Duration.hours(12)

export interface AlarmsProps {
  readonly queue: DownloadQueue
  readonly machine: StateMachine
  /**
   * Where alarms are sent, and their ends.
   * @default nowhere: they show in CloudWatch only
   */
  readonly topic?: ITopic
}

/** What an operator must look at: a failed execution, a request that cannot be started, one that waits for too long. */
export class Alarms extends Construct {
  readonly #topic: ITopic | undefined

  constructor(scope: Construct, id: string, { queue, machine, topic }: AlarmsProps) {
    super(scope, id)
    this.#topic = topic
    const period = Duration.minutes(5)
    this.#alarm('Failed', 'An execution failed: replay it once the cause is gone', 1, machine.metricFailed({ period }))
    this.#alarm(
      'DeadLetter',
      'A request could not be started and lies in the dead-letter queue: move it back once the cause is gone',
      1,
      queue.deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
    )
    this.#alarm(
      'Waiting',
      `A request has waited for more than ${LONGEST_WAIT.toHumanString()}: see what runs before it`,
      LONGEST_WAIT.toSeconds(),
      queue.requests.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' }),
    )
  }

  #alarm(id: string, alarmDescription: string, threshold: number, metric: IMetric) {
    const alarm = new Alarm(this, id, {
      alarmDescription,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    if (!this.#topic) return
    const action = new SnsAction(this.#topic)
    alarm.addAlarmAction(action)
    alarm.addOkAction(action)
  }
}
