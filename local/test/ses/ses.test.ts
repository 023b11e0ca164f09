import { readFileSync, rmSync, statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import {
  CreateEmailIdentityCommand,
  GetAccountCommand,
  GetEmailIdentityCommand,
  SESv2Client,
  SendEmailCommand,
  type SendEmailCommandInput,
} from '@aws-sdk/client-sesv2'
import PostalMime from 'postal-mime'
import { type Gateway, startGateway } from '../../src/gateway.ts'
import { type Outbox, openOutbox } from '../../src/mail/outbox.ts'
import { createPages } from '../../src/pages.ts'
import { createSes, type Ses } from '../../src/ses/ses.ts'
import { openStore } from '../../src/store.ts'
import { sesTypes } from '../../src/template/resources/ses.ts'
import { bootStack } from '../../src/template/stack.ts'
import { clientConfig, temporaryDirectory } from '../messaging/support.ts'

const place = { region: 'us-east-1', accountId: '000000000000' }
const HTML = '<html lang="ja"><body><h1>受注一覧</h1><a href="https://example.com/x">🍱 開く</a></body></html>'
let directory: string
let store: DatabaseSync
let outbox: Outbox
let ses: Ses
let gateway: Gateway
let client: SESv2Client
const published: { topicArn: string; message: string }[] = []
const events: { source: string; detailType: string; detail: object }[] = []
beforeEach(async () => {
  directory = temporaryDirectory()
  store = openStore(directory)
  outbox = openOutbox({ store, directory: `${directory}/outbox` })
  ses = createSes({ store, ...place, outbox })
  gateway = await startGateway({ port: 0 })
  gateway.services.set('ses', ses.handler)
  gateway.paths.set('/_carryout/', createPages({ outbox, unsubscribe: () => false, isReady: () => true }))
  client = new SESv2Client(clientConfig(gateway.endpointUrl))
  published.length = 0
  events.length = 0
  await boot()
})
afterEach(async () => {
  client.destroy()
  await gateway.stop()
  store.close()
  rmSync(directory, { recursive: true })
})

test('a mail with text and HTML is in the outbox and reads back whole from its file', async () => {
  const { MessageId } = await send({
    FromEmailAddress: '"Shop" <downloads@example.com>',
    ReplyToAddresses: ['help@example.com'],
  })
  const [mail] = outbox.list()
  expect(mail).toMatchObject({
    id: MessageId,
    to: 'hanako@example.org',
    from: '"Shop" <downloads@example.com>',
    subject: '受注一覧 🍱 をダウンロードできます',
    text: '準備ができました。\nhttps://example.com/x',
    html: HTML,
  })
  const read = await PostalMime.parse(readFileSync(mail?.path as string))
  expect(read).toMatchObject({
    messageId: `<${MessageId}@email.amazonses.com>`,
    from: { name: 'Shop', address: 'downloads@example.com' },
    to: [{ address: 'hanako@example.org' }],
    replyTo: [{ address: 'help@example.com' }],
    subject: '受注一覧 🍱 をダウンロードできます',
  })
  expect(read.text?.trim()).toBe('準備ができました。\nhttps://example.com/x')
  expect(read.html?.trim()).toBe(HTML)
  expect(statSync(mail?.path as string).mode & 0o777).toBe(0o600)
})

test('a page shows the HTML without running scripts or loading anything', async () => {
  const html = '<p onclick="x()">hello</p><script>alert(1)</script><img src="https://evil.example/pixel">'
  const { MessageId } = await send({ Content: content({ Html: { Data: html } }) })
  const get = async (path: string) => {
    const response = await fetch(`${gateway.endpointUrl}/_carryout/${path}`, { headers: { accept: 'text/html' } })
    return { status: response.status, text: await response.text(), headers: response.headers }
  }
  const list = await get('outbox')
  expect(list.text).toContain(`<iframe src="/_carryout/outbox/${MessageId}/html" sandbox="allow-popups`)
  expect(list.text).not.toContain('<script>')
  expect(list.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-src 'self'/)
  const mail = await get(`outbox/${MessageId}/html`)
  expect(mail.text).toContain(html)
  const policy = mail.headers.get('content-security-policy')
  expect(policy).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'/)
  expect(policy).not.toMatch(/allow-scripts|allow-same-origin|https?:/)
  expect((await get(`outbox/${MessageId}/else`)).status).toBe(404)
})

test('the outbox is paged, the newest first', async () => {
  for (let n = 0; n < 60; n++) {
    outbox.deliver({
      from: 'a',
      to: 'b',
      domain: 'x',
      message: { from: 'a@x', to: ['b@x'], subject: `no. ${n}.`, text: '' },
    })
  }
  let path: string | undefined = '/_carryout/outbox'
  const seen: string[] = []
  for (; path; ) {
    const page: string = await (await fetch(gateway.endpointUrl + path, { headers: { accept: 'text/html' } })).text()
    const subjects = [...page.matchAll(/<h2>(no\. \d+\.)/g)].map(([, subject]) => subject as string)
    expect(subjects.length).toBeLessThanOrEqual(25)
    seen.push(...subjects)
    const next: string | undefined = /href="(\?before=[^"]+)"/.exec(page)?.[1]
    path = next && `/_carryout/outbox${next}`
  }
  expect(seen).toEqual(Array.from({ length: 60 }, (_, n) => `no. ${59 - n}.`))
})

