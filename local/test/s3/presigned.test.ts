import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { BUCKET, closeAll, givenS3, raw, type TestS3 } from './support.ts'

afterEach(closeAll)

const at = { Bucket: BUCKET, Key: 'exports/注文 2026.csv' }
const BODY = 'id\r\n1\r\n'
const MINUTE = 60_000

async function givenObject(options = {}): Promise<TestS3> {
  const s3 = await givenS3(options)
  await s3.client.send(new PutObjectCommand({ ...at, Body: BODY, ContentType: 'text/csv' }))
  return s3
}

const signed = ({ client }: { client: S3Client }, input = {}, expiresIn = 900) =>
  getSignedUrl(client, new GetObjectCommand({ ...at, ...input }), { expiresIn })

async function expectError(answer: Response, status: number, code: string): Promise<string> {
  const text = await answer.text()
  expect([answer.status, /<Code>(.*)<\/Code>/.exec(text)?.[1]]).toEqual([status, code])
  return text
}

test('a presigned URL opens without any header', async () => {
  const answer = await fetch(await signed(await givenObject()))
  expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([200, BODY, 'text/csv'])
})

test('it names the file in any script', async () => {
  const disposition = `attachment; filename="orders.csv"; filename*=UTF-8''${encodeURIComponent('注文一覧 (1月).csv')}`
  const s3 = await givenObject()
  const url = await signed(s3, { ResponseContentDisposition: disposition, ResponseContentType: 'text/plain' })
  const { headers } = await fetch(url)
  expect(headers.get('content-disposition')).toBe(disposition)
  expect(headers.get('content-type')).toBe('text/plain')
})

test('it supports ranges, for resuming a download', async () => {
  const answer = await fetch(await signed(await givenObject()), { headers: { range: 'bytes=4-' } })
  expect([answer.status, await answer.text()]).toEqual([206, BODY.slice(4)])
})

test('it works only with the method it was signed for', async () => {
  const s3 = await givenObject()
  const url = await signed(s3)
  await expectError(await fetch(url, { method: 'DELETE' }), 403, 'SignatureDoesNotMatch')
  const head = await getSignedUrl(s3.client, new HeadObjectCommand(at))
  expect((await fetch(head, { method: 'HEAD' })).status).toBe(200)
})

test('it expires', async () => {
  const s3 = await givenObject({ now: () => Date.now() + 15 * MINUTE + 1000 })
  const text = await expectError(await fetch(await signed(s3)), 403, 'AccessDenied')
  expect(text).toContain('<Message>Request has expired</Message>')
  expect(text).toContain('<X-Amz-Expires>900</X-Amz-Expires>')
  expect((await fetch(await signed(s3, {}, 1000))).status).toBe(200)
})

test('it may be signed slightly in the future', async () => {
  const little = await givenObject({ now: () => Date.now() - 10 * MINUTE })
  expect((await fetch(await signed(little))).status).toBe(200)
  const much = await givenObject({ now: () => Date.now() - 20 * MINUTE })
  const text = await expectError(await fetch(await signed(much)), 403, 'AccessDenied')
  expect(text).toContain('Request is not yet valid')
})

test.each<[string, (url: string) => string]>([
  ['another key', (url) => url.replace('2026', '2025')],
  ['a longer life', (url) => url.replace('X-Amz-Expires=900', 'X-Amz-Expires=9000')],
  ['another file name', (url) => `${url}&response-content-disposition=attachment`],
  ['another signature', (url) => url.replace(/(X-Amz-Signature=)./, '$1x')],
  ['half a signature', (url) => url.replace(/(X-Amz-Signature=.{10})[0-9a-f]*/, '$1')],
])('tampered with for %s, it does not open', async (_what, tamper) => {
  const url = await signed(await givenObject())
  const tampered = tamper(url)
  expect(tampered).not.toBe(url)
  const text = await expectError(await fetch(tampered), 403, 'SignatureDoesNotMatch')
  expect(text).toContain('<StringToSign>AWS4-HMAC-SHA256')
})

test('signed with unknown or wrong credentials, it does not open', async () => {
  const s3 = await givenObject()
  const by = (accessKeyId: string, secretAccessKey: string) =>
    signed({ client: s3.newClient({ credentials: { accessKeyId, secretAccessKey } }) })
  await expectError(await fetch(await by('stranger', 'local')), 403, 'InvalidAccessKeyId')
  await expectError(await fetch(await by('local', 'wrong')), 403, 'SignatureDoesNotMatch')
  expect((await fetch(await by('test', 'test'))).status).toBe(200)
})

