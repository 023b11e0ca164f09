import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn'
import { toExecution } from '../../client/execution.ts'

const [startDate, stopDate] = [1, 2].map((second) => new Date(1_800_000_000_000 + second * 1000)) as [Date, Date]
const REQUEST = { id: 'orders-1', export: 'orders', params: {}, requestedBy: 'hanako@example.com' }
const described = (change: Partial<DescribeExecutionCommandOutput>) => {
  const always = { $metadata: {}, stateMachineArn: 'm', executionArn: 'a:orders-1', name: 'orders-1', startDate }
  return toExecution({ ...always, status: 'RUNNING', ...change })
}

test('an execution that runs has neither an end nor a file', () => {
  expect(described({ input: JSON.stringify(REQUEST) })).toEqual({
    ...{ id: 'orders-1', arn: 'a:orders-1', status: 'RUNNING', startedAt: startDate, stoppedAt: null },
    ...{ redriveCount: 0, redrivable: false, request: REQUEST, input: REQUEST, file: null, failure: null },
  })
})

test('an execution that succeeded has its file, and no failure', () => {
  const output = JSON.stringify({ request: REQUEST, file: { name: 'orders.csv' } })
  const ended = described({ status: 'SUCCEEDED', stopDate, redriveCount: 2, output })
  expect(ended).toMatchObject({ stoppedAt: stopDate, redriveCount: 2, file: { name: 'orders.csv' }, failure: null })
})

test.each([
  ['FAILED', 'FAILED', 'AWS gave no cause.'],
  ['TIMED_OUT', 'States.Timeout', 'The execution exceeded its time limit.'],
  ['ABORTED', 'Aborted', 'Somebody stopped the execution.'],
] as const)('an execution that is %s has a failure even if AWS gives none', (status, error, reason) => {
  expect(described({ status, redriveStatus: 'REDRIVABLE' })).toMatchObject({
    ...{ redrivable: true, failure: { error, reason } },
  })
  const given = described({ status, error: 'QueryFailed', cause: '{"errorMessage":"No such table."}' })
  expect(given.failure).toEqual({ error: 'QueryFailed', reason: 'No such table.' })
})

test('a schedule’s message has the request that Prepare made from it, once it is ready', () => {
  const message = { schedule: 'daily', scheduledAt: '2026-11-30T00:00:00Z' }
  const prepared = { ...REQUEST, ...message, alsoTo: ['taro@example.com'] }
  const input = JSON.stringify(message)
  expect(described({ input })).toMatchObject({ request: null, input: message })
  const ready = described({ status: 'SUCCEEDED', input, output: JSON.stringify({ request: prepared }) })
  expect(ready.request).toEqual(REQUEST)
})

test('an execution of another state machine may have any output, and has no request', () => {
  for (const output of ['null', '{}', JSON.stringify({ request: REQUEST })]) {
    expect(described({ status: 'SUCCEEDED', input: '7', output })).toMatchObject({
      request: null,
      input: 7,
      file: null,
    })
  }
})
