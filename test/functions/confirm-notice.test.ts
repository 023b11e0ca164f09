import { jest } from '@jest/globals'
import type { Context, SQSEvent } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import type { StatusChange } from '../../functions/record.ts'
import { METRICS } from '../../statemachine/metrics.ts'
import type { Notice } from '../../statemachine/notice.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'
import { givenPassingTime } from '../support/passing-time.ts'

const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:download:orders-1'
const input = JSON.stringify({ id: 'orders-1', export: 'orders', requestedBy: 'hanako@example.com' })

const time = givenPassingTime()
let aws: FakeAws
let confirm: (event: SQSEvent, context: Context) => Promise<void>
let written: string[]
let restoreOutput: () => void
beforeAll(async () => {
  aws = await startFakeAws()
  Object.assign(process.env, {
    [env.TABLE]: 'downloads',
    [env.TOPIC_ARN]: 'arn:aws:sns:us-east-1:000000000000:topic',
    [env.OWN_SUBSCRIPTIONS]: '0',
    [env.OPERATOR_LANGUAGE]: 'en',
    [env.REQUESTER_MAIL]: 'on',
    [env.BUCKET]: 'files',
    [env.FILE_SECONDS]: '86400',
  })
  confirm = (await import('../../functions/confirm-notice.ts')).handler as unknown as typeof confirm
})
afterAll(() => {
  time.restore()
  aws.close()
})
beforeEach(() => {
  aws.calls = []
  aws.answers = {}
  written = []
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  restoreOutput = () => write.mockRestore()
})
// Not all mocks, because time passes for the whole suite.
afterEach(() => restoreOutput())

describe('a failure that was not announced', () => {
  test('is announced and counted, with what Step Functions says', async () => {
    const notice = await announced({ error: 'QueryFailed', cause: 'ExportChunk: No such table.' })
    expect(notice).toMatchObject({
      status: 'failed',
      name: 'failed#0',
      id: 'orders-1',
      execution: executionArn,
      export: 'orders',
      requestedBy: 'hanako@example.com',
      failure: { step: 'ExportChunk', error: 'QueryFailed', reason: 'No such table.', redriveCount: 0 },
    })
    expect(written.flatMap((line) => (line.includes(`"${METRICS.announcedLate}":1`) ? [1] : []))).toEqual([1])
  })

  test.each<[string, object, object]>([
    [
      'that Halt gave another name',
      { error: 'Timeout', cause: 'ExportChunk: States.Timeout: It took too long.' },
      { step: 'ExportChunk', error: 'States.Timeout', reason: 'States.Timeout: It took too long.' },
    ],
    [
      'that Step Functions itself describes',
      { error: 'States.Runtime', cause: 'The history has 25,000 events.' },
      { step: 'Halt', error: 'States.Runtime', reason: 'The history has 25,000 events.' },
    ],
    [
      'of an execution that timed out',
      { status: 'TIMED_OUT' },
      { step: 'Halt', error: 'States.Timeout', reason: 'AWS gave no cause.' },
    ],
  ])('%s has the step, the error and the reason that are known', async (_, described, failure) => {
    expect((await announced(described)).failure).toMatchObject(failure)
  })

  test('of a later run is announced as that run’s', async () => {
    const notice = await announced({ redriveCount: 2 }, { redriveCount: 2 })
    expect(notice).toMatchObject({ name: 'failed#2', failure: { redriveCount: 2 } })
  })

  test.each(['null', '7', '"text"', '{"message":"not a request"}', undefined])(
    'of an execution with the input %s is announced without a requester',
    async (given) => {
      expect(await announced({ input: given })).toMatchObject({ id: 'orders-1', requestedBy: null, export: null })
    },
  )
})

test.each<[string, object]>([
  ['runs', { status: 'RUNNING' }],
  ['was redriven and has failed again', { redriveCount: 1 }],
  ['was redriven and has succeeded', { status: 'SUCCEEDED' }],
  ['was stopped', { status: 'ABORTED' }],
])('an execution that %s is not announced', async (_, described) => {
  await run(described)
  expect(publishes()).toEqual([])
  expect(written.join('')).not.toContain(METRICS.announcedLate)
})

test('a failure that has been announced is not announced again, but that of the next run is', async () => {
  const done = { Item: { publishDone: { S: '2026-11-30T06:00:00.000Z' } } }
  aws.answers.GetItem = ({ Key }) => ((Key as { sk: { S: string } }).sk.S === 'notice#failed#0' ? done : {})
  await run({})
  expect(aws.calls.map(({ action }) => action)).toEqual(['GetItem'])
  await run({ redriveCount: 1 }, { redriveCount: 1 })
  expect(publishes()).toHaveLength(1)
})

describe('while another invocation announces it', () => {
  const conflict = { __type: 'ConditionalCheckFailedException', message: 'No.' }

  test('it waits, and announces it once that claim has ended', async () => {
    givenClaim(21_000)
    await run({})
    expect(publishes()).toHaveLength(1)
  })

  test('it gives up when half of its time has passed', async () => {
    givenClaim(Number.POSITIVE_INFINITY)
    const before = time.passedMillis()
    await expect(run({})).rejects.toThrow('Another invocation has claimed the publish of this notice')
    expect(time.passedMillis() - before).toBeLessThanOrEqual(30_000)
    expect(publishes()).toEqual([])
  })

  function givenClaim(millis: number) {
    const end = time.passedMillis() + millis
    aws.answers.UpdateItem = ({ ConditionExpression }) =>
      ConditionExpression && time.passedMillis() < end ? conflict : {}
  }
})

/** @param described what Step Functions says about the execution, which has failed by default */
async function run(described: object, change: Partial<StatusChange> = {}): Promise<void> {
  const execution = { executionArn, startDate: 1_800_000_000, status: 'FAILED', input, ...described }
  aws.answers.DescribeExecution = () => execution
  const body = JSON.stringify({ detail: { executionArn, name: 'orders-1', status: 'FAILED', ...change } })
  const context = { functionName: 'confirm-notice', getRemainingTimeInMillis: () => 60_000 } as Context
  await confirm({ Records: [{ messageId: 'm', body }] } as SQSEvent, context)
}

async function announced(described: object, change?: Partial<StatusChange>): Promise<Notice> {
  await run(described, change)
  expect(publishes()).toHaveLength(1)
  const { sqs } = JSON.parse(publishes()[0]!.Message!) as { sqs: string }
  return JSON.parse(sqs) as Notice
}

function publishes() {
  return aws.calls.filter(({ action }) => action === 'Publish').map(({ input }) => input as Record<string, string>)
}
