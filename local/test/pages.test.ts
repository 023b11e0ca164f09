import { CreateTopicCommand, PublishCommand, SubscribeCommand } from '@aws-sdk/client-sns'
import type { Site } from '../src/options.ts'
import { createPages } from '../src/pages.ts'
import { openPost, type Post, temporaryDirectory } from './messaging/support.ts'

let post: Post
let ready: boolean
beforeEach(async () => {
  post = await openPost(temporaryDirectory())
  ready = true
  const { outbox, fauxqs } = post.messaging
  const unsubscribe = (arn: string) => fauxqs.sns.unsubscribe(arn)
  const site: Site = {
    handler: async (_, response) => void response.writeHead(404).end(),
    languageCookie: 'app-language',
  }
  post.gateway.paths.set('/_carryout/', createPages({ outbox, unsubscribe, isReady: () => ready, site }))
})
afterEach(() => post.close())

test('the outbox is JSON for a program, the newest mail first', async () => {
  await given('first')
  await given('second')
  const { mails } = JSON.parse((await get('/_carryout/outbox')).text)
  expect(mails.map(({ to, text }: { to: string; text: string }) => [to, text.split('\n')[0]])).toEqual([
    ['a@example.com', 'second'],
    ['a@example.com', 'first'],
  ])
})

test('the outbox is a page for a person: links can be followed, markup is text', async () => {
  await given('<script>alert(1)</script> https://example.com/file?a=1&b=2')
  const { text, headers } = await get('/_carryout/outbox', 'text/html')
  expect(text).toContain('&lt;script&gt;')
  expect(text).not.toContain('<script>')
  expect(text).toContain('<a href="https://example.com/file?a=1&amp;b=2" rel="noreferrer">')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
})

test('the outbox is in the browser’s language, or in the one chosen on the neighbouring site', async () => {
  await given('hello')
  const title = async (headers: Record<string, string>) => {
    const page = await fetch(`${post.gateway.endpointUrl}/_carryout/outbox`, {
      headers: { accept: 'text/html', ...headers },
    })
    return /<html lang="\w+">|<title>.*<\/title>/g[Symbol.match](await page.text())
  }
  const japanese = { 'accept-language': 'ja,en;q=0.5' }
  expect(await title(japanese)).toEqual(['<html lang="ja">', '<title>送信トレイ · ローカルクラウド</title>'])
  expect(await title({ ...japanese, cookie: 'a=b; app-language=en' })).toEqual([
    '<html lang="en">',
    '<title>Outbox · Local cloud</title>',
  ])
})

test('a mail can be downloaded as it was sent, even by a browser', async () => {
  await given('hello')
  const [mail] = post.messaging.outbox.list()
  const asSent = await get(`/_carryout/outbox/${mail?.id}`)
  expect(asSent.headers.get('content-type')).toBe('message/rfc822')
  expect(asSent.text).toMatch(
    /^Date: .*\r\nFrom: "AWS Notifications" <no-reply@sns\.amazonaws\.com>\r\nTo: a@example\.com\r\n/,
  )
  expect((await get(`/_carryout/outbox/${mail?.id}`, 'text/html')).headers.get('content-type')).toMatch('text/plain')
  expect((await get('/_carryout/outbox/none')).status).toBe(404)
})

test('the link under a mail ends the subscription', async () => {
  await given('hello')
  const url = /http\S*unsubscribe\S*/.exec(post.messaging.outbox.list()[0]?.text ?? '')?.[0] as string
  expect((await fetch(url)).status).toBe(200)
  expect((await fetch(url)).status).toBe(404)
  await publish('again')
  expect(post.messaging.outbox.list()).toHaveLength(1)
})

test('the health page says whether the cloud has booted', async () => {
  expect((await get('/_carryout/health')).status).toBe(200)
  ready = false
  expect((await get('/_carryout/health')).status).toBe(503)
})

let TopicArn: string | undefined
async function given(message: string) {
  TopicArn = (await post.sns.send(new CreateTopicCommand({ Name: 'files' }))).TopicArn
  await post.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'a@example.com' }))
  await publish(message)
}

const publish = (Message: string) => post.sns.send(new PublishCommand({ TopicArn, Message }))

async function get(path: string, accept = 'application/json') {
  const response = await fetch(post.gateway.endpointUrl + path, { headers: { accept } })
  return { status: response.status, headers: response.headers, text: await response.text() }
}
