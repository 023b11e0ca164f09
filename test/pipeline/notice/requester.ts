/** The mails that a requester gets, and how many. For notice.test.ts. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { PublishCommand } from '@aws-sdk/client-sns'
import type { Notice } from '../../../statemachine/notice.ts'
import { noticeKey } from '../../../statemachine/table.ts'
import { keyOf } from '../../../statemachine/table-update.ts'
import { mailAndDie } from '../../support/killed-mailer.ts'
import { arnOf, givenRequest, linkIn, mailAbout, order, outcomeOf } from '../../support/pipeline.ts'
import { CREDENTIALS, carryout, cloud, logSays, OPERATOR, until } from './shared-cloud.ts'

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

function givenNotice(change: Partial<Notice>): Notice {
  return {
    ...{ status: 'ready', name: 'ready', id: 'orders-1', execution: arnOf(cloud, change.id ?? 'orders-1') },
    ...{ at: new Date().toISOString(), requestedBy: null, language: 'en', timeZone: null, export: 'orders' },
    ...{ title: 'Orders', params: {}, file: null, failure: null },
    ...change,
  }
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

function mailsTo(address: string) {
  return cloud.outbox.list().filter(({ to }) => to === address)
}
