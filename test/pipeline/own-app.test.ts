/** An app that passes in its own queue, bucket and topics, and notifies its users itself: by webhook, event bus and its pages. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { Webhook } from 'standardwebhooks'
import { createOperator } from '../../client/operator.ts'
import { crc32 } from '../../engine/stores/crc32.ts'
import { crcToHex } from '../../statemachine/crc-hex.ts'
import { inProcess } from '../cli/command.ts'
import { synthesizeAppStack } from '../support/app-stack.ts'
import type { TestCloud } from '../support/cloud.ts'
import { givenRequest, mailAbout, order, outcomeOf, send, startShop } from '../support/pipeline.ts'

const SECRET = `whsec_${Buffer.from('a key of twenty-four bytes').toString('base64')}`
const BASE_URL = 'https://shop.example/downloads'

interface Called {
  headers: Record<string, string>
  body: string
  answered: number
}

let receiver: Server
/** Next responses of the receiver; 204 once the list is empty. */
let answers: number[]
const calls: Called[] = []
let directory: string
let url: string
let cloud: TestCloud
beforeAll(async () => {
  answers = []
  receiver = createServer(async (request, response) => {
    const body = await text(request)
    const answered = answers.shift() ?? 204
    calls.push({ headers: request.headers as Record<string, string>, body, answered })
    response.writeHead(answered).end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  directory = mkdtempSync(join(tmpdir(), 'carryout-app-'))
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`
  synthesizeAppStack(directory, { webhook: { url, secret: SECRET }, baseUrl: BASE_URL })
  cloud = await startShop({ assembly: directory })
}, 180_000)
afterAll(async () => {
  await cloud?.close()
  receiver.close()
  rmSync(directory, { recursive: true })
})

test('its webhook is called with a signature that Standard Webhooks verifies, and again until it accepts the call', async () => {
  answers = [503]
  const body = givenRequest({ requestedBy: 'hanako@example.org' })
  await order(cloud, body)
  const taken = await callOf(String(body.id))
  expect(callsOf(String(body.id)).map(({ answered }) => answered)).toEqual([503, 204])
  expect(new Webhook(SECRET).verify(taken.body, taken.headers)).toMatchObject({
    type: 'download.ready',
    data: { id: body.id, status: 'ready', export: 'orders', requestedBy: 'hanako@example.org', failure: null },
  })
  // With it, a receiver recognizes a repeated notification.
  expect(new Set(callsOf(String(body.id)).map(({ headers }) => headers['webhook-id']))).toEqual(
    new Set([`${body.id}.ready`]),
  )
  expect(() => new Webhook(SECRET).verify(taken.body.replace('ready', 'READY'), taken.headers)).toThrow()
})

test('its own queue brings the request, its own bucket has the file, and its own topic mails the operator', async () => {
  const { CarryoutQueueUrl, CarryoutBucketName: Bucket, CarryoutTopicArn } = cloud.outputs
  expect([CarryoutQueueUrl, Bucket, CarryoutTopicArn]).toEqual([
    expect.stringMatching(/\/shop-requests\.fifo$/),
    'shop-files',
    expect.stringMatching(/:shop-notices$/),
  ])
  const body = givenRequest()
  const { output } = await order(cloud, body)
  const { file } = JSON.parse(output!) as { file: { key: string; bytes: number; crc32: string } }
  const stored = await cloud.clients.s3.send(new GetObjectCommand({ Bucket, Key: file.key }))
  const bytes = await stored.Body!.transformToByteArray()
  expect([bytes.length, crcToHex(crc32(bytes))]).toEqual([file.bytes, file.crc32])
  expect((await mailAbout(cloud, String(body.id), 'operator@example.com')).subject).toMatch(/ready/)
  const made = cloud.stacks.flatMap(({ resources }) => resources).map(({ type, logicalId }) => `${type} ${logicalId}`)
  expect(made.filter((each) => /^AWS::(S3::Bucket|SNS::Topic) Carryout/.test(each))).toEqual([])
})

test('messages of schedules that could not be put on the queue raise an alarm', () => {
  const template = readFileSync(join(directory, 'Carryout.template.json'), 'utf8')
  expect(template).toContain('"AWS::Scheduler::Schedule"')
  expect(template).toContain('section “ScheduleUndelivered”')
})

test('the event bus notifies it of ready and failed downloads, without a link', async () => {
  const failed = givenRequest({ export: 'orderz', requestedBy: 'hanako@example.org' })
  await order(cloud, failed)
  const event = await eventOf(String(failed.id))
  expect(event).toMatchObject({
    source: 'carryout',
    'detail-type': 'carryout.download',
    detail: { status: 'failed', file: null, failure: { step: 'Prepare', error: 'UnknownExport', redriveCount: 0 } },
  })
  expect((await callOf(String(failed.id))).body).toContain('"type":"download.failed"')
  const ready = givenRequest()
  await order(cloud, ready)
  const told = await eventOf(String(ready.id))
  expect(told.detail).toMatchObject({ status: 'ready', file: { format: 'csv', rows: expect.any(Number) } })
  expect(JSON.stringify(told)).not.toMatch(/https?:/)
})

test('mails link to its own page, and the stack has no function URL', async () => {
  const body = givenRequest()
  await order(cloud, body)
  const { text: mail } = await mailAbout(cloud, String(body.id), 'operator@example.com')
  expect(mail).toContain(`${BASE_URL}/${body.id}\n`)
  const types = cloud.stacks.flatMap(({ resources }) => resources.map(({ type }) => type))
  expect(types).not.toContain('AWS::Lambda::Url')
})

test('its schedule requests the orders of the month before, once, and notifies the recipient', async () => {
  // The first of March, six in the morning in Tokyo.
  await cloud.scheduler.advanceTo(new Date('2027-02-28T21:00:00Z'))
  const id = 'orders_monthly_20270228T210000Z'
  const { status, output, input } = await outcomeOf(cloud, id)
  expect(status).toBe('SUCCEEDED')
  const message = {
    schedule: 'monthly',
    export: 'orders',
    scheduledAt: '2027-02-28T21:00:00Z',
    requestedBy: 'month@example.com',
  }
  expect(JSON.parse(input!)).toEqual({ ...message, id })
  expect(JSON.parse(output!).request).toMatchObject({
    params: { from: '2027-02-01', to: '2027-03-01' },
    requestedBy: 'month@example.com',
    timeZone: 'Asia/Tokyo',
  })
  expect((await callOf(id)).body).toContain('"requestedBy":"month@example.com"')
  // Delivered twice, as Scheduler may.
  await send(cloud, `${JSON.stringify(message)} `)
  const next = givenRequest()
  await order(cloud, next)
  expect(callsOf(id).filter(({ answered }) => answered === 204)).toHaveLength(1)
  // The command and the console show when it runs next.
  const { endpointUrl } = cloud
  const before = { ...process.env }
  const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: cloud.region }
  Object.assign(process.env, { AWS_ENDPOINT_URL: endpointUrl, ...credentials })
  const { code, stdout } = await inProcess(['schedules'])
  process.env = before
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^orders monthly +cron\(0 6 1 \* \? \*\) +Asia\/Tokyo +20\d\d-\d\d-\d\d 21:00:00 +2027-02-28 21:00:00 +ready +orders_monthly_20270228T210000Z$/m,
  )
  const page = await (await fetch(`${endpointUrl}/_carryout/exports/orders`)).text()
  expect(page).toMatch(/Next run: <time datetime="20\d\d-\d\d-\d\dT21:00:00/)
})

test('a pause survives a deployment, even one that enables the queue’s delivery again; mails then have no link', async () => {
  const { endpointUrl: endpoint, region } = cloud
  const connection = { endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const operator = createOperator({ stackName: 'Carryout' }, connection)
  await operator.pause({ by: 'a test', reason: 'a deployment' })
  const next = join(directory, 'next')
  synthesizeAppStack(next, { webhook: { url, secret: SECRET }, baseUrl: BASE_URL, mailsWithoutLink: true })
  await cloud.restart({ assembly: next })
  expect(await operator.paused()).toMatchObject({ by: 'a test' })
  // A deployment that changes the mapping has the same effect.
  const lambda = new LambdaClient(connection)
  const { EventSourceMappings: [mapping] = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: 'Carryout-start' }),
  )
  expect(mapping?.State).toBe('Disabled')
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping!.UUID, Enabled: true }))
  lambda.destroy()
  const body = givenRequest()
  await send(cloud, body)
  await until(async () => (await inFlight()) === 1)
  expect((await operator.downloads({ state: 'running' })).downloads).toEqual([])
  await operator.resume()
  expect((await outcomeOf(cloud, String(body.id))).status).toBe('SUCCEEDED')
  const mail = await mailAbout(cloud, String(body.id), 'hanako@example.com')
  expect(mail.subject).toBe('Your download is ready: Orders')
  expect(mail.text).toContain('You can get the file where you requested it.')
  expect(`${mail.text}${mail.html}`).not.toMatch(/https?:/)
})

/** Messages that `start` has received, and holds. */
async function inFlight(): Promise<number> {
  const { Attributes = {} } = await cloud.clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: cloud.outputs.CarryoutQueueUrl,
      AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
    }),
  )
  return Number(Attributes.ApproximateNumberOfMessagesNotVisible)
}

async function until(isSo: () => Promise<boolean>) {
  while (!(await isSo())) await sleep(50)
}

const callsOf = (id: string) => calls.filter(({ body }) => body.includes(`"id":"${id}"`))

/** The one that was taken. */
async function callOf(id: string): Promise<Called> {
  for (;;) {
    const taken = callsOf(id).find(({ answered }) => answered === 204)
    if (taken) return taken
    await sleep(50)
  }
}

interface DownloadEvent {
  source: string
  'detail-type': string
  detail: { id: string }
}

async function eventOf(id: string): Promise<DownloadEvent> {
  const QueueUrl = cloud.outputs.EventsUrl
  for (;;) {
    const { Messages = [] } = await cloud.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }))
    for (const { Body = '', ReceiptHandle } of Messages) {
      await cloud.clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      const event = JSON.parse(Body) as DownloadEvent
      if (event.detail.id === id) return event
    }
  }
}
