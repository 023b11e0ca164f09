/** Metrics, written to the log in CloudWatch's embedded format, which needs neither calls nor permissions. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { DIMENSIONS, METRICS, METRICS_NAMESPACE, type MetricName } from '../../statemachine/metrics.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { env } from './environment.ts'

type Unit = (typeof MetricUnit)[keyof typeof MetricUnit]

const UNITS: Partial<Record<MetricName, Unit>> = {
  [METRICS.waiting]: MetricUnit.Seconds,
  [METRICS.duration]: MetricUnit.Seconds,
  [METRICS.bytes]: MetricUnit.Bytes,
}

/** Adds values under one set of dimensions, in addition to the stack's. */
export function count(values: Partial<Record<MetricName, number>>, dimensions: Record<string, string> = {}) {
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: 'carryout' })
  metrics.clearDefaultDimensions()
  metrics.addDimensions({ [DIMENSIONS.stack]: process.env[env.NAME] ?? 'unknown', ...dimensions })
  for (const [name, value] of Object.entries(values)) {
    metrics.addMetric(name, UNITS[name as MetricName] ?? MetricUnit.Count, value)
  }
  metrics.publishStoredMetrics()
}

/** Counts the outcome of a download that has ended. */
export function countOutcome({ state, export: name = 'unknown', error, rows = 0, bytes = 0, ...times }: DownloadEntry) {
  const { startedAt, endedAt } = times
  if (state === 'running' && times.redriveCount === 0) count({ [METRICS.started]: 1 })
  if (state === 'cancelled') count({ [METRICS.cancelled]: 1 })
  if (state === 'ready') {
    const seconds = startedAt && endedAt ? (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 : 0
    const values = { [METRICS.ready]: 1, [METRICS.rows]: rows, [METRICS.bytes]: bytes, [METRICS.duration]: seconds }
    count(values)
    count(values, { [DIMENSIONS.export]: name })
  }
  if (state === 'failed') {
    count({ [METRICS.failed]: 1 })
    count({ [METRICS.failed]: 1 }, { [DIMENSIONS.export]: name })
    count({ [METRICS.failed]: 1 }, { [DIMENSIONS.error]: error ?? 'unknown' })
  }
}
