/** `start` in front of a Step Functions that lists and describes executions late, as AWS does. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import { type Cloud, INVOKE, openCloud, task } from '../../local/test/states/cloud.ts'
import { MESSAGE_GROUP } from '../../statemachine/request.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'

const LAG_MILLIS = 400
const RUN_MILLIS = 600

let aws: FakeAws
let cloud: Cloud
let start: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>
let running = 0
let most = 0
let runs = 0
beforeAll(async () => {
  aws = await startFakeAws()
  cloud = await openCloud(
    async () => {
      most = Math.max(most, ++running)
      runs++
      await new Promise((resolve) => setTimeout(resolve, RUN_MILLIS))
      running--
      return null
    },
    { doubts: { lagMillis: LAG_MILLIS } },
  )
  const entry = { state: { S: 'waiting' }, place: { S: 'x' } }
  aws.answers.GetItem = ({ Key }) => ((Key as { sk: { S: string } }).sk.S === 'entry' ? { Item: entry } : {})
  const { hostname, port } = await cloud.client.config.endpoint!()
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SFN: `http://${hostname}:${port}`,
    [env.STATE_MACHINE_ARN]: await cloud.machine({ Work: task({ Resource: INVOKE }) }),
    [env.QUEUE_URL]: `${aws.endpoint}/000000000000/requests.fifo`,
    [env.MAX_RECEIVES]: '1000',
    [env.MAX_RUNNING]: '1',
    [env.TABLE]: 'downloads',
    [env.EXPORT_CHUNK_FUNCTION]: 'export-chunk',
    [env.NOTIFY_FUNCTION]: 'notify',
  })
  start = (await import('../../functions/start.ts')).handler as unknown as typeof start
})
afterAll(async () => {
  aws.close()
  await cloud.close()
})

test('admits the next request only after the previous one is visible, and never too many at once', async () => {
  for (const id of ['a', 'b', 'c']) {
    const before = performance.now()
    expect(await received(id)).toEqual({ batchItemFailures: [] })
    expect(performance.now() - before).toBeGreaterThanOrEqual(LAG_MILLIS)
  }
  expect({ runs, most }).toEqual({ runs: 3, most: 1 })
})

test('a message that is delivered twice starts one execution, even if that is not described yet', async () => {
  runs = 0
  await received('twice')
  const [again] = await Promise.all([received('twice')])
  expect(again).toEqual({ batchItemFailures: [] })
  expect(runs).toBe(1)
})

function received(id: string): Promise<SQSBatchResponse> {
  const body = JSON.stringify({ id, export: 'orders', params: {}, requestedBy: 'hanako@example.com' })
  const attributes = { MessageGroupId: MESSAGE_GROUP, SentTimestamp: String(Date.now()) }
  const record = { messageId: `message-${id}`, receiptHandle: `receipt-${id}`, body, attributes }
  const context = { getRemainingTimeInMillis: () => 40_000 }
  return start({ Records: [record] } as unknown as SQSEvent, context as Context)
}
