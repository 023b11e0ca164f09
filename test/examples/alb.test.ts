/** The console behind a load balancer that signs operators in, with headers signed as it signs them. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createOperator } from '../../client/operator.ts'
import { createAlbConsole } from '../../examples/alb/console.ts'

const ARN = 'arn:aws:elasticloadbalancing:ap-northeast-1:111122223333:loadbalancer/app/ops/0a1b2c3d4e5f6789'
const KID = '7e1b4c1a-0000-4000-8000-0a1b2c3d4e5f'
const PARTS = {
  queueUrl: 'http://127.0.0.1:1/0/queue',
  stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:Carryout-download',
  bucket: 'files',
  tableName: 'table',
}
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

let keys: Server
let site: (request: Request) => Promise<Response>
let asked: string[] = []
const paused: unknown[] = []
beforeAll(async () => {
  keys = createServer(({ url = '' }, response) => {
    asked.push(url)
    response.writeHead(url === `/${KID}` ? 200 : 404).end(publicKey.export({ type: 'spki', format: 'pem' }))
  }).listen(0, '127.0.0.1')
  await once(keys, 'listening')
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const nowhere = { endpoint: 'http://127.0.0.1:1', region: 'us-east-1', maxAttempts: 1, credentials }
  const carryout = createOperator(PARTS, nowhere)
  carryout.pause = async (who) => {
    paused.push(who)
    return { pause: { at: '', ...who }, deliveryStopped: true }
  }
  site = createAlbConsole({
    carryout,
    loadBalancer: { arn: ARN, clientId: 'ops', keys: `http://127.0.0.1:${(keys.address() as AddressInfo).port}` },
    operators: new Set(['hanako@example.com']),
  })
})
beforeEach(() => {
  asked = []
})
afterAll(() => {
  keys.close()
  keys.closeAllConnections()
})

/** Encodes with the padding that the load balancer adds, contrary to the standard. */
const base64 = (value: object | Buffer) =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)))
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_')

function token({ header = {}, payload = {}, key = privateKey } = {}) {
  const exp = Math.floor(Date.now() / 1000) + 120
  const head = {
    typ: 'JWT',
    kid: KID,
    alg: 'ES256',
    iss: 'https://idp.example',
    client: 'ops',
    signer: ARN,
    exp,
    ...header,
  }
  const claims = { sub: '1234', email: 'Hanako@example.com', exp, iss: 'https://idp.example', ...payload }
  const signed = `${base64(head)}.${base64(claims)}`
  return `${signed}.${base64(sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }))}`
}

/** A form of the console’s own page; TLS has ended at the load balancer. */
const press = (data: string | undefined, origin = 'https://ops.example') =>
  site(
    new Request('http://ops.example/pause', {
      method: 'POST',
      headers: {
        ...{ host: 'ops.example', origin, 'x-forwarded-proto': 'https' },
        'content-type': 'application/x-www-form-urlencoded',
        ...(data !== undefined && { 'x-amzn-oidc-data': data }),
      },
      body: 'why=noon',
    }),
  )

test('admits users whom the load balancer signed in, with their own name', async () => {
  expect((await press(token())).status).toBe(303)
  expect(paused.at(-1)).toMatchObject({ by: 'Hanako@example.com' })
  expect((await press(token())).status).toBe(303)
  expect(asked).toEqual([`/${KID}`])
})

test.each([
  ['is missing', () => undefined],
  ['was signed by somebody else', () => token({ key: stranger })],
  ['is another load balancer’s', () => token({ header: { signer: `${ARN}0` } })],
  ['is of another client', () => token({ header: { client: 'shop' } })],
  ['has ended', () => token({ header: { exp: 1 } })],
  ['says that nothing signed it', () => token({ header: { alg: 'none' } })],
  ['names a key by a path', () => token({ header: { kid: '../secrets' } })],
  ['is of somebody who is not an operator', () => token({ payload: { email: 'eve@example.com' } })],
  ['was changed', () => token().replace(/\.[^.]+\./, `.${base64({ sub: '1', email: 'hanako@example.com' })}.`)],
])('a header that %s admits nobody', async (_, given) => {
  const before = paused.length
  expect((await press(given())).status).toBe(403)
  expect(paused).toHaveLength(before)
})

test('a form on another site is refused', async () => {
  expect((await press(token(), 'https://evil.example')).status).toBe(403)
})