test.each<[string, Partial<SendEmailCommandInput>, string, RegExp]>([
  ['of a stranger', { FromEmailAddress: 'x@evil.example' }, 'MessageRejected', /region US-EAST-1: x@evil\.example$/],
  ['of nobody', { FromEmailAddress: 'nobody' }, 'BadRequestException', /Missing final '@domain'/],
  [
    'of a name in Japanese that is not encoded',
    { FromEmailAddress: '店 <a@example.com>' },
    'BadRequestException',
    /ASCII/,
  ],
  ['to nobody', { Destination: { ToAddresses: [] } }, 'BadRequestException', /at least one recipient/],
  [
    'to more than 50',
    { Destination: { ToAddresses: Array.from({ length: 51 }, (_, n) => `u${n}@example.org`) } },
    'BadRequestException',
    /exceeds 50/,
  ],
  [
    'with an injected header',
    { Destination: { ToAddresses: ['a@example.org\r\nBcc: b@x.example'] } },
    'BadRequestException',
    /./,
  ],
  [
    'without a body',
    { Content: { Simple: { Subject: { Data: 'x' }, Body: {} } } },
    'BadRequestException',
    /Text or Html/,
  ],
  ['of a set that is not there', { ConfigurationSetName: 'none' }, 'NotFoundException', /none/],
])('a mail %s is refused as SES refuses it', async (_, wrong, name, message) => {
  await expect(send(wrong)).rejects.toMatchObject({ name, message: expect.stringMatching(message) })
  expect(outbox.list()).toEqual([])
})

test('a line break in a subject is not a header of its own', async () => {
  await send({ Content: content({ Text: { Data: 'x' } }, 'hello\r\nBcc: evil@x.example') })
  const { eml } = outbox.get(outbox.list()[0]?.id as string) as { eml: string }
  expect(eml.split('\r\n\r\n')[0]).not.toMatch(/^Bcc/m)
})

test('a failure injected by a test occurs as often as requested, before or after the mail is sent', async () => {
  ses.fail({ code: 'TooManyRequestsException', message: 'Maximum sending rate exceeded.', times: 2 })
  for (let n = 0; n < 2; n++) {
    await expect(send()).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
    })
  }
  expect(outbox.list()).toHaveLength(0)
  ses.fail({ code: 'InternalFailure', status: 500, when: 'after' })
  await expect(send()).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } })
  expect(outbox.list()).toHaveLength(1)
  await expect(send()).resolves.toBeDefined()
})

