/** The handler by itself: users, origins, and data that it must not reveal. It does not call AWS. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { jest } from '@jest/globals'
import express from 'express'
import type { Carryout } from '../../../client/carryout.ts'
import { NoSuchExecution, StackNotFound } from '../../../client/errors.ts'
import type { DownloadProblem } from '../../../client/web/contract.ts'
import { createDownloads } from '../../../client/web/downloads.ts'
import { type HttpEvent, toLambdaHandler } from '../../../client/web/lambda.ts'
import { toNodeHandler } from '../../../client/web/node.ts'
import type { DownloadsOptions } from '../../../client/web/options.ts'
import type { DownloadEntry } from '../../../statemachine/table.ts'

const ENTRY: DownloadEntry = {
  id: 'orders-500000',
  state: 'cancelled',
  at: '2026-07-01T00:00:00.000Z',
  requestedAt: '2026-07-01T00:00:00.000Z',
  redriveCount: 0,
  export: 'orders',
  requestedBy: 'Hanako@example.com',
  requester: 'hanako@example.com',
}

/** A table of one person's downloads, which are numbered. */
function givenHandler(change: Partial<DownloadsOptions> = {}, entryOf = numbered) {
  const carryout = {
    requireTable: async () => ({ entry: async (id: string) => entryOf(id), newest: async () => [] }),
    refresh: async () => undefined,
    parts: async () => ({ queueUrl: '', stateMachineArn: '', bucket: '' }),
  } as unknown as Carryout
  return createDownloads({ carryout, identify: () => ({ user: 'taro@example.com' }), onError: () => {}, ...change })
}

function numbered(id: string): DownloadEntry | undefined {
  const [, number] = /^orders-(\d{6})$/.exec(id) ?? []
  return number !== undefined && Number(number) % 2 === 0 ? { ...ENTRY, id } : undefined
}

const ask = (path: string, init: RequestInit = {}) => new Request(`https://shop.example.com/downloads${path}`, init)
const post = (path: string, headers: Record<string, string>, body = '{}') =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
const SAME = { 'sec-fetch-site': 'same-origin' }

