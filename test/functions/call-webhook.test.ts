import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Context, SQSEvent } from 'aws-lambda'
import { Webhook } from 'standardwebhooks'
import { env } from '../../functions/common/environment.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'
import { givenPassingTime } from '../support/passing-time.ts'

const SECRET = `whsec_${Buffer.from('a key of twenty-four bytes').toString('base64')}`
const notice = {
  status: 'ready',
  name: 'ready',
  id: 'orders-1',
  at: '2026-11-30T00:00:00.000Z',
  file: null,
  failure: null,
}

const time = givenPassingTime()
let aws: FakeAws
let receiver: Server
let status: number
let received: { headers: Record<string, string>; body: string }[]
let call: (event: SQSEvent, context: Context) => Promise<void>
beforeAll(async () => {
  aws = await startFakeAws()
  receiver = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    received.push({ headers: request.headers as Record<string, string>, body })
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('x'.repeat(100_000))
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  Object.assign(process.env, {
    [env.TABLE]: 'downloads',
    [env.WEBHOOK_URL]: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`,
    [env.WEBHOOK_SECRET_ARN]: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:hook',
    [env.RETRY_QUEUE_URL]: `${aws.endpoint}/000000000000/calls`,
    [env.RETRY_ATTEMPTS]: '10',
  })
  aws.answers.GetSecretValue = () => ({ SecretString: SECRET })
  call = (await import('../../functions/call-webhook.ts')).handler as unknown as typeof call
})
afterAll(() => {
  time.restore()
  aws.close()
  receiver.close()
})
beforeEach(() => {
  aws.calls = []
  delete aws.answers.UpdateItem
  received = []
})

test('a call’s signature is accepted by the library of Standard Webhooks', async () => {
  status = 204
  await run(1)
  const { headers, body } = received[0]!
  const verified = new Webhook(SECRET).verify(body, headers)
  expect(verified).toMatchObject({
    type: 'download.ready',
    timestamp: notice.at,
    data: { id: 'orders-1', status: 'ready' },
  })
  expect(headers['webhook-id']).toBe('orders-1.ready')
})

test.each([
  // The schedule that the specification recommends: five seconds, five minutes, half an hour, and then hours.
  [500, 1, 5],
  [404, 2, 300],
  [400, 3, 1_800],
  [503, 4, 7_200],
  [410, 5, 18_000],
  [302, 6, 36_000],
  [500, 9, 36_000],
])('a response of %d at attempt %d is a failure, retried after %d seconds', async (answer, attempt, seconds) => {
  status = answer
  await expect(run(attempt)).rejects.toThrow(`The webhook answered ${answer}.`)
  expect(received).toHaveLength(1)
  const delay = aws.calls.find(({ action }) => action === 'ChangeMessageVisibility')
  expect(delay!.input).toMatchObject({ VisibilityTimeout: seconds })
})

test('after the last attempt, within two days, the message moves to the dead-letter queue immediately', async () => {
  status = 500
  for (let attempt = 1; attempt <= 10; attempt++) await expect(run(attempt)).rejects.toThrow('answered 500')
  const waits = aws.calls.flatMap(({ action, input }) =>
    action === 'ChangeMessageVisibility' ? Number(input.VisibilityTimeout) : [],
  )
  expect(waits).toHaveLength(10)
  expect(waits.at(-1)).toBe(0)
  expect(waits.reduce((sum, seconds) => sum + seconds) / 3600).toBeCloseTo(48, 0)
})

test('a message to operators, which is not about a download, calls nothing', async () => {
  await run(1, { status: 'outage', outage: { id: 'orders-1' } })
  expect(received).toEqual([])
})

describe('while another invocation has claimed the call', () => {
  beforeEach(() => {
    status = 204
  })

  test('it waits, and calls once the claim has ended', async () => {
    givenClaim(21_000)
    await run(1)
    expect(received).toHaveLength(1)
  })

  test('it gives up when half of its time has passed, and is called again later', async () => {
    givenClaim(Number.POSITIVE_INFINITY)
    const before = time.passedMillis()
    await expect(run(1)).rejects.toThrow('Another invocation has claimed the webhook of this notice')
    expect(time.passedMillis() - before).toBeLessThanOrEqual(30_000)
    expect(received).toEqual([])
  })

  function givenClaim(millis: number) {
    const end = time.passedMillis() + millis
    aws.answers.UpdateItem = ({ ConditionExpression }) =>
      ConditionExpression && time.passedMillis() < end
        ? { __type: 'ConditionalCheckFailedException', message: 'No.' }
        : {}
  }
})

function run(attempt: number, message: object = notice): Promise<void> {
  const attributes = { ApproximateReceiveCount: String(attempt) }
  const record = { messageId: 'm', receiptHandle: 'r', body: JSON.stringify(message), attributes }
  const context = { functionName: 'call-webhook', getRemainingTimeInMillis: () => 60_000 } as Context
  return call({ Records: [record] } as unknown as SQSEvent, context)
}
