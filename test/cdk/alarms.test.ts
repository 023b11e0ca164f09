import { Template } from 'aws-cdk-lib/assertions'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Carryout } from '../../cdk/carryout.ts'
import { METRICS } from '../../statemachine/metrics.ts'
import { givenStack, synthesized, withEverything } from './support.ts'

interface Alarm {
  AlarmDescription: string
  MetricName?: string
  Threshold: number
  Statistic?: string
  ComparisonOperator: string
  EvaluationPeriods: number
  TreatMissingData: string
  AlarmActions?: string[]
  OKActions?: string[]
  Period?: number
  Metrics?: { Expression?: string; MetricStat?: { Period: number; Metric: { MetricName: string } } }[]
}

function alarmsOf(template: Template): Record<string, Alarm> {
  const found = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties as Alarm,
  )
  return Object.fromEntries(found.map((alarm) => [sectionOf(alarm), alarm]))
}

function sectionOf({ AlarmDescription }: Alarm): string {
  return /section “(\w+)”\)$/.exec(AlarmDescription)![1]!
}

const all = alarmsOf(withEverything())

test('alarms cover requests, background functions and notices', () => {
  expect(Object.keys(all).sort()).toEqual([
    'AnnouncedLate',
    'DeadLetter',
    'Failed',
    'ForgedLinks',
    'FunctionErrors',
    'LinksThrottled',
    'MailReturned',
    'MailUndelivered',
    'NoSubscriber',
    'NotAnnounced',
    'NotTaken',
    'StartErrors',
    'StartThrottled',
    'Throttled',
    'TimedOut',
    'Waiting',
    'WebhookUndelivered',
  ])
  const without = Object.keys(alarmsOf(synthesized({ links: 'none' })))
  expect(
    Object.keys(all)
      .filter((name) => !without.includes(name))
      .sort(),
  ).toEqual(['ForgedLinks', 'LinksThrottled', 'MailReturned', 'MailUndelivered', 'WebhookUndelivered'])
})

test('start itself measures waiting, because SQS does not count a message that was received repeatedly', () => {
  expect(all.Waiting).toMatchObject({ MetricName: 'WaitingSeconds', Statistic: 'Maximum', Threshold: 12 * 3600 })
})

test('links that were forged and those that have expired raise one alarm', () => {
  const names = all.ForgedLinks!.Metrics!.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? [])
  expect(names.sort()).toEqual([METRICS.expiredLinks, METRICS.forgedLinks].sort())
})

test('alarms last as long as their texts say', () => {
  const minutesOf = ({ EvaluationPeriods, Period, Metrics = [] }: Alarm) =>
    (EvaluationPeriods * (Period ?? Metrics.find(({ MetricStat }) => MetricStat)!.MetricStat!.Period)) / 60
  expect(minutesOf(all.NotTaken!)).toBe(30)
  expect(minutesOf(all.Throttled!)).toBe(180)
  expect(minutesOf(all.Failed!)).toBe(5)
})

test('no alarm fires without data, and only a missing subscriber is below its threshold', () => {
  for (const [name, alarm] of Object.entries(all)) {
    expect(alarm.TreatMissingData).toBe('notBreaching')
    expect(alarm.ComparisonOperator).toBe(
      name === 'NoSubscriber' ? 'LessThanThreshold' : 'GreaterThanOrEqualToThreshold',
    )
    expect(alarm.AlarmActions).toBeUndefined()
  }
})

test('a metric without a value does not hide the others of its alarm', () => {
  const sums = Object.values(all).flatMap(({ Metrics = [] }) => Metrics.flatMap(({ Expression }) => Expression ?? []))
  // SQS publishes no metric, not even zeros, for a queue from which nothing has ever been received.
  const notTaken = 'IF(queued > 0 AND SUM([FILL(seen, 0), queued * 0]) == 0, 1, 0)'
  const others = sums.filter((expression) => expression !== notTaken)
  expect(others).toHaveLength(sums.length - 1)
  expect(others.filter((expression) => !/^SUM\(\[(FILL\(\w+, 0\)(, )?)+\]\)$/.test(expression))).toEqual([])
  expect(sums).toContain('SUM([FILL(errors, 0), FILL(notStarted, 0)])')
})

test('alarms and their ends are sent to the given topic', () => {
  const { stack, props } = givenStack()
  const alarmTopic = Topic.fromTopicArn(stack, 'Ops', 'arn:aws:sns:eu-west-1:111122223333:ops')
  new Carryout(stack, 'Carryout', { ...props, alarmTopic })
  const alarms = Object.values(alarmsOf(Template.fromStack(stack)))
  expect(alarms.length).toBeGreaterThan(10)
  for (const { AlarmActions, OKActions } of alarms) {
    expect([AlarmActions, OKActions]).toEqual([[alarmTopic.topicArn], [alarmTopic.topicArn]])
  }
})
