/** The handler in Node's server, over HTTP. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import express from 'express'
import type { DownloadProblem } from '../../../client/web/contract.ts'
import { toNodeHandler } from '../../../client/web/node.ts'
import { givenDownloads, givenEntry } from './scripted.ts'

/** Nothing here takes longer unless it hangs. */
const PATIENCE_MILLIS = 10_000

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** @returns the port on loopback */
async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A server whose handler answers with this, and the request that the handler got last. */
async function givenServer(answer: () => Response = () => new Response(null)) {
  const got: { request?: Request; native?: IncomingMessage | undefined; body?: string } = {}
  const listener = toNodeHandler(async (request, native) => {
    Object.assign(got, { request, native, body: await request.clone().text() })
    return answer()
  })
  const port = await listen((request, response) => void listener(request, response))
  const ask = (path = '', init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(PATIENCE_MILLIS), ...init })
  return { ask, got, port }
}

const encoder = new TextEncoder()

test('the handler gets the method, the path with its query, every header, the body and Node’s own request', async () => {
  const { ask, got } = await givenServer()
  await ask('/downloads?a=1', { method: 'PUT', headers: { 'x-name': 'one' }, body: '{"export":"受注"}' })
  expect(got.request!.method).toBe('PUT')
  expect(new URL(got.request!.url)).toMatchObject({ pathname: '/downloads', search: '?a=1' })
  expect(got.request!.headers.get('x-name')).toBe('one')
  expect(got.body).toBe('{"export":"受注"}')
  expect(got.native!.url).toBe('/downloads?a=1')
})

test('the response has the handler’s status, headers and body', async () => {
  const { ask } = await givenServer(() => new Response('受注', { status: 203, headers: { 'x-answer': 'yes' } }))
  const response = await ask()
  expect([response.status, response.headers.get('x-answer'), await response.text()]).toEqual([203, 'yes', '受注'])
})

test('a status arrives before the first byte of a stream', async () => {
  const first = Promise.withResolvers<void>()
  const stream = new ReadableStream({
    async pull(controller) {
      await first.promise
      controller.enqueue(encoder.encode('late'))
      controller.close()
    },
  })
  const { ask } = await givenServer(() => new Response(stream, { status: 203 }))
  const response = await ask()
  expect(response.status).toBe(203)
  first.resolve()
  expect(await response.text()).toBe('late')
})

test('a stream that fails breaks the response off', async () => {
  let pulls = 0
  const stream = new ReadableStream({
    pull(controller) {
      if (pulls++ === 0) controller.enqueue(encoder.encode('half'))
      else controller.error(new Error('the disk is gone'))
    },
  })
  const { ask } = await givenServer(() => new Response(stream))
  await expect((await ask()).text()).rejects.toThrow('terminated')
})

test('a HEAD request cancels the stream that nobody reads', async () => {
  const cancelled = Promise.withResolvers<void>()
  const stream = new ReadableStream({ cancel: () => cancelled.resolve() })
  const { ask } = await givenServer(() => new Response(stream, { status: 203 }))
  const response = await ask('', { method: 'HEAD' })
  expect([response.status, await response.text()]).toEqual([203, ''])
  await cancelled.promise
})

test('a response without a body ends', async () => {
  const { ask } = await givenServer(() => new Response(null, { status: 203 }))
  const response = await ask()
  expect([response.status, await response.text()]).toEqual([203, ''])
})

test('the handler learns that the page has gone', async () => {
  const gone = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const listener = toNodeHandler(async ({ signal }) => {
    signal.addEventListener('abort', () => gone.resolve())
    asked.resolve()
    await gone.promise
    return new Response(null)
  })
  const port = await listen((request, response) => void listener(request, response))
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /downloads HTTP/1.1\r\nHost: shop.example.com\r\n\r\n')
  await asked.promise
  socket.destroy()
  await Promise.race([gone.promise, rejectLate()])
})

