import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { type Gateway, PortInUse, startGateway } from '../src/gateway.ts'
import { sendJson } from '../src/protocol.ts'

let gateway: Gateway
beforeEach(async () => {
  gateway = await startGateway({ port: 0 })
  for (const name of ['sqs', 's3', 'states']) {
    gateway.services.set(name, async (_, response) => sendJson(response, 200, { service: name }))
  }
  gateway.paths.set('/_carryout/', async (_, response) => sendJson(response, 200, { service: 'pages' }))
})
afterEach(() => gateway.stop())

const SCOPE = 'AKIA/20261123/us-east-1'

test.each([
  [
    'a signature’s scope',
    { authorization: `AWS4-HMAC-SHA256 Credential=${SCOPE}/states/aws4_request, X=Y` },
    '/',
    'states',
  ],
  ['a presigned URL’s scope', {}, `/?X-Amz-Credential=${encodeURIComponent(`${SCOPE}/sqs/aws4_request`)}`, 'sqs'],
  ['no signature at all: S3', {}, '/bucket/key', 's3'],
  [
    'a path of its own',
    { authorization: `AWS4-HMAC-SHA256 Credential=${SCOPE}/sqs/aws4_request` },
    '/_carryout/outbox',
    'pages',
  ],
  ['a bucket’s virtual host', { host: 'files.localhost:1' }, '/_carryout/outbox', 's3'],
])('a service is selected by %s', async (_, headers, path, service) => {
  expect(await ask({ path, headers })).toEqual({ status: 200, body: { service } })
})

test('an unknown service is named in the error', async () => {
  const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${SCOPE}/dynamodb/aws4_request` }
  const { status, body } = await ask({ headers })
  expect([status, body.message]).toEqual([501, 'The local cloud has no service “dynamodb”: only sqs,s3,states.'])
})

describe('requests from this machine only:', () => {
  test.each(['127.0.0.1', 'localhost:4566', '[::1]:4566', 'bucket.localhost', 'LOCALHOST'])(
    'Host %s is answered',
    async (host) => {
      expect((await ask({ headers: { host } })).status).toBe(200)
    },
  )
  test.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80', '10.0.0.1'])(
    'Host %s is refused',
    async (host) => {
      expect((await ask({ headers: { host } })).status).toBe(403)
    },
  )
  test.each([
    ['a script of another site', { origin: 'https://evil.example' }, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
    ['a name that begins like ours', { origin: 'http://localhost.evil.example' }, 403],
    ['an image in another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['a link followed from another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
    ['a web app on this machine', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }, 200],
  ])('%s: %#', async (_, headers, status) => {
    expect((await ask({ headers })).status).toBe(status)
  })
  test('no other network interface is listened on', async () => {
    const refused = await new Promise((resolve) => {
      const socket = connect({ port: gateway.port, host: '127.0.0.2' })
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      socket.once('connect', () => socket.destroy() && resolve('connected'))
    })
    expect(refused).toBe('ECONNREFUSED')
  })
})

test('a port in use is reported with the option to choose another', async () => {
  const again = startGateway({ port: gateway.port })
  await expect(again).rejects.toThrow(PortInUse)
  await expect(again).rejects.toThrow(`Port ${gateway.port} of 127.0.0.1 is in use`)
  await expect(again).rejects.toThrow('--port')
})

test('an error in a service becomes a response without a stack trace', async () => {
  gateway.services.set('s3', async () => {
    throw new Error('disk full')
  })
  const { status, body } = await ask({})
  expect([status, body]).toEqual([500, { __type: 'InternalFailure', message: 'Error: disk full' }])
})

test('stopping closes hanging connections', async () => {
  gateway.services.set('s3', () => new Promise(() => undefined))
  const hanging = ask({}).catch((error: NodeJS.ErrnoException) => error.code)
  await setTimeout(50)
  await gateway.stop()
  expect(await hanging).toBe('ECONNRESET')
})

function ask({ path = '/', headers = {} }: { path?: string; headers?: Record<string, string> }) {
  return new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
    const request = httpRequest({ port: gateway.port, host: '127.0.0.1', path, headers }, async (response) => {
      const text = (await response.toArray()).join('')
      resolve({ status: response.statusCode as number, body: JSON.parse(text) })
    })
    request.once('error', reject)
    request.end()
  })
}

describe('requests that a foreign web page could send:', () => {
  const publish = `/?X-Amz-Credential=${encodeURIComponent(`${SCOPE}/sqs/aws4_request`)}`
  const raw = (request: string) =>
    new Promise<string>((resolve, reject) => {
      let answer = ''
      const socket = connect({ port: gateway.port, host: '127.0.0.1' })
      socket.setEncoding('utf8').on('data', (text) => (answer += text))
      socket.once('error', reject).once('end', () => resolve(answer))
      socket.end(request.replaceAll('\n', '\r\n'))
    })

  test('an unsigned POST with a service in its URL is refused', async () => {
    const form = `POST ${publish} HTTP/1.1\nHost: 127.0.0.1\nConnection: close\nContent-Length: 8\n\nAction=x`
    expect(await raw(form)).toMatch(/^HTTP\/1\.1 403 /)
    expect(await raw(form.replace('aws4_request', 'aws4_request&X-Amz-Signature=x'))).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('two Host headers are refused', async () => {
    const request = 'GET /bucket/key HTTP/1.1\nHost: 127.0.0.1\nHost: evil.example\nConnection: close\n\n'
    expect(await raw(request)).toMatch(/^HTTP\/1\.1 400 /)
  })
})
