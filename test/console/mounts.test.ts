/** The console where others mount it: who is let in, what may be done, and which Host is answered. */
import { request as httpRequest } from 'node:http'
import { createOperator, type OperatorClient } from '../../client/operator.ts'
import { createConsole } from '../../console/console.ts'
import { type ServedConsole, serveConsole } from '../../console/serve.ts'

const NOWHERE = {
  endpoint: 'http://127.0.0.1:1',
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
}
const PARTS = {
  queueUrl: 'http://127.0.0.1:1/0/queue',
  stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:Carryout-download',
  bucket: 'files',
  tableName: 'table',
}

/** A client without AWS behind it. @param failure the error with which reading the failures fails */
function givenClient(failure?: { name: string; message: string }): OperatorClient {
  const client = createOperator(PARTS, NOWHERE)
  client.paused = async () => null
  if (failure) client.failures = () => Promise.reject(Object.assign(new Error(failure.message), { name: failure.name }))
  return client
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://host.example' }

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  new Request(`http://host.example${path}`, { method: 'POST', headers: { ...FORM, ...headers }, body })

const get = (path: string, headers: Record<string, string> = {}) =>
  new Request(`http://host.example${path}`, { headers })

test('an unauthorized visitor learns only that, in their language', async () => {
  const site = createConsole({ carryout: givenClient(), basePath: '/ops', authorize: () => null })
  const english = await site.fetch(get('/ops/failures'))
  expect(english.status).toBe(403)
  expect(await english.text()).toContain('You may not use this console.')
  const japanese = await site.fetch(get('/ops/failures', { 'accept-language': 'ja' }))
  expect(await japanese.text()).toContain('このコンソールを利用する権限がありません。')
  expect((await site.fetch(get('/ops/console.css'))).status).toBe(200)
})

test('authorize gets the request itself, and its operator is recorded with actions', async () => {
  const carryout = givenClient()
  const paused: unknown[] = []
  carryout.pause = async (who) => {
    paused.push(who)
    return { pause: { at: '', ...who }, deliveryStopped: true }
  }
  const authorize = ({ headers }: Request) => {
    const name = headers.get('x-user')
    return name === null ? null : { name }
  }
  const { fetch } = createConsole({ carryout, authorize })
  const pause = (headers: Record<string, string>) => fetch(post('/pause', 'why=noon', headers))
  expect((await pause({})).status).toBe(403)
  expect((await pause({ 'x-user': 'hanako' })).status).toBe(303)
  expect((await pause({ 'x-user': 'hanako', origin: 'https://evil.example' })).status).toBe(403)
  expect(paused).toEqual([{ by: 'hanako', reason: 'noon' }])
})

test('in read-only mode there are no buttons, and a POST is not found', async () => {
  const { fetch } = createConsole({ carryout: givenClient(), readOnly: true })
  for (const path of ['/pause', '/resume', '/executions/x/replay', '/executions/x/stop', '/dead-letters/x/drop']) {
    expect([path, (await fetch(post(path, 'why=x'))).status]).toEqual([path, 404])
  }
  expect((await fetch(get('/executions/x/replay'))).status).toBe(404)
})

test.each([
  [
    'AccessDeniedException',
    'User: x is not authorized to perform: dynamodb:Query on resource: y',
    403,
    'AWS denied dynamodb:Query',
  ],
  ['ExpiredTokenException', 'The security token included in the request is expired', 403, 'aws sso login'],
  ['TimeoutError', 'socket hang up', 503, 'AWS does not respond.'],
  ['Surprise', 'boo', 503, 'An unexpected error occurred.'],
])('AWS’s error %s becomes a page that says what to do', async (name, message, status, sentence) => {
  const { fetch } = createConsole({ carryout: givenClient({ name, message }) })
  const response = await fetch(get('/failures'))
  expect(response.status).toBe(status)
  const page = await response.text()
  expect(page).toContain(sentence)
  expect(page).toContain(`${name}: `)
  expect(page).not.toContain('.ts:')
})

test('a user without permission for dead letters sees the rest of the page, and the missing permission', async () => {
  const carryout = givenClient()
  const denied = (action: string) =>
    Object.assign(new Error(`x is not authorized to perform: ${action}`), { name: 'AccessDenied' })
  carryout.turns = async () => []
  carryout.downloads = async () => ({ downloads: [], cursor: null })
  carryout.waiting = async () => ({ queued: 0, deadLetters: 7 })
  carryout.deadLetters = () => Promise.reject(denied('sqs:ReceiveMessage'))
  const response = await createConsole({ carryout }).fetch(get('/queue'))
  expect(response.status).toBe(200)
  const page = await response.text()
  expect(page).toContain('Dead letters (7)')
  expect(page).toContain('AWS denied sqs:ReceiveMessage')
})

test('a form that is incomplete or larger than any message is refused without calling AWS', async () => {
  const { fetch } = createConsole({ carryout: givenClient() })
  const answer = async (path: string, body: string) => {
    const response = await fetch(post(path, body, { referer: 'http://host.example/queue?lang=en' }))
    return `${response.status} ${await response.text()}`
  }
  const dropped = await answer('/dead-letters/x/drop', 'why=+%0a')
  expect(dropped).toMatch(/^400 /)
  expect(dropped).toContain('A message can only be dropped with a reason.')
  // The links lead back to the form, because the current address accepts only POST.
  expect(dropped).toContain('<a class="button" href="/queue?lang=en">Try again</a>')
  expect(dropped).toContain('href="/queue?lang=ja"')
  expect(await answer('/dead-letters/x/send', 'body=')).toContain('The message must not be empty.')
  expect(await answer('/dead-letters/x/send', `body=${'x'.repeat(5_000_000)}`)).toMatch(/^413 /)
})

test('text in a URL is not shown, and a URL without an id leads to the list', async () => {
  const { fetch } = createConsole({ carryout: givenClient({ name: 'Surprise', message: '' }) })
  const made = await fetch(get('/failures?done=sent&id=Call+0120-444-444'))
  expect(await made.text()).not.toContain('Sent as')
  expect(await (await fetch(get('//evil.example/'))).text()).toContain('href="/evil.example/?lang=ja"')
  for (const path of ['/executions', '/executions/', '/executions?id=+']) {
    const { status, headers } = await fetch(get(path))
    expect([path, status, headers.get('location')]).toEqual([path, 303, '/'])
  }
})

test('no page may be framed, run a foreign script or be kept by a cache, and ours is at most 3 kB', async () => {
  const { fetch } = createConsole({ carryout: givenClient({ name: 'Surprise', message: '' }) })
  const { headers } = await fetch(get('/failures'))
  expect(headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'; script-src 'self'")
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(headers.get('cache-control')).toBe('no-store')
  const script = await fetch(get('/console.js'))
  expect((await script.text()).length).toBeLessThanOrEqual(3_000)
})

describe('on one’s own machine', () => {
  let served: ServedConsole
  beforeAll(async () => {
    served = await serveConsole(createConsole({ carryout: givenClient() }), { port: 0 })
  })
  afterAll(() => served.close())

  test.each([
    ['127.0.0.1', 200],
    ['localhost', 200],
    ['evil.example', 403],
    ['127.0.0.1.evil.example', 403],
  ])('a Host %s is answered with %i', async (host, expected) => {
    const { port } = new URL(served.url)
    const status = await new Promise((resolve, reject) => {
      httpRequest(`${served.url}console.css`, { headers: { host: `${host}:${port}` } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(expected)
  })
})
