import { Duration } from 'aws-cdk-lib'
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  PeriodOverride,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { DIMENSIONS, METRICS, METRICS_NAMESPACE, type MetricName } from '../statemachine/metrics.ts'
import { ownMetric, type Watched } from './alarms.ts'

const PERIOD = Duration.minutes(5)
/** US dollars per GB-second on arm64 in us-east-1. */
const GB_SECOND = 0.0000133334

/** The dashboard: requests, waiting, running, rows, bytes, duration by export, failures by error, and cost. */
export class DownloadDashboard extends Construct {
  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id)
    const { prefix, queue, machine, exportChunk, start } = watched
    const own = (name: MetricName, statistic: string, label: string) =>
      ownMetric(prefix, name, statistic).with({ label })
    new Dashboard(this, 'Dashboard', {
      dashboardName: `${prefix}-downloads`,
      periodOverride: PeriodOverride.AUTO,
      widgets: [
        [
          graph('Downloads', [
            own(METRICS.started, 'Sum', 'started'),
            own(METRICS.ready, 'Sum', 'ready'),
            own(METRICS.failed, 'Sum', 'failed'),
            own(METRICS.cancelled, 'Sum', 'cancelled'),
          ]),
          graph('Waiting', [
            queue.requests.metricApproximateNumberOfMessagesVisible({ period: PERIOD, label: 'requests' }),
            own(METRICS.waiting, 'Maximum', 'longest wait (s)'),
            queue.deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD, label: 'dead letters' }),
          ]),
          graph('Running', [
            exportChunk.metric('ConcurrentExecutions', { period: PERIOD, statistic: 'Maximum', label: 'queries' }),
            machine.metricStarted({ period: PERIOD, label: 'executions started' }),
          ]),
        ],
        [
          graph('Rows', [own(METRICS.rows, 'Sum', 'rows')]),
          graph('Bytes', [own(METRICS.bytes, 'Sum', 'bytes')]),
          graph('Duration by export (s, maximum)', [by(prefix, DIMENSIONS.export, METRICS.duration, 'Maximum')]),
        ],
        [
          graph('Failures by error', [by(prefix, DIMENSIONS.error, METRICS.failed, 'Sum')]),
          graph('Mails and links', [
            own(METRICS.mailReturned, 'Sum', 'mails returned'),
            own(METRICS.openedLinks, 'Sum', 'links opened'),
            own(METRICS.forgedLinks, 'Sum', 'forged links'),
          ]),
          graph('Cost of queries and waiting (USD, approximate)', [
            dollars(exportChunk.metricDuration({ period: PERIOD, statistic: 'Sum' }), 1769, 'export-chunk'),
            dollars(start.metricDuration({ period: PERIOD, statistic: 'Sum' }), 256, 'start'),
          ]),
        ],
      ],
    })
  }
}

function graph(title: string, left: IMetric[]): IWidget {
  return new GraphWidget({ title, left, width: 8, height: 6, period: PERIOD })
}

/** One line for each value of a dimension that occurs. */
function by(prefix: string, dimension: string, metric: MetricName, statistic: string): IMetric {
  const schema = `{${METRICS_NAMESPACE},${DIMENSIONS.stack},${dimension}}`
  return new MathExpression({
    expression: `SEARCH('${schema} MetricName="${metric}" ${DIMENSIONS.stack}="${prefix}"', '${statistic}', ${PERIOD.toSeconds()})`,
    label: '',
    period: PERIOD,
    usingMetrics: {},
  })
}

function dollars(milliseconds: IMetric, mebibytes: number, label: string): IMetric {
  const perDollar = Math.round(1 / ((mebibytes / 1024 / 1000) * GB_SECOND))
  // All expressions of a graph share their variables, so each label needs its own.
  const ms = `ms_${label.replace(/\W/g, '_')}`
  return new MathExpression({
    expression: `${ms} / ${perDollar}`,
    label,
    period: PERIOD,
    usingMetrics: { [ms]: milliseconds },
  })
}