test('a stream of events ends in the server when the page goes away', async () => {
  const { handler } = givenDownloads({ entries: [givenEntry({ state: 'running' })] })
  const listener = toNodeHandler((request) => handler(request))
  const ended = Promise.withResolvers<void>()
  const port = await listen((request, response) => void listener(request, response).then(ended.resolve))
  const gone = new AbortController()
  const headers = { accept: 'text/event-stream' }
  const response = await fetch(`http://127.0.0.1:${port}/downloads/orders-1`, { headers, signal: gone.signal })
  const { value } = await response.body!.getReader().read()
  expect(Buffer.from(value!).toString()).toMatch(/^event: download\ndata: \{"id":"orders-1"/)
  gone.abort()
  await Promise.race([ended.promise, rejectLate()])
})

test('every value of a header that comes several times is passed on', async () => {
  const { got, port } = await givenServer(() => new Response('done'))
  const socket = connect(port, '127.0.0.1')
  closing.push(() => socket.destroy())
  const lines = ['GET / HTTP/1.1', 'Host: shop.example.com', 'X-Name: one', 'X-Name: two']
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  await once(socket, 'data')
  expect(got.request!.headers.get('x-name')).toBe('one, two')
})

test.each(['TRACE /downloads/a HTTP/1.1', 'GET *:99999/ HTTP/1.1', 'HEAD //[ HTTP/1.1'])(
  'the request “%s” is answered without crashing the server',
  async (line) => {
    const listener = toNodeHandler(givenDownloads().handler)
    const port = await listen((request, response) => void listener(request, response))
    const socket = connect(port, '127.0.0.1')
    closing.push(() => socket.destroy())
    socket.write(`${line}\r\nHost: shop.example.com\r\n\r\n`)
    const [answer] = (await Promise.race([once(socket, 'data'), rejectLate()])) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 40[04] /)
  },
)

describe('what a host has changed of a request', () => {
  const response = { once: () => {}, writeHead: () => {}, end: () => {} }

  /** What the handler gets for a request of Node’s that has been changed. */
  async function pass(native: object) {
    const seen: { request?: Request; body?: string } = {}
    const handler = toNodeHandler(async (request) => {
      Object.assign(seen, { request, body: await request.clone().text() })
      return new Response(null)
    })
    await handler(native as never, response as never)
    return seen
  }

  test('its path was cut for a mount: the original one is passed on', async () => {
    const { request } = await pass({ method: 'GET', originalUrl: '/shop/downloads?a=1', url: '/?a=1', headers: {} })
    expect(request!.url).toBe('http://localhost/shop/downloads?a=1')
  })

  test('it has pseudo-headers of HTTP/2, which are left out', async () => {
    const headers = { ':authority': 'shop.example.com', 'x-name': 'one', none: undefined }
    expect([...(await pass({ method: 'GET', url: '/', headers })).request!.headers]).toEqual([['x-name', 'one']])
  })

  test('a body that a parser has not read is read, although there is a value in its place', async () => {
    const unread = Readable.from([Buffer.from('{"a":1}')])
    expect((await pass(Object.assign(unread, { method: 'POST', url: '/', headers: {}, body: {} }))).body).toBe(
      '{"a":1}',
    )
  })

  test('a body that a parser has read is passed on', async () => {
    for (const body of ['{"a":1}', Buffer.from('{"a":1}'), { a: 1 }])
      expect((await pass({ method: 'POST', url: '/', headers: {}, body, readableEnded: true })).body).toBe('{"a":1}')
  })
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
    app.use(`/${name}`, ...parser, toNodeHandler(givenDownloads({ base: `/${name}` }).handler))
  const port = await listen(app)
  const headers = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }
  for (const name of Object.keys(parsers)) {
    const said: [number, string][] = []
    for (const body of ['{"export":"受注","parms":{}}', '']) {
      const response = await fetch(`http://127.0.0.1:${port}/${name}`, { method: 'POST', headers, body })
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
})

function rejectLate(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('It takes too long.')), PATIENCE_MILLIS)
  closing.push(() => clearTimeout(timer))
  return promise
}
