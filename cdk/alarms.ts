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

/** A request that waits longer is stuck, or more is requested than can run. */
const LONGEST_WAIT = Duration.hours(12)
const PERIOD = Duration.minutes(5)
/** More per period are an attack; a few are links that were copied incompletely. */
const FORGED_LINKS = 20

/** The resources that alarms and the dashboard watch. */
export interface Watched {
  /** Distinguishes the metrics of this Carryout from those of others. */
  readonly prefix: string
  readonly queue: DownloadQueue
  readonly machine: StateMachine
  readonly start: LambdaFunction
  readonly exportChunk: LambdaFunction
  readonly openLink?: LambdaFunction
  /** Functions whose errors nothing else reports: Step Functions does not call them, or only at the very end. */
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
   * Where alarms and their ends are sent.
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

/** The alarms for operators. Each alarm's text says what to do, and which section of docs/runbook.md explains more. */
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
      text: 'Requests wait, and none has been taken for half an hour: check whether the event source mapping of “start” is enabled, and whether downloads are paused',
      // Twice as long as one invocation of start may hold the head of the queue.
      periods: 6,
      metric: new MathExpression({
        // Zero if `seen` has no data points at all, so that the sum always has a value.
        expression: 'IF(queued > 0 AND SUM([FILL(seen, 0), queued * 0]) == 0, 1, 0)',
        period: PERIOD,
        label: 'Requests that are not taken',
        usingMetrics: {
          queued: visible(queue.requests),
          seen: queue.requests.metricNumberOfMessagesReceived({ period: PERIOD, statistic: 'Sum' }),
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
      text: 'A background function fails, such as “record”, “discard” or “notify”: read its log',
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
      // A few throttles per minute are normal, because requests wait for the slot that way.
      threshold: 5,
      periods: 36,
      metric: exportChunk.metricThrottles({ period: PERIOD }),
    },
    ...(openLink
      ? [
          {
            id: 'ForgedLinks',
            text: 'Many forged or expired links are opened: see the log of “open-link” for who opens them',
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
      text: 'Nobody is subscribed to the topic, so no operator learns of failures: confirm a subscription',
      below: true,
      metric: ownMetric(prefix, METRICS.subscribers, 'Minimum'),
    },
    {
      id: 'AnnouncedLate',
      text: 'A failure was announced by the last line of defence only: read the execution to see why it could not announce it itself',
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

/** Sums metrics. A metric without data in a period would make the whole sum empty, so each is filled with 0. */
function sumOf(label: string, usingMetrics: Record<string, IMetric>): MathExpression {
  const filled = Object.keys(usingMetrics).map((name) => `FILL(${name}, 0)`)
  return new MathExpression({ expression: `SUM([${filled.join(', ')}])`, period: PERIOD, label, usingMetrics })
}

function visible(queue: DownloadQueue['requests']): Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' })
}

/** Returns a metric that the functions write. */
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
