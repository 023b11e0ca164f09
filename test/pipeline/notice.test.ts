/** Notifications about downloads: recipients, channels and number. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { StopExecutionCommand } from '@aws-sdk/client-sfn'
import { PublishCommand } from '@aws-sdk/client-sns'
import { type Carryout, createCarryout } from '../../client/carryout.ts'
import { signLink } from '../../functions/common/link.ts'
import type { Notice } from '../../statemachine/notice.ts'
import { noticeKey } from '../../statemachine/table.ts'
import { keyOf } from '../../statemachine/table-update.ts'
import { changedAssembly } from '../support/assembly.ts'
import { accessibilityProblems, openBrowser } from '../support/browser.ts'
import type { TestCloud } from '../support/cloud.ts'
import { mailAndDie } from '../support/killed-mailer.ts'
import { metricsCounted, metricsRead } from '../support/metrics.ts'
import {
  arnOf,
  givenRequest,
  linkIn,
  mailAbout,
  openMail,
  order,
  outcomeOf,
  send,
  startShop,
} from '../support/pipeline.ts'

const OPERATOR = 'operator@example.com'
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }
let directory: string
let cloud: TestCloud
let carryout: Carryout
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-notice-'))
  const assembly = await changedAssembly(join(directory, 'assembly'), 'notify', () => undefined)
  withoutDelay(assembly)
  cloud = await startShop({ assembly, countsRights: true, delayScale: 0.001 })
  const { endpointUrl: endpoint, region } = cloud
  carryout = createCarryout({ stackName: 'Carryout' }, { endpoint, region, credentials: CREDENTIALS })
}, 180_000)
afterAll(async () => {
  await cloud?.close()
  rmSync(directory, { recursive: true })
})

function mailsTo(address: string) {
  return cloud.outbox.list().filter(({ to }) => to === address)
}

describe('a requester who was never subscribed', () => {
  test('gets one mail when the file is ready, in text and HTML, and the operator another without a link', async () => {
    const body = givenRequest({ requestedBy: 'never@example.org' })
    await order(cloud, body)
    const mail = await mailAbout(cloud, String(body.id), 'never@example.org')
    expect(mail.subject).toBe('Your download is ready: Orders')
    expect(mail.from).toBe('"Shop downloads" <downloads@example.com>')
    expect(mail.html).toContain(linkIn(mail).replaceAll('&', '&#38;'))
    const operator = await mailAbout(cloud, String(body.id), OPERATOR)
    expect(operator.subject).toBe('Download ready: orders')
    expect(operator.text).not.toContain('lambda-url')
  })

  test('gets no second mail of the same outcome, even if the topic announces it twice', async () => {
    const body = givenRequest({ requestedBy: 'twice@example.org' })
    await order(cloud, body)
    await mailAbout(cloud, String(body.id), 'twice@example.org')
    const { file } = JSON.parse((await outcomeOf(cloud, String(body.id))).output!)
    await publish(givenNotice({ id: String(body.id), requestedBy: 'twice@example.org', file }))
    // Once a later message has gone through the same queue, the notice has been processed.
    const next = givenRequest({ requestedBy: 'after@example.org' })
    await order(cloud, next)
    await mailAbout(cloud, String(next.id), 'after@example.org')
    await logSays('mail-requester', 'Mailed already')
    expect(mailsTo('twice@example.org')).toHaveLength(1)
    expect((await carryout.notices(String(body.id))).ready).toMatchObject({
      publishDone: expect.any(String),
      eventDone: expect.any(String),
      mailDone: expect.any(String),
      messageId: expect.any(String),
    })
  })

  test('gets one mail even if SES accepts none for a while', async () => {
    // More often than the SDK tries by itself.
    cloud.ses.fail({ code: 'TooManyRequestsException', message: 'Maximum sending rate exceeded.', times: 4 })
    const body = givenRequest({ requestedBy: 'throttled@example.org' })
    await order(cloud, body)
    await mailAbout(cloud, String(body.id), 'throttled@example.org')
    await until(async () => (await carryout.notices(String(body.id))).ready?.mailDone !== undefined)
    expect(mailsTo('throttled@example.org')).toHaveLength(1)
  })

  test('gets a mail in SES’s sandbox once their address is verified', async () => {
    const requestedBy = 'verified@example.org'
    cloud.ses.account.sandbox = true
    try {
      cloud.ses.createIdentity(requestedBy)
      const body = givenRequest({ requestedBy })
      await order(cloud, body)
      await mailAbout(cloud, String(body.id), requestedBy)
    } finally {
      cloud.ses.account.sandbox = false
    }
  })

  test('gets a second mail rather than none if it is unknown whether SES accepted the first', async () => {
    cloud.ses.fail({ code: 'InternalFailure', status: 500, when: 'after' })
    const body = givenRequest({ requestedBy: 'unsure@example.org' })
    await order(cloud, body)
    await until(async () => (await carryout.notices(String(body.id))).ready?.mailDone !== undefined)
    expect(mailsTo('unsure@example.org')).toHaveLength(2)
  })

  test('gets a second mail rather than none if the function is killed before the table has the first', async () => {
    const body = givenRequest({ requestedBy: 'before@example.org' })
    await order(cloud, body)
    const id = String(body.id)
    const { file } = JSON.parse((await outcomeOf(cloud, id)).output!)
    const name = 'ready-killed'
    const notice = givenNotice({ id, name, requestedBy: 'killed@example.org', file })
    await mailAndDie(cloud, notice)
    expect(mailsTo('killed@example.org')).toHaveLength(1)
    const facts = async () => (await carryout.notices(id))[name]
    expect(await facts()).not.toHaveProperty('mailDone')
    await endClaim(id, name)
    await publish(notice)
    await until(async () => (await facts())?.mailDone !== undefined)
    expect(mailsTo('killed@example.org')).toHaveLength(2)
  })

  test('gets no mail about a file that is gone, and the message is retried later', async () => {
    const file = { key: 'files/gone/orders.csv', name: 'orders.csv', rows: 1, bytes: 1 } as Notice['file']
    await publish(givenNotice({ id: 'gone', requestedBy: 'nofile@example.org', file }))
    await logSays('mail-requester', 'files/gone/orders.csv has been deleted')
    expect(mailsTo('nofile@example.org')).toEqual([])
  })

  test('whose address does not exist is recorded as not having got the mail', async () => {
    const body = givenRequest({ requestedBy: 'bounce@simulator.amazonses.com' })
    await order(cloud, body)
    for (;;) {
      const { ready } = await carryout.notices(String(body.id))
      if (ready?.feedback) {
        expect(ready.feedback).toBe('bounce')
        break
      }
      await sleep(50)
    }
  })
})

test('others get the same mail that the file is ready, without seeing each other', async () => {
  const body = givenRequest({ requestedBy: 'alone@example.org' })
  await order(cloud, body)
  const id = String(body.id)
  const { file } = JSON.parse((await outcomeOf(cloud, id)).output!)
  const alsoTo = ['one@example.org', 'two@example.org']
  await publish(givenNotice({ id, name: 'ready-shared', requestedBy: 'first@example.org', alsoTo, file }))
  for (const address of ['first@example.org', ...alsoTo]) {
    const mail = await mailAbout(cloud, id, address)
    expect(mail.subject).toBe('Your download is ready: Orders')
    expect(`${mail.text}${mail.html}`).not.toMatch(/(one|two)@example\.org/)
  }
})

test('a request in another message group takes its turn in the common group', async () => {
  const body = givenRequest({ requestedBy: 'grouped@example.org' })
  await send(cloud, body, 'another')
  expect((await outcomeOf(cloud, String(body.id))).status).toBe('SUCCEEDED')
  await logSays('start', 'The message’s group was not')
})

describe('a link', () => {
  async function givenLink(requestedBy: string) {
    const body = givenRequest({ requestedBy })
    await order(cloud, body)
    const mail = await mailAbout(cloud, String(body.id), requestedBy)
    return { id: String(body.id), mail, link: linkIn(mail) }
  }

  test('shows a page with a button to GET and HEAD, which do not open the file', async () => {
    const { link } = await givenLink('scanned@example.org')
    const page = await fetch(link, { headers: { 'accept-language': 'ja,en;q=0.5' } })
    expect(page.status).toBe(200)
    expect(page.headers.get('x-robots-tag')).toBe('noindex')
    expect(page.headers.get('content-security-policy')).toContain(
      `form-action 'self' ${new URL(cloud.endpointUrl).origin}`,
    )
    const html = await page.text()
    expect(html).toContain('<form method="post"><button>ダウンロード</button></form>')
    expect(html).toContain('<html lang="ja">')
    const head = await fetch(link, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('answers the button with a redirect to the file', async () => {
    const { link } = await givenLink('button@example.org')
    const answer = await fetch(link, { method: 'POST', redirect: 'manual' })
    expect(answer.status).toBe(303)
    const file = await fetch(answer.headers.get('location')!)
    expect(await file.text()).toMatch(/^Order no\.,/)
    expect((await fetch(link, { method: 'PUT' })).status).toBe(405)
  })

  test('downloads the file in a browser once its button is pressed, and its page is for everybody', async () => {
    const { mail, link } = await givenLink('browser@example.org')
    expect(mail.text).toContain(link)
    const browser = await openBrowser()
    try {
      const page = await browser.newPage({ locale: 'ja-JP' })
      const refused: string[] = []
      page.on('console', (message) => message.type() === 'error' && refused.push(message.text()))
      await page.goto(link)
      expect(await accessibilityProblems(page)).toEqual([])
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('button')])
      const file = readFileSync(await download.path(), 'utf8')
      expect(file).toMatch(/^Order no\.,/)
      expect(download.suggestedFilename()).toMatch(/\.csv$/)
      // The page's policy names where the answer to the form leads.
      expect(refused).toEqual([])
    } finally {
      await browser.close()
    }
  })

  test('is revoked alone, or with all links sent to its requester so far', async () => {
    const first = await givenLink('revoked@example.org')
    const second = await givenLink('revoked@example.org')
    const other = await givenLink('kept@example.org')
    await carryout.revokeLinks({ id: first.id })
    expect((await openMail(first.mail)).status).toBe(410)
    expect((await openMail(second.mail)).status).toBe(200)
    await carryout.revokeLinks({ requestedBy: 'Revoked@example.org' })
    const answer = await openMail(second.mail)
    expect([answer.status, await answer.text()]).toEqual([410, expect.stringContaining('This link no longer works.')])
    expect((await openMail(other.mail)).status).toBe(200)
  })

  test('to a file that is gone says so, and no mail is sent about such a file', async () => {
    const { id, mail } = await givenLink('gone@example.org')
    const { file } = JSON.parse((await outcomeOf(cloud, id)).output!)
    await cloud.clients.s3.send(new DeleteObjectCommand({ Bucket: file.bucket, Key: file.key }))
    const answer = await openMail(mail)
    expect([answer.status, await answer.text()]).toEqual([410, expect.stringContaining('has been deleted')])
  })
})

describe('a failure', () => {
  test('that was not announced is announced by the last line of defence, and a cancellation is not', async () => {
    silenceNotify()
    const body = givenRequest({ export: 'orderz', requestedBy: 'untold@example.org', language: 'ja' })
    expect(await order(cloud, body)).toMatchObject({ status: 'FAILED', error: 'UnknownExport' })
    const own = await mailAbout(cloud, String(body.id), 'untold@example.org')
    expect(own.subject).toBe('ご依頼のダウンロードを完了できませんでした')
    const operator = await mailAbout(cloud, String(body.id), OPERATOR)
    expect(operator.text).toContain('Error: UnknownExport\n')
    expect(operator.text).toContain('Step: Prepare\n')
    silenceNotify()
    const messageId = await send(cloud, 'hello')
    await outcomeOf(cloud, messageId)
    await mailAbout(cloud, messageId, OPERATOR)

    const stopped = givenRequest({ requestedBy: 'cancelled@example.org', export: 'order-items', params: {} })
    await send(cloud, stopped)
    for (;;) {
      const executionArn = arnOf(cloud, String(stopped.id))
      const done = await cloud.clients.sfn.send(new StopExecutionCommand({ executionArn })).catch(() => undefined)
      if (done) break
      await sleep(10)
    }
    expect((await outcomeOf(cloud, String(stopped.id))).status).toBe('ABORTED')
    const after = givenRequest({ export: 'orderz', requestedBy: 'later@example.org' })
    silenceNotify()
    await order(cloud, after)
    await mailAbout(cloud, String(after.id), 'later@example.org')
    expect(cloud.outbox.list().filter(({ text }) => text.includes(String(stopped.id)))).toEqual([])
  })

  test('that was already announced is not announced again by the last line of defence', async () => {
    const body = givenRequest({ export: 'orderz', requestedBy: 'once@example.org' })
    await order(cloud, body)
    const id = String(body.id)
    await mailAbout(cloud, id, 'once@example.org')
    await logSays('confirm-notice', 'The failure has been announced')
    for (const to of ['once@example.org', OPERATOR]) {
      expect(cloud.outbox.list().filter((mail) => mail.to === to && mail.text.includes(id))).toHaveLength(1)
    }
  })
})

test('every metric that the dashboard and the alarms read is counted under that name and those dimensions', async () => {
  const requestedBy = 'metrics@example.org'
  const body = givenRequest({ requestedBy })
  await order(cloud, body)
  const link = linkIn(await mailAbout(cloud, String(body.id), requestedBy))
  expect((await fetch(link.replace('signature=', 'signature=x'), { method: 'POST' })).status).toBe(403)
  const { SecretString } = await cloud.clients.secrets.send(new GetSecretValueCommand({ SecretId: secretOf(cloud) }))
  const ended = { key: 'files/a/a.csv', requester: 'somebody', made: 1, expires: 2 }
  expect((await fetch(signLink(link.split('?')[0]!, ended, SecretString!))).status).toBe(410)
  await carryout.pause({ by: 'a test', reason: 'so that it waits' })
  const { id } = await carryout.request(givenRequest() as never)
  await carryout.cancel(id, { by: 'a test' })
  await carryout.resume()
  await until(async () => (await metricsCounted(cloud)).has('Cancelled Stack=Carryout'))
  await deliverWhatCannotStart()
  const counted = await metricsCounted(cloud)
  const read = metricsRead(join(directory, 'assembly'))
  expect(read.size).toBeGreaterThan(15)
  expect(read).toContain('Failed Error,Stack=Carryout')
  expect([...read].filter((metric) => !counted.has(metric))).toEqual([])
})

/** Lambda's call of `start` with a message of another group that the queue cannot take again: it has no body. */
async function deliverWhatCannotStart() {
  const attributes = { MessageGroupId: 'another', SentTimestamp: String(Date.now()) }
  const record = { messageId: 'message-1', receiptHandle: 'none', body: '', attributes }
  for (;;) {
    const invoked = cloud.lambda.invoke('Carryout-start', JSON.stringify({ Records: [record] }))
    // It may still be at the message before.
    const answer = await invoked.catch((error: { code?: string }) => {
      if (error.code !== 'TooManyRequestsException') throw error
    })
    if (answer)
      return expect(JSON.parse(answer.payload)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
    await sleep(50)
  }
}

function givenNotice(change: Partial<Notice>): Notice {
  return {
    ...{ status: 'ready', name: 'ready', id: 'orders-1', execution: arnOf(cloud, change.id ?? 'orders-1') },
    ...{ at: new Date().toISOString(), requestedBy: null, language: 'en', timeZone: null, export: 'orders' },
    ...{ title: 'Orders', params: {}, file: null, failure: null },
    ...change,
  }
}

/** The secret that links are signed with. */
function secretOf({ stacks }: TestCloud): string {
  const resources = stacks.flatMap((stack) => stack.resources)
  return resources.find(({ type }) => type === 'AWS::SecretsManager::Secret')!.physicalId
}

/** Sends the message like `notify`. */
async function publish(notice: Notice) {
  await cloud.clients.sns.send(
    new PublishCommand({
      TopicArn: cloud.outputs.CarryoutTopicArn,
      MessageStructure: 'json',
      Message: JSON.stringify({ default: 'again', sqs: JSON.stringify(notice) }),
    }),
  )
}

/** Lets the dead process's claim expire. */
async function endClaim(id: string, name: string) {
  const { endpointUrl: endpoint, region } = cloud
  const client = new DynamoDBClient({ endpoint, region, credentials: CREDENTIALS })
  const command = new UpdateItemCommand({
    TableName: cloud.outputs.CarryoutTableName,
    Key: keyOf(noticeKey(id, name)),
    UpdateExpression: 'SET mailClaimedUntil = :now',
    ConditionExpression: 'mailClaimedUntil > :now',
    ExpressionAttributeValues: { ':now': { S: new Date().toISOString() } },
  })
  await client.send(command)
  client.destroy()
}

async function until(isSo: () => Promise<boolean>) {
  while (!(await isSo())) await sleep(50)
}

/** Keeps the next failure from being announced by the state machine: all its tries are answered so. */
function silenceNotify() {
  cloud.lambda.refuse('Carryout-notify', { code: 'ResourceNotFoundException', status: 404, times: 4 })
}

/** The queue of the last line of defence without its two minutes. */
function withoutDelay(assembly: string) {
  const path = join(assembly, 'Carryout.template.json')
  const text = readFileSync(path, 'utf8')
  expect(text).toMatch(/"DelaySeconds": ?120/)
  writeFileSync(path, text.replace(/"DelaySeconds": ?120/, '"DelaySeconds": 1'))
}

async function logSays(handler: string, sentence: string, where = cloud) {
  const { FilterLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs')
  for (;;) {
    const { events = [] } = await where.clients.logs.send(
      new FilterLogEventsCommand({ logGroupName: `/aws/lambda/Carryout-${handler}` }),
    )
    if (events.some(({ message }) => message?.includes(sentence))) return
    await sleep(100)
  }
}