test('100,000 ids in a synthetic table, some of them another user’s, get the same response', async () => {
  const handler = givenHandler()
  const answers = new Set<string>()
  for (let number = 0; number < 100_000; number++) {
    const id = number < 50_000 ? `orders-${475_000 + number}` : Math.random().toString(36).slice(2)
    const response = await handler(ask(`/${id}`))
    answers.add(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`)
  }
  expect([...answers]).toEqual([expect.stringMatching(/^404 .*"Download not found\."/)])
  const own = givenHandler({ identify: () => ({ user: 'HANAKO@example.com' }) })
  expect((await own(ask('/orders-500000'))).status).toBe(200)
})

test('an invalid id gets the same response without reading the table', async () => {
  const asked: string[] = []
  const handler = givenHandler({}, (id) => {
    asked.push(id)
    return undefined
  })
  for (const id of ['%00', 'a'.repeat(81), '..%2F..', 'a%20b']) {
    const response = await handler(ask(`/${id}`))
    expect([response.status, ((await response.json()) as DownloadProblem).error.name]).toEqual([404, 'NotFound'])
  }
  expect(asked).toEqual([])
})

test.each<[string, Record<string, string>, number]>([
  ['a page of the app', SAME, 404],
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
  ['a page of a sibling site', { 'sec-fetch-site': 'same-site', origin: 'https://shop.example.com' }, 403],
  ['an old browser on a page of the app', { origin: 'https://shop.example.com', host: 'shop.example.com' }, 404],
  ['an old browser on another page', { origin: 'https://evil.example', host: 'shop.example.com' }, 403],
  ['a page without an origin', { origin: 'null', host: 'shop.example.com' }, 403],
  ['who does not say whence', {}, 403],
  ['a form', { ...SAME, 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['a form that looks like JSON', { ...SAME, 'content-type': 'text/plain' }, 415],
])('an action by %s gets the matching response', async (_who, headers, status) => {
  const handler = givenHandler()
  for (const path of ['/orders-1/cancel', '/orders-1/again']) {
    expect((await handler(post(path, headers))).status).toBe(status)
  }
})

test('behind a proxy that changes the host, the configured origins are accepted', async () => {
  const handler = givenHandler({ origins: ['https://shop.example.com'] })
  const headers = { host: '10.0.0.7:8080', origin: 'https://shop.example.com' }
  expect((await handler(post('/orders-1/cancel', headers))).status).toBe(404)
  const other = { ...headers, origin: 'http://10.0.0.7:8080' }
  expect((await handler(post('/orders-1/cancel', other))).status).toBe(403)
})

test.each([
  ['{', 400, 'The request must be sent as JSON.'],
  ['[1]', 400, 'The request must be a JSON object.'],
  ['{"export":"orders","parms":{}}', 422, 'parms is not known; did you mean params?'],
  ['{"params":{}}', 422, 'The request is not valid: export is missing'],
  ['{"export":"orders","requestedBy":"other@example.com"}', 422, 'requestedBy is not known'],
  ['{"export":"orders","id":"a b"}', 422, 'id must be 1 to 80 characters of A-Z a-z 0-9 - _'],
  [`{"export":"${'x'.repeat(300_000)}"}`, 413, 'The request is too large.'],
  [`{"params":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 422, 'The request is nested more than 50 levels deep'],
])('the body %# is refused with a sentence', async (body, status, message) => {
  const response = await givenHandler()(post('', SAME, body))
  expect([response.status, ((await response.json()) as DownloadProblem).error.message]).toEqual([status, message])
})

test('a user who is not signed in or not allowed learns that in their language', async () => {
  const none = givenHandler({ identify: () => null })
  const response = await none(ask('', { headers: { 'accept-language': 'ja' } }))
  expect([response.status, await response.json()]).toEqual([
    401,
    { error: { name: 'NotSignedIn', message: 'ログインしてください。' } },
  ])
  const wishes: unknown[] = []
  const allow: DownloadsOptions['allow'] = (wish) => {
    wishes.push(wish)
    return 'Only the head office may.'
  }
  const refused = await givenHandler({ allow })(post('', SAME, '{"export":"orders"}'))
  expect([refused.status, await refused.json()]).toEqual([
    403,
    { error: { name: 'NotAllowed', message: 'Only the head office may.' } },
  ])
  expect(wishes).toEqual([{ user: 'taro@example.com', export: 'orders', params: {} }])
})

test('an error of AWS is a 503, one of the app’s own a 500, and neither shows more than a sentence', async () => {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const throttled = Object.assign(new Error('Rate exceeded for arn:aws:…'), { $metadata: {} })
  const busy = await givenHandler({ onError }, () => {
    throw throttled
  })(ask('/orders-2'))
  expect([busy.status, busy.headers.get('retry-after'), await busy.json()]).toEqual([
    503,
    '5',
    { error: { name: 'Unavailable', message: 'Downloads are not available at the moment. Please try again shortly.' } },
  ])
  const broken = await givenHandler({ onError, identify: () => Promise.reject(new Error('session store')) })(ask(''))
  expect([broken.status, await broken.json()]).toEqual([
    500,
    { error: { name: 'Unavailable', message: 'Something went wrong. Please try again later.' } },
  ])
  expect(errors).toHaveLength(2)
})

test('a route that is not there, or another method, is refused', async () => {
  const handler = givenHandler()
  for (const path of ['/a/b', '/a/file/b', '/a/constructor']) expect((await handler(ask(path))).status).toBe(404)
  const response = await handler(ask('/a/cancel'))
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  expect((await handler(new Request('https://shop.example.com/other'))).status).toBe(404)
})

test('a Lambda answers odd events with 400, HEAD without a body, base64 as JSON, and names the format it needs', async () => {
  const lambda = toLambdaHandler(givenHandler())
  const event = (method: string, change: Partial<HttpEvent> = {}): HttpEvent => ({
    rawPath: '/downloads/orders-2',
    rawQueryString: '',
    headers: { 'content-type': 'application/json', ...SAME },
    isBase64Encoded: false,
    requestContext: { http: { method } },
    ...change,
  })
  expect((await lambda(event('TRACE'))).statusCode).toBe(400)
  expect((await lambda(event('GET', { headers: { 'x-name': '受注' } }))).statusCode).toBe(400)
  expect((await lambda(event('OPTIONS'))).headers.allow).toBe('GET')
  expect(await lambda(event('HEAD'))).toMatchObject({ statusCode: 404, body: '' })
  const wrong = { rawPath: '/downloads/', body: Buffer.from('{"fresh":1}').toString('base64'), isBase64Encoded: true }
  expect(JSON.parse((await lambda(event('POST', wrong))).body).error.message).toBe('fresh must be true or false')
  await expect(lambda({ ...event('GET'), rawPath: undefined as never })).rejects.toThrow('payload format 2.0')
})

test.each([{}, { user: null }, { user: ' ' }, { user: 7 }, 'hanako@example.com'])(
  'identify’s %j has no user: nothing is listed, and the developer learns why',
  async (identity) => {
    const errors: unknown[] = []
    const onError = (error: unknown) => void errors.push(error)
    const handler = givenHandler({ onError, identify: () => identity as never })
    for (const path of ['', '/orders-2', '/orders-2/file']) expect((await handler(ask(path))).status).toBe(500)
    expect(errors).toEqual(
      Array(3).fill(expect.objectContaining({ message: expect.stringContaining('identify must return { user }') })),
    )
  },
)

test('a name with a dollar sign is repeated unchanged', async () => {
  const response = await givenHandler()(post('', SAME, '{"$&":1}'))
  expect(((await response.json()) as DownloadProblem).error.message).toBe('$& is not known')
})

test('a base outside ASCII is found at the address that browsers send', async () => {
  const handler = givenHandler({ base: '/ダウンロード', identify: () => null })
  expect((await handler(new Request('https://shop.example.com/ダウンロード/orders-2'))).status).toBe(401)
})

test('messages are in the language of the session rather than the browser’s', async () => {
  const handler = givenHandler({ identify: () => ({ user: 'taro@example.com', language: 'ja' }) })
  const response = await handler(ask('/orders-2', { headers: { 'accept-language': 'en' } }))
  expect(((await response.json()) as DownloadProblem).error.message).toBe('ダウンロードが見つかりません。')
})

test.each<[string, object, number]>([
  ['a response of AWS that is not one', { $response: {} }, 503],
  ['a time-out', { name: 'TimeoutError' }, 503],
  ['missing credentials', { name: 'CredentialsProviderError' }, 503],
  ['a refused connection', { code: 'ECONNREFUSED' }, 503],
  ['an error with a number', { code: 7 }, 500],
  ['an error of Node', { code: 'ERR_INVALID_ARG_TYPE' }, 500],
])('%s is reported and answered like that', async (_what, fields, status) => {
  const errors: unknown[] = []
  const thrown = Object.assign(new Error('No.'), fields)
  const handler = givenHandler({ onError: (error) => void errors.push(error) }, () => {
    throw thrown
  })
  expect((await handler(ask('/orders-2'))).status).toBe(status)
  expect(errors).toEqual([thrown])
})

test('a stack that does not exist is reported, and a download that does not exist is not', async () => {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const missing = new StackNotFound('There is no stack.')
  const response = await givenHandler({ onError }, () => {
    throw missing
  })(ask('/orders-2'))
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  expect((await givenHandler({ onError })(ask('/orders-2'))).status).toBe(404)
  expect(errors).toEqual([missing])
})

test('a Lambda’s request has the event’s headers, cookies, query and body', async () => {
  const seen: unknown[] = []
  const lambda = toLambdaHandler(async (request) => {
    const { method, url, headers } = request
    seen.push([method, url, Object.fromEntries(headers), await request.text()])
    return new Response('done', { status: 202, headers: { 'x-answer': 'yes' } })
  })
  const event = (method: string, change: Partial<HttpEvent> = {}): HttpEvent => ({
    ...{ rawPath: '/downloads', rawQueryString: '', isBase64Encoded: false, requestContext: { http: { method } } },
    headers: { accept: 'text/html', none: undefined },
    ...change,
  })
  const answer = { statusCode: 202, headers: expect.objectContaining({ 'x-answer': 'yes' }), body: 'done' }
  expect(await lambda(event('GET', { rawQueryString: 'a=1&b=2', cookies: ['x=1', 'y=2'], body: '' }))).toEqual(answer)
  expect(await lambda(event('POST', { body: '{"export":"受注"}' }))).toEqual(answer)
  expect(await lambda(event('POST'))).toEqual(answer)
  const posted = { accept: 'text/html', 'content-type': 'text/plain;charset=UTF-8' }
  expect(seen).toEqual([
    ['GET', 'http://localhost/downloads?a=1&b=2', { accept: 'text/html', cookie: 'x=1; y=2' }, ''],
    ['POST', 'http://localhost/downloads', posted, '{"export":"受注"}'],
    ['POST', 'http://localhost/downloads', posted, ''],
  ])
})

describe('in Node’s server', () => {
  const encoder = new TextEncoder()
  let stream: ReadableStream | null
  let asked: Request | undefined
  const listener = toNodeHandler(async (request) => {
    asked = request
    return new Response(stream, { status: 203 })
  })
  const server = createServer((request, response) => void listener(request, response))
  let base: string
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  test('a status arrives before the first byte of a stream', async () => {
    const first = Promise.withResolvers<void>()
    stream = new ReadableStream({
      async pull(controller) {
        await first.promise
        controller.enqueue(encoder.encode('late'))
        controller.close()
      },
    })
    const response = await fetch(base, { signal: AbortSignal.timeout(10_000) })
    expect(response.status).toBe(203)
    first.resolve()
    expect(await response.text()).toBe('late')
  })

  test('a stream that fails breaks the response off', async () => {
    let pulls = 0
    stream = new ReadableStream({
      pull(controller) {
        if (pulls++ === 0) controller.enqueue(encoder.encode('half'))
        else controller.error(new Error('the disk is gone'))
      },
    })
    const response = await fetch(base, { signal: AbortSignal.timeout(10_000) })
    await expect(response.text()).rejects.toThrow('terminated')
  })

  test('a HEAD request cancels the stream that nobody reads', async () => {
    const cancelled = Promise.withResolvers<void>()
    stream = new ReadableStream({ cancel: () => cancelled.resolve() })
    const response = await fetch(base, { method: 'HEAD', signal: AbortSignal.timeout(10_000) })
    expect([response.status, await response.text()]).toEqual([203, ''])
    await cancelled.promise
  })

  test('the handler gets every header, and the path with its query', async () => {
    stream = new ReadableStream({ start: (controller) => controller.close() })
    await fetch(`${base}/downloads?a=1`, { headers: { 'x-name': 'one' } })
    expect(asked?.headers.get('x-name')).toBe('one')
    expect(new URL(asked!.url)).toMatchObject({ pathname: '/downloads', search: '?a=1' })
  })

  test('a response without a body ends', async () => {
    stream = null
    const response = await fetch(base, { signal: AbortSignal.timeout(10_000) })
    expect([response.status, await response.text()]).toEqual([203, ''])
  })

  test('a request that fetch cannot represent is answered with 400', async () => {
    const statuses: number[] = []
    const response = { once: () => {}, writeHead: (status: number) => void statuses.push(status), end: () => {} }
    await listener({ method: 'TRACE', url: '/', headers: {} } as never, response as never)
    expect(statuses).toEqual([400])
  })

  test('a body that a parser has not read is read, although there is a value in its place', async () => {
    const native = Object.assign(Readable.from([Buffer.from('{"a":1}')]), {
      ...{ method: 'POST', url: '/', headers: { 'content-type': 'application/json' }, body: {} },
    })
    let read = ''
    const handler = toNodeHandler(async (request) => {
      read = await request.text()
      return new Response(null)
    })
    await handler(native as never, { once: () => {}, writeHead: () => {}, end: () => {} } as never)
    expect(read).toBe('{"a":1}')
  })

  test('pseudo-headers of HTTP/2 are left out', async () => {
    let headers: Headers | undefined
    const native = { method: 'GET', url: '/', headers: { ':authority': 'shop.example.com', 'x-name': 'one' } }
    const response = { once: () => {}, writeHead: () => {}, end: () => {} }
    const handler = toNodeHandler(async (request) => {
      headers = request.headers
      return new Response(null)
    })
    await handler(native as never, response as never)
    expect([...headers!]).toEqual([['x-name', 'one']])
  })
})

test.each<[object, string]>([
  [{ carryout: undefined }, 'createDownloads needs carryout: what createCarryout returned.'],
  [{ identify: undefined }, 'createDownloads needs identify: a function that returns the signed-in user.'],
  [{ identify: {} }, 'createDownloads needs identify: a function that returns the signed-in user.'],
  [{ onError: 'log' }, 'onError must be a function.'],
  [{ origins: [7] }, 'origins must be a list of origins'],
  [{ base: '' }, 'base must be a path such as /downloads, without a slash at its end, not .'],
  [{ base: '/downloads?x' }, 'base must be a path'],
  [{ base: '/' }, 'base must be a path'],
  [{ pendingLimit: 0 }, 'pendingLimit must be a whole number of at least 1, not 0.'],
  [{ pendingLimit: 1.5 }, 'pendingLimit must be a whole number of at least 1, not 1.5.'],
])('the options %j are refused: %s', (change, sentence) => {
  expect(() => givenHandler(change)).toThrow(sentence)
})

test.each([
  {},
  { pendingLimit: 1 },
  { base: '/my/downloads' },
  { origins: ['https://shop.example.com', 'http://localhost:3000'] },
  { allow: undefined, onError: undefined, stream: false },
])('the options %j are valid', (change) => {
  expect(() => givenHandler(change as Partial<DownloadsOptions>)).not.toThrow()
})

test('options that are misspelt or of another type are refused by name', () => {
  const carryout = {} as Carryout
  expect(() => createDownloads({ carryout, identify: () => null, alow: () => true } as never)).toThrow(
    'createDownloads does not know alow.',
  )
  expect(() => createDownloads({ carryout, identify: () => null, base: 'downloads/' })).toThrow('base must be a path')
  for (const origins of ['https://shop.example.com', ['https://shop.example.com/'], ['shop.example.com']])
    expect(() => givenHandler({ origins } as never)).toThrow('origins must be a list of origins')
  expect(() => givenHandler({ allow: true } as never)).toThrow('allow must be a function.')
})

test('events end when the page goes away', async () => {
  let looks = 0
  const handler = givenHandler({ identify: () => ({ user: 'hanako@example.com' }) }, (id) => {
    looks++
    return { ...ENTRY, id, state: 'running' }
  })
  const listener = toNodeHandler((request) => handler(request))
  const ended = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    void listener(request, response).then(ended.resolve)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const gone = new AbortController()
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/downloads`
    const headers = { accept: 'text/event-stream' }
    const response = await fetch(`${base}/orders-500000`, { headers, signal: gone.signal })
    const { value } = await response.body!.getReader().read()
    expect(Buffer.from(value!).toString()).toMatch(/^event: download\ndata: \{"id":"orders-500000"/)
    gone.abort()
    await ended.promise
    const before = looks
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(looks).toBe(before)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('while AWS does not respond, another user’s running download is treated as an unknown one', async () => {
  let refreshed = 0
  const carryout = {
    requireTable: async () => ({
      entry: async (id: string) => (id === 'orders-2' ? { ...ENTRY, id, state: 'running' } : undefined),
      newest: async () => [],
    }),
    refresh: async () => {
      refreshed++
      throw Object.assign(new Error('Rate exceeded'), { $metadata: {} })
    },
    parts: async () => ({}),
  } as unknown as Carryout
  const handler = givenHandler({ carryout })
  for (const id of ['orders-2', 'orders-3', 'orders-2']) expect((await handler(ask(`/${id}`))).status).toBe(404)
  expect(refreshed).toBe(0)
  const own = givenHandler({ carryout, identify: () => ({ user: 'hanako@example.com' }) })
  expect((await own(ask('/orders-2'))).status).toBe(503)
})

test('a user whose name differs from the requester’s by a Kelvin sign instead of K is another user', async () => {
  const entryOf = (id: string) => ({ ...ENTRY, id, requester: 'kenji@example.com' })
  const handler = givenHandler({ identify: () => ({ user: '\u212Aenji@example.com' }) }, entryOf)
  expect((await handler(ask('/orders-2'))).status).toBe(404)
  const own = givenHandler({ identify: () => ({ user: 'KENJI@example.com' }) }, entryOf)
  expect((await own(ask('/orders-2'))).status).toBe(200)
})

test('there is always a response, whatever identify and onError do', async () => {
  const french = givenHandler({ identify: () => ({ user: 'taro@example.com', language: 'fr' as never }) })
  const response = await french(ask('/orders-2', { headers: { 'accept-language': 'ja' } }))
  expect([response.status, ((await response.json()) as DownloadProblem).error.message]).toEqual([
    404,
    'ダウンロードが見つかりません。',
  ])
  const fail = () => {
    throw new Error('the log is full')
  }
  const logged = jest.spyOn(console, 'error').mockImplementation(() => {})
  expect((await givenHandler({ identify: fail, onError: fail })(ask(''))).status).toBe(500)
  expect(logged).toHaveBeenCalledWith('Carryout’s onError failed:', new Error('the log is full'))
  logged.mockRestore()
})

test.each(['TRACE /downloads/a HTTP/1.1', 'GET *:99999/ HTTP/1.1', 'HEAD //[ HTTP/1.1'])(
  'the request “%s” is answered without crashing the server',
  async (line) => {
    const listener = toNodeHandler(givenHandler())
    const ended = Promise.withResolvers<void>()
    const server = createServer((request, response) => {
      listener(request, response).then(ended.resolve, ended.reject)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    try {
      socket.write(`${line}\r\nHost: shop.example.com\r\n\r\n`)
      const [answer] = (await Promise.race([once(socket, 'data'), ended.promise.then(() => once(socket, 'data'))])) as [
        Buffer,
      ]
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 4\d\d /)
    } finally {
      socket.destroy()
      server.closeAllConnections()
      server.close()
    }
  },
)

test('an inherited property name is not a method of a route', async () => {
  const response = await givenHandler()(ask('/orders-2', { method: 'constructor' }))
  expect(response.status).toBe(405)
})

test('nothing is watched for a HEAD request or a page that has already gone', async () => {
  let looks = 0
  const handler = givenHandler({ identify: () => ({ user: 'hanako@example.com' }) }, (id) => {
    looks++
    return { ...ENTRY, id, state: 'running' }
  })
  const headers = { accept: 'text/event-stream' }
  await handler(ask('/orders-500000', { method: 'HEAD', headers }))
  await handler(ask('/orders-500002', { headers, signal: AbortSignal.abort() }))
  const before = looks
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  expect(looks).toBe(before)
})

test.each([
  ['0123456789abcdef', 'joined'],
  ['fedcba9876543210', 'requested'],
])('a download that runs with the code %s, while 0123456789abcdef is deployed, is %s', async (catalogue, outcome) => {
  const carryout = {
    requireTable: async () => ({
      entry: async (id: string) => (id === 'orders-2' ? { ...ENTRY, id, state: 'running' } : undefined),
      standing: async () => ({ pending: 1, ids: new Set(), same: { ...ENTRY, id: 'orders-2', state: 'running' } }),
      ...{ newest: async () => [], line: async () => [], maxRunning: async () => 1 },
      ...{ pause: async () => undefined, outage: async () => undefined },
    }),
    refresh: async () => ({ status: 'RUNNING', rows: 0, bytes: 0, catalogue }),
    examine: async () => ({ problem: null, catalogue: '0123456789abcdef' }),
    request: async () => undefined,
    parts: async () => ({}),
  } as unknown as Carryout
  const handler = givenHandler({ carryout, identify: () => ({ user: 'hanako@example.com' }) })
  expect(await (await handler(post('', SAME, '{"export":"orders"}'))).json()).toMatchObject({ outcome })
})

test('behind Express a body is the same with any parser or none', async () => {
  const parsers = {
    none: [],
    json: [express.json()],
    text: [express.text({ type: '*/*' })],
    raw: [express.raw({ type: '*/*' })],
  }
  const app = express()
  for (const [name, parser] of Object.entries(parsers))
    app.use(`/${name}`, ...parser, toNodeHandler(givenHandler({ base: `/${name}` })))
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const headers = { ...SAME, 'content-type': 'application/json' }
    for (const name of Object.keys(parsers)) {
      const said: [number, string][] = []
      for (const body of ['{"export":"受注","parms":{}}', '']) {
        const response = await fetch(`${base}/${name}`, { method: 'POST', headers, body })
        said.push([response.status, ((await response.json()) as DownloadProblem).error.message])
      }
      expect([name, said]).toEqual([
        name,
        [
          [422, 'parms is not known; did you mean params?'],
          [422, 'The request is not valid: export is missing'],
        ],
      ])
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('a download that has just failed is requested again in the same format, and one that waits is joined', async () => {
  const sent: unknown[] = []
  const wanted = { format: 'xlsx', compression: 'none', encoding: 'utf-8', params: '{}' }
  const entries: Record<string, Partial<DownloadEntry>> = {
    waits: { ...wanted, state: 'waiting' },
    failing: { ...wanted, state: 'running' },
  }
  const carryout = {
    requireTable: async () => ({
      entry: async (id: string) => entries[id] && { ...ENTRY, id, ...entries[id] },
      standing: async () => ({ pending: 1, same: { ...ENTRY, id: 'failing', ...entries.failing } }),
      ...{ newest: async () => [], line: async () => [], maxRunning: async () => 1 },
      ...{ pause: async () => undefined, outage: async () => undefined, addLineage: async () => undefined },
    }),
    refresh: async () => ({ status: 'FAILED', rows: 0, bytes: 0 }),
    get: async (id: string) => {
      throw new NoSuchExecution(id)
    },
    request: async (request: unknown) => void sent.push(request),
    parts: async () => ({}),
  } as unknown as Carryout
  const handler = givenHandler({ carryout, identify: () => ({ user: 'hanako@example.com' }) })
  const joined = await (await handler(post('/waits/again', SAME))).json()
  expect(joined).toMatchObject({ outcome: 'joined', download: { id: 'waits' } })
  expect(sent).toEqual([])
  // The table does not know yet that it failed.
  const requested = await (await handler(post('/failing/again', SAME))).json()
  expect(requested).toMatchObject({ outcome: 'requested', download: { format: 'xlsx' } })
  expect(sent).toMatchObject([{ export: 'orders', format: 'xlsx', compression: 'none', encoding: 'utf-8' }])
})
