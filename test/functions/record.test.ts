import { jest } from '@jest/globals'
import type { EventBridgeEvent } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import type { StatusChange } from '../../functions/record.ts'
import { METRICS } from '../../statemachine/metrics.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'

type Event = EventBridgeEvent<'Step Functions Execution Status Change', StatusChange>

const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:download:orders-1'
const STARTED_AT = Date.parse('2026-11-30T06:00:00.000Z')
const STOPPED_AT = Date.parse('2026-11-30T06:00:30.000Z')
const input = JSON.stringify({ id: 'orders-1', export: 'orders', requestedBy: 'hanako@example.com' })
const output = JSON.stringify({ plan: { title: 'Orders', format: 'csv' }, file: { name: 'o.csv', rows: 3, bytes: 30 } })
const running: StatusChange = { executionArn, name: 'orders-1', status: 'RUNNING', startDate: STARTED_AT, input }
const succeeded = { ...running, status: 'SUCCEEDED', stopDate: STOPPED_AT, output }
const failed = {
  ...{ ...running, status: 'FAILED', stopDate: STOPPED_AT, output: null },
  ...{ error: 'QueryFailed', cause: 'No such table.' },
}

let aws: FakeAws
let record: (event: Event, context: object) => Promise<void>
let written: string[]
beforeAll(async () => {
  aws = await startFakeAws()
  Object.assign(process.env, { [env.TABLE]: 'downloads', [env.NAME]: 'Shop' })
  record = (await import('../../functions/record.ts')).handler as unknown as typeof record
})
afterAll(() => aws.close())
beforeEach(() => {
  aws.calls = []
  aws.answers = {}
  written = []
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
})
afterEach(() => jest.restoreAllMocks())

test.each<[string, StatusChange, object]>([
  [
    'runs',
    running,
    { ...{ state: 'running', at: '2026-11-30T06:00:00.000Z', redriveCount: 0 }, export: 'orders', version: 1 },
  ],
  [
    'runs again',
    { ...running, redriveCount: 1, redriveDate: STOPPED_AT },
    { state: 'running', redriveCount: 1, at: '2026-11-30T06:00:30.000Z', redrivenAt: '2026-11-30T06:00:30.000Z' },
  ],
  [
    'is ready',
    { ...succeeded, stopDate: STOPPED_AT },
    { ...{ state: 'ready', endedAt: '2026-11-30T06:00:30.000Z' }, fileName: 'o.csv', rows: 3, bytes: 30 },
  ],
  [
    'has failed',
    failed,
    { ...{ state: 'failed', error: 'QueryFailed', reason: 'No such table.' }, requestedBy: 'hanako@example.com' },
  ],
])('an execution that %s is entered, from what the event says', async (_, change, expected) => {
  expect(await entered(change)).toMatchObject(expected)
  expect(aws.calls.map(({ action }) => action)).toEqual(['UpdateItem'])
})

test.each<[string, StatusChange, object]>([
  ['input', { ...running, input: null }, { state: 'running', export: 'orders' }],
  ['output', { ...succeeded, output: null }, { state: 'ready', rows: 3, fileName: 'o.csv' }],
])('an %s that is too long for the event is read from Step Functions', async (_, change, expected) => {
  aws.answers.DescribeExecution = () => ({ executionArn, status: change.status, startDate: 1, input, output })
  expect(await entered(change)).toMatchObject(expected)
  expect(aws.calls.map(({ action }) => action)).toEqual(['DescribeExecution', 'UpdateItem'])
})

test('an execution whose input is unknown is entered without its request', async () => {
  aws.answers.DescribeExecution = () => ({ executionArn, status: 'RUNNING', startDate: 1 })
  expect(await entered({ ...running, input: null })).toMatchObject({ id: 'orders-1', state: 'running' })
})

test('an outcome is counted once: not when the table has something newer', async () => {
  await entered(succeeded)
  expect(counted()).toContain(METRICS.ready)
  written = []
  aws.answers.UpdateItem = () => ({ __type: 'ConditionalCheckFailedException', message: 'No.' })
  await entered(succeeded)
  expect(counted()).toEqual([])
})

/** @returns the fields that were written to the table */
async function entered(detail: StatusChange): Promise<Record<string, unknown>> {
  await record({ detail } as Event, { functionName: 'record' })
  const { input } = aws.calls.findLast(({ action }) => action === 'UpdateItem')!
  const values = Object.entries(input.ExpressionAttributeValues as Record<string, { S?: string; N?: string }>)
  return Object.fromEntries(values.map(([name, { S, N }]) => [name.slice(1), N === undefined ? S : Number(N)]))
}

/** The names of the metrics that were written. */
function counted(): string[] {
  const lines = written.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line))
  return lines.flatMap((line) => line._aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => Name))
}