test.each<[string, (url: string) => string]>([
  ['no date', (url) => url.replace(/X-Amz-Date=[^&]*&/, '')],
  ['an algorithm that is none', (url) => url.replace('AWS4-HMAC-SHA256', 'AWS9')],
  ['more than a week', (url) => url.replace('X-Amz-Expires=900', 'X-Amz-Expires=604801')],
  ['a negative life', (url) => url.replace('X-Amz-Expires=900', 'X-Amz-Expires=-1')],
  ['another region', (url) => url.replace('us-east-1', 'eu-west-1')],
  ['another service', (url) => url.replace('%2Fs3%2F', '%2Fsqs%2F')],
])('with %s, it is not a presigned URL', async (_what, spoil) => {
  const url = await signed(await givenObject())
  await expectError(await fetch(spoil(url)), 400, 'AuthorizationQueryParametersError')
})

test('a signed header must come as it was signed', async () => {
  const s3 = await givenObject()
  const url = await getSignedUrl(s3.client, new PutObjectCommand({ ...at, ContentType: 'text/csv' }), {
    signableHeaders: new Set(['content-type', 'host']),
  })
  const put = (type: string) => fetch(url, { method: 'PUT', body: BODY, headers: { 'content-type': type } })
  await expectError(await put('text/html'), 403, 'SignatureDoesNotMatch')
  // The SDK's URL was signed without a body, so it carries the checksum of an empty one.
  expect(new URL(url).searchParams.get('x-amz-checksum-crc32')).toBe('AAAAAA==')
  await expectError(await put('text/csv'), 400, 'BadDigest')
})

test('an upload may be presigned, with what the object is to keep', async () => {
  const s3 = await givenS3()
  const client = s3.newClient({ requestChecksumCalculation: 'WHEN_REQUIRED' })
  const url = await getSignedUrl(client, new PutObjectCommand({ ...at, Metadata: { rows: '2', title: '注文' } }))
  const put = await fetch(url, { method: 'PUT', body: BODY })
  expect(put.status).toBe(200)
  const head = await s3.client.send(new HeadObjectCommand(at))
  expect(head).toMatchObject({ Metadata: { rows: '2' }, ContentLength: BODY.length })
  expect(Buffer.from(head.Metadata!.title!, 'latin1').toString()).toBe('注文')
})

test('a presigned part of an unknown upload is refused', async () => {
  const s3 = await givenS3()
  const client = s3.newClient({ requestChecksumCalculation: 'WHEN_REQUIRED' })
  const url = await getSignedUrl(client, new UploadPartCommand({ ...at, UploadId: 'none', PartNumber: 1 }))
  await expectError(await fetch(url, { method: 'PUT', body: BODY }), 404, 'NoSuchUpload')
})

test('it works with the bucket in the host’s name', async () => {
  const s3 = await givenObject()
  const client = s3.newClient({ endpoint: `http://localhost:${s3.port}`, forcePathStyle: false })
  const url = new URL(await signed({ client }))
  expect(url.host).toBe(`${BUCKET}.localhost:${s3.port}`)
  const answer = await raw(s3, 'GET', `${url.pathname}${url.search}`, { host: url.host, authorization: '' })
  expect([answer.status, answer.body]).toEqual([200, BODY])
})

describe('without a valid signature', () => {
  test('nothing is public', async () => {
    const s3 = await givenObject()
    for (const path of ['/', `/${BUCKET}`, `/${BUCKET}/exports/a`, '/no-such-bucket/a']) {
      await expectError(await fetch(`${s3.endpoint}${path}`), 403, 'AccessDenied')
    }
    const put = await fetch(`${s3.endpoint}/${BUCKET}/a`, { method: 'PUT', body: 'a' })
    await expectError(put, 403, 'AccessDenied')
  })

  test('the old signature version is named in the error', async () => {
    const s3 = await givenObject()
    const url = `${s3.endpoint}/${BUCKET}/a?AWSAccessKeyId=test&Signature=abc&Expires=9999999999`
    const text = await expectError(await fetch(url), 400, 'InvalidRequest')
    expect(text).toContain('Please use AWS4-HMAC-SHA256.')
  })
})
