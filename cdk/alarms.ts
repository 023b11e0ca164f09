import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { DIMENSIONS, METRICS, METRICS_NAMESPACE, type MetricName } from '../statemachine/metrics.ts'
import type { DownloadQueue } from './download-queue.ts'
import type { NoticeQueue } from './notice-queue.ts'

/** A request that has waited longer than this is stuck, or too much is requested. */
const LONGEST_WAIT = Duration.hours(12)
const PERIOD = Duration.minutes(5)
/** More are a flood; single ones are mails that were copied badly. */
const FORGED_LINKS = 20

/** The parts that alarms and the dashboard look at. */
export interface Watched {
  /** By which the metrics of this Carryout are told apart. */
  readonly prefix: string
  readonly queue: DownloadQueue
  readonly machine: StateMachine
  readonly start: LambdaFunction
  readonly exportChunk: LambdaFunction
  readonly openLink?: LambdaFunction
  /** Those whose errors nobody else sees: Step Functions does not call them, or only at the very end. */
  readonly functions: LambdaFunction[]
  readonly undelivered: {
    readonly lastLine: NoticeQueue
    readonly mail?: NoticeQueue
    readonly webhook?: NoticeQueue
    readonly schedules?: Pick<NoticeQueue, 'deadLetters'>
  }
}

export interface AlarmsProps extends Watched {
  /**
   * Where alarms are sent, and their ends.
   * @default nowhere: they show in CloudWatch only
   */
  readonly alarmTopic?: ITopic
}

interface Rule {
  /** Also the name of its section in the runbook. */
  readonly id: string
  readonly text: string
  readonly threshold?: number
  readonly periods?: number
  readonly below?: boolean
  readonly metric: IMetric
}

/** What an operator must look at. Each alarm's text says what to do, and which section of docs/runbook.md tells more. */
export class Alarms extends Construct {
  readonly #topic: ITopic | undefined

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    this.#topic = props.alarmTopic
    const rules = [...ofRequests(props), ...ofFunctions(props), ...ofNotices(props), ...ofSchedules(props)]
    for (const rule of rules) this.#alarm(rule)
  }

  #alarm({ id, text, threshold = 1, periods = 1, below = false, metric }: Rule) {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${text} (docs/runbook.md, section “${id}”)`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    if (!this.#topic) return
    const action = new SnsAction(this.#topic)
    alarm.addAlarmAction(action)
    alarm.addOkAction(action)
  }
}

function ofRequests({ prefix, queue, machine }: AlarmsProps): Rule[] {
  return [
    {
      id: 'Failed',
      text: 'An execution failed: read its mail or “carryout show”, fix the cause, and replay it',
      metric: machine.metricFailed({ period: PERIOD }),
    },
    {
      id: 'TimedOut',
      text: 'An execution ran out of time: see what it waited for, and replay it',
      metric: machine.metricTimedOut({ period: PERIOD }),
    },
    {
      id: 'DeadLetter',
      text: 'A request could not be started and lies in the dead-letter queue: fix the cause, and move it back',
      metric: visible(queue.deadLetters),
    },
    {
      id: 'Waiting',
      text: `A request has waited for more than ${LONGEST_WAIT.toHumanString()}: see what runs before it, and whether downloads are paused`,
      threshold: LONGEST_WAIT.toSeconds(),
      metric: ownMetric(prefix, METRICS.waiting, 'Maximum'),
    },
    {
      id: 'NotTaken',
      text: 'Requests wait, and for half an hour nobody has looked at one: see whether the event source mapping of “start” is enabled, and whether downloads are paused',
      // Twice as long as an invocation of start may hold the head of the queue.
      periods: 6,
      metric: new MathExpression({
        // The sum has a value though `seen` never had one.
        expression: 'IF(queued > 0 AND SUM([FILL(seen, 0), queued * 0]) == 0, 1, 0)',
        period: PERIOD,
        label: 'Requests that nobody takes',
        usingMetrics: {
          queued: visible(queue.requests),
          seen: queue.requests.metricNumberOfMessagesReceived({ period: Duration.minutes(5), statistic: 'Sum' }),
        },
      }),
    },
  ]
}

