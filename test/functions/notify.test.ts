import type { Context } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import { openLink } from '../../functions/common/link.ts'
import type { NotifyInput } from '../../functions/notify.ts'
import type { Failed, Finished } from '../../statemachine/contract.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'

const execution = 'arn:aws:states:us-east-1:000000000000:execution:download:orders-1'
const LINK_SECONDS = 7 * 24 * 3600
const request = { id: 'orders-1', export: 'orders', params: {}, requestedBy: 'hanako@example.com' }
const finished = {
  request,
  plan: { title: 'Orders', language: 'en' },
  ranges: [],
  file: { bucket: 'b', key: 'files/orders-1/orders.csv', name: 'Orders.csv', rows: 3, bytes: 30, crc32: '0a0b0c0d' },
} as unknown as Finished
const failed: Failed = {
  request,
  failure: { step: 'ExportChunk', error: 'QueryFailed', cause: '{"errorMessage":"No such table."}', redriveCount: 0 },
}

let aws: FakeAws
let notify: (input: NotifyInput, context: Context) => Promise<void>
beforeAll(async () => {
  aws = await startFakeAws()
  Object.assign(process.env, {
    [env.TOPIC_ARN]: 'arn:aws:sns:us-east-1:000000000000:topic',
    [env.LINK_URL]: 'https://links.example.com/',
    [env.LINK_SECRET_ARN]: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:link',
    [env.LINK_SECONDS]: String(LINK_SECONDS),
  })
  aws.answers.GetSecretValue = () => ({ SecretString: 'the key' })
  notify = (await import('../../functions/notify.ts')).handler as unknown as typeof notify
})
afterAll(() => aws.close())
beforeEach(() => {
  aws.calls = []
})

test('a finished file is announced with a link that opens for as long as it says', async () => {
  const before = Math.floor(Date.now() / 1000)
  const { Message, ...rest } = await published(finished)
  const { searchParams } = new URL(/https:\/\/links\.example\.com\S+/.exec(Message!)![0])
  const expires = Number(searchParams.get('expires'))
  expect(expires - before).toBeGreaterThanOrEqual(LINK_SECONDS)
  expect(expires - before).toBeLessThan(LINK_SECONDS + 60)
  const at = (seconds: number) => openLink(Object.fromEntries(searchParams), 'the key', seconds * 1000)
  expect(at(expires - 1)).toEqual({ key: finished.file.key, expires })
  expect(at(expires)).toBe('expired')
  expect(attributesOf(rest)).toEqual({ status: 'ready', export: 'orders', requestedBy: 'hanako@example.com' })
})

test('a failure is announced with its step, its error and its reason', async () => {
  const { Message, ...rest } = await published(failed)
  expect(Message).toContain('ExportChunk')
  expect(Message).toContain('QueryFailed')
  expect(Message).toContain('No such table.')
  expect(attributesOf(rest)).toEqual({ status: 'failed', export: 'orders', requestedBy: 'hanako@example.com' })
})

test.each<[string, unknown]>([
  ['a lone surrogate', 'half \ud83d'],
  ['a control character', 'bell \u0007 and \u0000'],
  ['a mark that turns the direction', 'left \u202e right'],
  ['more than SNS takes', '漢😀'.repeat(100_000)],
  ['a number', 7],
  ['nothing', undefined],
])('whatever a message holds, its failure is published well-formed, plain and bounded: %s', async (_, value) => {
  const text = value as string
  const { Message, Subject, ...rest } = await published({
    request: { ...request, export: text, requestedBy: text, params: { [String(text)]: text } },
    failure: { ...failed.failure, cause: JSON.stringify({ errorMessage: `params.${text} is not known` }) },
  })
  expect(Message!.isWellFormed()).toBe(true)
  expect(Buffer.byteLength(Message!)).toBeLessThanOrEqual(64 * 1024)
  expect(Message).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
  expect(Subject).toMatch(/^[\x20-\x7e]{1,99}$/)
  for (const attribute of Object.values(attributesOf(rest))) expect(attribute).toMatch(/^[^\p{Cc}\p{Cs}]{1,300}$/u)
})

/** The fields of the one Publish. */
async function published(document: NotifyInput['document']): Promise<Record<string, string>> {
  await notify({ execution, document }, { functionName: 'notify' } as Context)
  const publishes = aws.calls.filter(({ action }) => action === 'Publish')
  expect(publishes).toHaveLength(1)
  return publishes[0]!.input as Record<string, string>
}

function attributesOf(fields: Record<string, string>): Record<string, string> {
  const names = Object.keys(fields).filter((field) => /^MessageAttributes\.entry\.\d+\.Name$/.test(field))
  return Object.fromEntries(
    names.map((field) => [fields[field]!, fields[field.replace(/Name$/, 'Value.StringValue')]!]),
  )
}
