/** The metrics that a stack's dashboard and alarms read, and the metrics that its functions emit. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { paginateDescribeLogGroups, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs'
import { METRICS_NAMESPACE } from '../../statemachine/metrics.ts'
import type { TestCloud } from './cloud.ts'

interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>
}

interface Dimension {
  Name: string
  Value: unknown
}

/** A metric as text, such as `Failed Error,Stack=Carryout`: its name, its dimensions, and the stack's name. */
function written(name: string, dimensions: Record<string, unknown>, stack: unknown): string {
  return `${name} ${Object.keys(dimensions).sort().join()}=${stack}`
}

/** Metrics of Carryout's namespace that the template reads. @param assembly directory of the cloud assembly */
export function metricsRead(assembly: string): Set<string> {
  const { Resources } = JSON.parse(readFileSync(join(assembly, 'Carryout.template.json'), 'utf8')) as Template
  const found = new Set<string>()
  const note = (name: string, pairs: [string, unknown][]) => {
    const dimensions = Object.fromEntries(pairs)
    found.add(written(name, dimensions, dimensions.Stack))
  }
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type === 'AWS::CloudWatch::Dashboard') {
      const body = JSON.stringify(Properties.DashboardBody).replaceAll('\\', '')
      for (const [, name, rest] of body.matchAll(/\["Carryout","(\w+)",((?:"\w+",)+)\{/g)) {
        const words = [...rest!.matchAll(/"(\w+)"/g)].map(([, word]) => word!)
        note(name!, words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1]]] : [])) as [string, unknown][])
      }
      for (const [, names, name, stack] of body.matchAll(/\{Carryout,([\w,]+)\} MetricName="(\w+)" Stack="(\w+)"/g)) {
        note(
          name!,
          names!.split(',').map((each) => [each, each === 'Stack' ? stack : undefined]),
        )
      }
    }
    if (Type !== 'AWS::CloudWatch::Alarm') continue
    const parts = (Properties.Metrics ?? []) as { MetricStat?: { Metric: Record<string, unknown> } }[]
    const metrics: Record<string, unknown>[] = [
      Properties,
      ...parts.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])),
    ]
    for (const metric of metrics) {
      if (metric.Namespace !== METRICS_NAMESPACE) continue
      note(
        String(metric.MetricName),
        ((metric.Dimensions ?? []) as Dimension[]).map(({ Name, Value }) => [Name, Value]),
      )
    }
  }
  return found
}

/** Metrics that the functions logged in CloudWatch's embedded metric format. */
export async function metricsCounted({ clients: { logs } }: TestCloud): Promise<Set<string>> {
  const found = new Set<string>()
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client: logs }, {})) {
    for (const { logGroupName } of logGroups) {
      for await (const { events = [] } of paginateFilterLogEvents(
        { client: logs },
        { logGroupName, filterPattern: '"_aws"' },
      )) {
        for (const { message = '' } of events) {
          const json = message.slice(message.indexOf('{'))
          const line = JSON.parse(json) as Record<string, unknown> & { _aws: Embedded }
          for (const { Namespace, Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
            if (Namespace !== METRICS_NAMESPACE) continue
            for (const names of Dimensions) {
              const dimensions = Object.fromEntries(names.map((name) => [name, line[name]]))
              for (const { Name } of Metrics) {
                if (typeof line[Name] === 'number') found.add(written(Name, dimensions, line.Stack))
              }
            }
          }
        }
      }
    }
  }
  return found
}

interface Embedded {
  CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[]
}