test('in the sandbox recipients must be verified, and the account says so', async () => {
  expect(await client.send(new GetAccountCommand())).toMatchObject({
    ProductionAccessEnabled: true,
    SendingEnabled: true,
  })
  ses.account.sandbox = true
  expect(await client.send(new GetAccountCommand())).toMatchObject({ ProductionAccessEnabled: false })
  await expect(send()).rejects.toMatchObject({
    name: 'MessageRejected',
    message: expect.stringMatching(/: hanako@example\.org$/),
  })
  await client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'hanako@example.org' }))
  await expect(send()).resolves.toBeDefined()
  const identity = (EmailIdentity: string) => client.send(new GetEmailIdentityCommand({ EmailIdentity }))
  expect(await identity('example.com')).toMatchObject({ IdentityType: 'DOMAIN', VerifiedForSendingStatus: true })
  await expect(identity('nowhere.example')).rejects.toMatchObject({ name: 'NotFoundException' })
})

test('bounces and complaints of the mailbox simulator reach the configuration set’s destinations', async () => {
  const [topic, set] = ['arn:aws:sns:us-east-1:000000000000:feedback', 'Shop-set']
  await boot({
    Set: { Type: 'AWS::SES::ConfigurationSet', Properties: { Name: set } },
    Feedback: {
      Type: 'AWS::SES::ConfigurationSetEventDestination',
      Properties: {
        ConfigurationSetName: { Ref: 'Set' },
        EventDestination: { MatchingEventTypes: ['bounce', 'complaint'], SnsDestination: { TopicARN: topic } },
      },
    },
    Bus: {
      Type: 'AWS::SES::ConfigurationSetEventDestination',
      Properties: {
        ConfigurationSetName: { Ref: 'Set' },
        EventDestination: {
          MatchingEventTypes: ['DELIVERY'],
          EventBridgeDestination: { EventBusArn: 'arn:aws:events:us-east-1:000000000000:event-bus/default' },
        },
      },
    },
  })
  const to = async (address: string) =>
    (
      await send({
        ConfigurationSetName: set,
        Destination: { ToAddresses: [address] },
        EmailTags: [{ Name: 'execution', Value: 'r1' }],
      })
    ).MessageId
  const bounced = await to('bounce+r1@simulator.amazonses.com')
  await to('complaint@simulator.amazonses.com')
  await to('hanako@example.org')
  const told = published.map(({ message }) => JSON.parse(message))
  expect(published.map(({ topicArn }) => topicArn)).toEqual([topic, topic])
  expect(told[0]).toMatchObject({
    eventType: 'Bounce',
    bounce: { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: 'bounce+r1@simulator.amazonses.com' }] },
    mail: { messageId: bounced, tags: { execution: ['r1'], 'ses:configuration-set': [set] } },
  })
  expect(told[1]).toMatchObject({ eventType: 'Complaint', complaint: { complaintFeedbackType: 'abuse' } })
  expect(events.map(({ source, detailType }) => [source, detailType])).toEqual([
    ['aws.ses', 'Email Delivered'],
    ['aws.ses', 'Email Delivered'],
  ])
  expect(outbox.list().map(({ to }) => to)).toEqual(['hanako@example.org', 'complaint@simulator.amazonses.com'])
})

function boot(resources: object = {}) {
  const identity = { Type: 'AWS::SES::EmailIdentity', Properties: { EmailIdentity: 'example.com' } }
  const types = sesTypes({
    ses,
    publish: async (topicArn, message) => published.push({ topicArn, message }),
    putEvent: (event) => events.push(event),
  })
  const template = { Resources: { Identity: identity, ...resources } } as never
  return bootStack({ name: 'Shop', template, assets: new Map() }, { store, ...place, types })
}

function content(Body: object, subject = '受注一覧 🍱 をダウンロードできます') {
  return { Simple: { Subject: { Data: subject, Charset: 'UTF-8' }, Body } }
}

function send(input: Partial<SendEmailCommandInput> = {}) {
  return client.send(
    new SendEmailCommand({
      FromEmailAddress: 'downloads@example.com',
      Destination: { ToAddresses: ['hanako@example.org'] },
      Content: content({ Text: { Data: '準備ができました。\nhttps://example.com/x' }, Html: { Data: HTML } }),
      ...input,
    }),
  )
}
