import { Match } from 'aws-cdk-lib/assertions'
import { functionOf, readable, resources, synthesized } from './support.ts'

const template = synthesized()
const queues = Object.values(resources(template)).filter(({ Type }) => Type === 'AWS::SQS::Queue')
const named = (name: string) => queues.find(({ Properties }) => Properties.QueueName === name)!.Properties

test('requests keep their order and are deduplicated by content; the dead-letter queue is of the same kind', () => {
  expect(queues.filter(({ Properties }) => Properties.FifoQueue)).toHaveLength(2)
  for (const name of ['Shop-requests.fifo', 'Shop-dead-letters.fifo']) {
    expect(named(name)).toMatchObject({ FifoQueue: true, ContentBasedDeduplication: true, SqsManagedSseEnabled: true })
  }
})

test('no message expires unseen: one that cannot be started is dead-lettered before its retention ends, and kept for 14 days', () => {
  const { MessageRetentionPeriod, RedrivePolicy } = named('Shop-requests.fifo') as {
    MessageRetentionPeriod: number
    RedrivePolicy: { maxReceiveCount: number; deadLetterTargetArn: unknown }
  }
  const { Timeout } = functionOf(template, 'start') as { Timeout: number }
  expect(readable(RedrivePolicy.deadLetterTargetArn)).toBe('<QueueDeadLetters>')
  expect(RedrivePolicy.maxReceiveCount).toBe(1000)
  expect(RedrivePolicy.maxReceiveCount * Timeout).toBeLessThan(MessageRetentionPeriod)
  expect(named('Shop-dead-letters.fifo').MessageRetentionPeriod).toBe(14 * 24 * 3600)
})

test('a message stays hidden for six times as long as start may run', () => {
  const { Timeout } = functionOf(template, 'start') as { Timeout: number }
  expect(named('Shop-requests.fifo').VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout)
})

test('start gets one message at a time and may return it', () => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BatchSize: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: Match.absent(),
    MaximumBatchingWindowInSeconds: Match.absent(),
  })
  const [mapping] = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'))
  expect(readable(mapping!.Properties.EventSourceArn)).toBe('<QueueRequests>')
  expect(readable(mapping!.Properties.FunctionName)).toBe('<Start>')
})
