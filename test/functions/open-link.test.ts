import { jest } from '@jest/globals'
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import { signLink } from '../../functions/common/link.ts'
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
  aws.head = () => ({ status: 200, headers: {} })
  open = (await import('../../functions/open-link.ts')).handler as unknown as typeof open
})
afterAll(() => aws.close())
beforeEach(() => {
  written = []
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

function requestFor(queryStringParameters: Record<string, string>): LambdaFunctionURLEvent {
  const http = { method: 'POST', path: '/', sourceIp: '192.0.2.1', protocol: 'HTTP/1.1', userAgent: 'test' }
  return { headers: {}, queryStringParameters, requestContext: { http } } as unknown as LambdaFunctionURLEvent
}
