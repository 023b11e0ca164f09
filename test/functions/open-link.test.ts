import { jest } from '@jest/globals'
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import { type Link, signLink } from '../../functions/common/link.ts'
import { METRICS } from '../../statemachine/metrics.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'

const SECRET = 'the key'
const now = Math.floor(Date.now() / 1000)
const link = { key: 'files/orders-1/orders.csv', requester: 'digest', made: now - 60, expires: now + 60 }

let aws: FakeAws
let open: (event: LambdaFunctionURLEvent, context: object) => Promise<APIGatewayProxyStructuredResultV2>
let written: string[]
beforeAll(async () => {
  aws = await startFakeAws()
  Object.assign(process.env, { [env.BUCKET]: 'files', [env.LINK_SECRET_ARN]: 'secret', [env.TABLE]: 'downloads' })
  aws.answers.GetSecretValue = () => ({ SecretString: SECRET })
  open = (await import('../../functions/open-link.ts')).handler as unknown as typeof open
})
afterAll(() => aws.close())
beforeEach(() => {
  written = []
  aws.head = () => ({ status: 200, headers: {} })
  delete aws.answers.GetItem
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
})
afterEach(() => jest.restoreAllMocks())

test.each([
  ['of ours', link, SECRET, 303, METRICS.openedLinks],
  ['signed with another key', link, 'guessed', 403, METRICS.forgedLinks],
  ['that has ended', { ...link, expires: now - 1 }, SECRET, 410, METRICS.expiredLinks],
])('a link %s is answered and counted', async (_, given, secret, status, metric) => {
  const { searchParams } = new URL(signLink('https://links.example.com/', given, secret))
  const answer = await open(requestFor(Object.fromEntries(searchParams)), {})
  expect(answer.statusCode).toBe(status)
  expect(answer.headers?.location !== undefined).toBe(status === 303)
  expect(written.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line)[metric])).toEqual([1])
})

test.each(['made', 'expires', 'for', 'file', 'signature'])('a link with a changed %s opens nothing', async (name) => {
  const { searchParams } = new URL(signLink('https://links.example.com/', link, SECRET))
  const query = Object.fromEntries(searchParams)
  const changed = { ...query, [name]: `${query[name]!.startsWith('1') ? '2' : '1'}${query[name]!.slice(1)}` }
  expect((await open(requestFor(changed), {})).statusCode).toBe(403)
  const { [name]: __, ...missing } = query
  expect((await open(requestFor(missing), {})).statusCode).toBe(403)
})

test('the address of the file works for five minutes', async () => {
  const { headers } = await openWith(link)
  expect(new URL(String(headers?.location)).searchParams.get('X-Amz-Expires')).toBe('300')
})

test.each(['GET', 'HEAD'])('%s, which mail scanners send, shows the button and opens nothing', async (method) => {
  const answer = await openWith(link, method)
  expect(answer).toMatchObject({ statusCode: 200, body: expect.stringContaining('<button>Download</button>') })
  expect(answer.headers).not.toHaveProperty('location')
  expect(written.filter((line) => line.includes('"_aws"'))).toEqual([])
})

test('any other method is refused', async () => {
  expect(await openWith(link, 'DELETE')).toMatchObject({
    statusCode: 405,
    body: expect.stringContaining('This link can only be opened in a browser.'),
  })
})

test('the function’s own address without a link is refused', async () => {
  expect((await open(requestFor(undefined), {})).statusCode).toBe(403)
})

describe('a link that was revoked', () => {
  const MADE = new Date(link.made * 1000).toISOString()
  const LATER = new Date(link.made * 1000 + 3_600_000).toISOString()
  const EARLIER = new Date(link.made * 1000 - 1).toISOString()

  test.each([
    ['with its download', 'download#orders-1', LATER, 410],
    ['with its download, before it was made', 'download#orders-1', EARLIER, 410],
    ['with another download', 'download#orders-2', LATER, 303],
    ['with all of its requester’s', 'requester#digest', LATER, 410],
    ['with all of its requester’s, in the same second', 'requester#digest', MADE, 410],
    ['with all of its requester’s, before it was made', 'requester#digest', EARLIER, 303],
    ['with those of another requester', 'requester#another', LATER, 303],
  ])('%s', async (_, revoked, at, status) => {
    aws.answers.GetItem = ({ Key }) => {
      const { pk, sk } = Key as { pk: { S: string }; sk: { S: string } }
      return pk.S === revoked && sk.S === 'revoked' ? { Item: { at: { S: at } } } : {}
    }
    const answer = await openWith(link)
    expect(answer.statusCode).toBe(status)
    if (status === 410) expect(answer.body).toContain('This link no longer works.')
  })

  test('does not open while the table cannot be read', async () => {
    aws.answers.GetItem = () => ({ __type: 'AccessDeniedException', message: 'No.' })
    await expect(openWith(link)).rejects.toThrow('No.')
  })
})

test('a link to a deleted file says so, and a file that cannot be checked is not called deleted', async () => {
  aws.head = () => ({ status: 404, headers: {} })
  expect(await openWith(link)).toMatchObject({
    statusCode: 410,
    body: expect.stringContaining('This file has been deleted.'),
  })
  aws.head = () => ({ status: 403, headers: {} })
  await expect(openWith(link)).rejects.toThrow()
})

function openWith(given: Link, method = 'POST') {
  const { searchParams } = new URL(signLink('https://links.example.com/', given, SECRET))
  return open(requestFor(Object.fromEntries(searchParams), method), {})
}

function requestFor(
  queryStringParameters: Record<string, string> | undefined,
  method = 'POST',
): LambdaFunctionURLEvent {
  const http = { method, path: '/', sourceIp: '192.0.2.1', protocol: 'HTTP/1.1', userAgent: 'test' }
  return { headers: {}, queryStringParameters, requestContext: { http } } as unknown as LambdaFunctionURLEvent
}
