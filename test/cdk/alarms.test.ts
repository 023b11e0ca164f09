import { Template } from 'aws-cdk-lib/assertions'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Carryout } from '../../cdk/carryout.ts'
import { givenStack, readable, synthesized } from './support.ts'

function alarmsOf(template: Template) {
  return Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties)
}

test('an alarm is for a failed execution, a dead letter, and a request that waits for half a day', () => {
  const alarms = alarmsOf(synthesized())
  expect(
    alarms.map(({ MetricName, Statistic, Threshold, Dimensions }) => [
      MetricName,
      Statistic,
      Threshold,
      readable(Dimensions[0].Value),
    ]),
  ).toEqual([
    ['ExecutionsFailed', 'Sum', 1, '<DownloadMachine>'],
    ['ApproximateNumberOfMessagesVisible', 'Maximum', 1, '<QueueDeadLetters>'],
    ['ApproximateAgeOfOldestMessage', 'Maximum', 12 * 3600, '<QueueRequests>'],
  ])
  for (const alarm of alarms) {
    expect(alarm).toMatchObject({
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    })
    expect(alarm.AlarmActions).toBeUndefined()
  }
})

test('alarms are sent to the topic that is given, their ends too', () => {
  const { stack, props } = givenStack()
  const alarmTopic = Topic.fromTopicArn(stack, 'Ops', 'arn:aws:sns:eu-west-1:111122223333:ops')
  new Carryout(stack, 'Carryout', { ...props, alarmTopic })
  const alarms = alarmsOf(Template.fromStack(stack))
  expect(alarms).toHaveLength(3)
  for (const { AlarmActions, OKActions } of alarms) {
    expect([AlarmActions, OKActions]).toEqual([[alarmTopic.topicArn], [alarmTopic.topicArn]])
  }
})