function ofFunctions({ start, exportChunk, functions, openLink, prefix }: AlarmsProps): Rule[] {
  return [
    {
      id: 'StartErrors',
      text: 'Requests cannot be started: read the log of “start”',
      metric: sumOf('Failed attempts to start', {
        errors: start.metricErrors({ period: PERIOD }),
        notStarted: ownMetric(prefix, METRICS.notStarted, 'Sum'),
      }),
    },
    {
      id: 'FunctionErrors',
      text: 'A function behind the scenes fails, such as “record”, “discard” or “notify”: read their logs',
      metric: sumOf(
        'Errors',
        Object.fromEntries(functions.map((fn, at) => [`errors${at}`, fn.metricErrors({ period: PERIOD })])),
      ),
    },
    {
      id: 'StartThrottled',
      text: 'Requests come in another message group than “database” and have to wait: correct their sender',
      metric: start.metricThrottles({ period: PERIOD }),
    },
    {
      id: 'Throttled',
      text: 'Queries have waited for their slot for three hours: see which export holds it, and whether maxConcurrentQueries and maxRunning fit',
      // A few throttles a minute are how others wait for the slot.
      threshold: 5,
      periods: 36,
      metric: exportChunk.metricThrottles({ period: PERIOD }),
    },
    ...(openLink
      ? [
          {
            id: 'ForgedLinks',
            text: 'Many links are opened that were not signed here or have ended: see the log of “open-link” for who tries',
            threshold: FORGED_LINKS,
            metric: sumOf('Refused links', {
              forged: ownMetric(prefix, METRICS.forgedLinks, 'Sum'),
              expired: ownMetric(prefix, METRICS.expiredLinks, 'Sum'),
            }),
          },
          {
            id: 'LinksThrottled',
            text: 'More links are opened at once than links.maxConcurrency allows: raise it, or put CloudFront with WAF before it',
            metric: openLink.metricThrottles({ period: PERIOD }),
          },
        ]
      : []),
  ]
}

function ofSchedules({ undelivered: { schedules } }: AlarmsProps): Rule[] {
  if (!schedules) return []
  const text = 'A scheduled request could not be put on the queue: fix the cause, and send its message to the queue'
  return [{ id: 'ScheduleUndelivered', text, metric: visible(schedules.deadLetters) }]
}

function ofNotices({ undelivered: { lastLine, mail, webhook }, prefix }: AlarmsProps): Rule[] {
  return [
    {
      id: 'NoSubscriber',
      text: 'Nobody is subscribed to the topic, so no operator hears of failures: confirm a subscription',
      below: true,
      metric: ownMetric(prefix, METRICS.subscribers, 'Minimum'),
    },
    {
      id: 'AnnouncedLate',
      text: 'A failure was announced by the last line of defence alone: read the execution to see why it could not itself',
      metric: ownMetric(prefix, METRICS.announcedLate, 'Sum'),
    },
    {
      id: 'NotAnnounced',
      text: 'A failure could not be announced at all: tell its requester, and fix the cause',
      metric: visible(lastLine.deadLetters),
    },
    ...(mail
      ? [
          {
            id: 'MailUndelivered',
            text: 'A requester’s mail could not be sent for hours: fix the cause, and move it back',
            metric: visible(mail.deadLetters),
          },
          {
            id: 'MailReturned',
            text: 'A requester’s mail bounced, or its recipient complained: find the requester another way',
            metric: ownMetric(prefix, METRICS.mailReturned, 'Sum'),
          },
        ]
      : []),
    ...(webhook
      ? [
          {
            id: 'WebhookUndelivered',
            text: 'The webhook did not answer with success for two days: repair its receiver, and move the message back',
            metric: visible(webhook.deadLetters),
          },
        ]
      : []),
  ]
}

/** A metric has no value in a period in which nothing was counted, and one that never was has none at all: neither hides the others. */
function sumOf(label: string, usingMetrics: Record<string, IMetric>): MathExpression {
  const filled = Object.keys(usingMetrics).map((name) => `FILL(${name}, 0)`)
  return new MathExpression({ expression: `SUM([${filled.join(', ')}])`, period: PERIOD, label, usingMetrics })
}

function visible(queue: DownloadQueue['requests']): Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' })
}

/** A metric that the functions count by. */
export function ownMetric(
  prefix: string,
  metricName: MetricName,
  statistic: string,
  dimensions: Record<string, string> = {},
): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { [DIMENSIONS.stack]: prefix, ...dimensions },
    period: PERIOD,
    statistic,
  })
}
