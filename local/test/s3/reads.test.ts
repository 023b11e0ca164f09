import { GetObjectCommand, type GetObjectCommandInput, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { BUCKET, closeAll, errorOf, givenS3, raw, type TestS3 } from './support.ts'

afterEach(closeAll)

const MODIFIED = new Date('2026-01-31T12:00:00Z')
const at = { Bucket: BUCKET, Key: 'digits' }

async function givenDigits(body = '0123456789'): Promise<TestS3 & { etag: string }> {
  const s3 = await givenS3({ now: () => MODIFIED.getTime() + 789 })
  const { ETag } = await s3.client.send(new PutObjectCommand({ ...at, Body: body }))
  return { ...s3, etag: ETag! }
}

async function get({ client }: TestS3, input: Partial<GetObjectCommandInput>) {
  const got = await client.send(new GetObjectCommand({ ...at, ...input }))
  return { ...got, status: got.$metadata.httpStatusCode, text: await got.Body!.transformToString() }
}

describe('a range', () => {
  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=4-4', '4', 'bytes 4-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=7-99', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ])('%s is %s', async (Range, text, ContentRange) => {
    expect(await get(await givenDigits(), { Range })).toMatchObject({ status: 206, text, ContentRange })
  })

  test.each(['bytes=5-4', 'bytes=a-b', 'lines=0-1', 'bytes=0-1,4-5', 'bytes=-'])(
    '%s is not a valid range, so the whole object is returned',
    async (range) => {
      const answer = await raw(await givenDigits(), 'GET', `/${BUCKET}/digits`, { range })
      expect([answer.status, answer.body]).toEqual([200, '0123456789'])
    },
  )

  test.each(['bytes=10-', 'bytes=10-20', 'bytes=-0'])('%s is outside of an object of ten bytes', async (range) => {
    const answer = await raw(await givenDigits(), 'GET', `/${BUCKET}/digits`, { range })
    expect(answer.status).toBe(416)
    expect(answer.body).toContain('<Code>InvalidRange</Code>')
    expect(answer.body).toContain('<ActualObjectSize>10</ActualObjectSize>')
  })

  test('is outside of an empty object', async () => {
    const error = await errorOf(get(await givenDigits(''), { Range: 'bytes=0-' }))
    expect(error).toMatchObject({ name: 'InvalidRange', status: 416 })
  })

  test('of a changed object (If-Range) returns the whole object', async () => {
    const s3 = await givenDigits()
    const read = (ifRange: string) => raw(s3, 'GET', `/${BUCKET}/digits`, { range: 'bytes=0-1', 'if-range': ifRange })
    expect((await read(s3.etag)).status).toBe(206)
    expect((await read('"other"')).status).toBe(200)
  })

  test('has no checksum of the whole object', async () => {
    const s3 = await givenDigits()
    expect((await get(s3, { Range: 'bytes=0-3', ChecksumMode: 'ENABLED' })).ChecksumCRC32).toBeUndefined()
    expect((await get(s3, { ChecksumMode: 'ENABLED' })).ChecksumCRC32).toBe('poTHxg==')
  })
})

describe('a conditional read', () => {
  const before = new Date(MODIFIED.getTime() - 1000)
  const after = new Date(MODIFIED.getTime() + 1000)
  const other = '"0"'

  test.each<[string, (etag: string) => Partial<GetObjectCommandInput>, 200 | 304 | 412]>([
    ['If-Match with its ETag', (etag) => ({ IfMatch: etag }), 200],
    ['If-Match with a list', (etag) => ({ IfMatch: `"x", ${etag}` }), 200],
    ['If-Match with another', () => ({ IfMatch: other }), 412],
    ['If-None-Match with its ETag', (etag) => ({ IfNoneMatch: etag }), 304],
    ['If-None-Match with another', () => ({ IfNoneMatch: other }), 200],
    ['If-Modified-Since its time', () => ({ IfModifiedSince: MODIFIED }), 304],
    ['If-Modified-Since before', () => ({ IfModifiedSince: before }), 200],
    ['If-Unmodified-Since its time', () => ({ IfUnmodifiedSince: MODIFIED }), 200],
    ['If-Unmodified-Since before', () => ({ IfUnmodifiedSince: before }), 412],
    ['If-Match, so the date does not count', (etag) => ({ IfMatch: etag, IfUnmodifiedSince: before }), 200],
    ['If-None-Match, so the date does not count', () => ({ IfNoneMatch: other, IfModifiedSince: after }), 200],
  ])('%s', async (_what, condition, status) => {
    const s3 = await givenDigits()
    for (const Command of [GetObjectCommand, HeadObjectCommand]) {
      const read = s3.client.send(new Command({ ...at, ...condition(s3.etag) }))
      if (status === 200) expect((await read).ETag).toBe(s3.etag)
      else expect(await errorOf(read)).toMatchObject({ status })
    }
  })

  test('answers 304 with the ETag and without a body', async () => {
    const s3 = await givenDigits()
    const answer = await raw(s3, 'GET', `/${BUCKET}/digits`, { 'if-none-match': s3.etag })
    expect([answer.status, answer.headers.etag, answer.body]).toEqual([304, s3.etag, ''])
  })
})

test('response headers can be overridden', async () => {
  const got = await get(await givenDigits(), {
    ResponseContentType: 'text/tab-separated-values',
    ResponseContentDisposition: "attachment; filename*=UTF-8''%E6%95%B0.tsv",
    ResponseCacheControl: 'private',
    ResponseContentLanguage: 'ja',
    ResponseContentEncoding: 'identity',
    ResponseExpires: MODIFIED,
  })
  expect(got).toMatchObject({
    ContentType: 'text/tab-separated-values',
    ContentDisposition: "attachment; filename*=UTF-8''%E6%95%B0.tsv",
    CacheControl: 'private',
    ContentLanguage: 'ja',
    ContentEncoding: 'identity',
    ExpiresString: MODIFIED.toUTCString(),
  })
})

test('an invalid response header is refused', async () => {
  const error = await errorOf(get(await givenDigits(), { ResponseContentDisposition: 'attachment; filename="数.tsv"' }))
  expect(error).toMatchObject({ name: 'InvalidArgument', status: 400 })
  expect(error.message).toBe('Header value cannot be represented using ISO-8859-1.')
})

test('an object put in one piece is its own part 1', async () => {
  const s3 = await givenDigits()
  expect(await get(s3, { PartNumber: 1 })).toMatchObject({ status: 206, text: '0123456789' })
  expect(await errorOf(get(s3, { PartNumber: 2 }))).toMatchObject({ name: 'InvalidPartNumber', status: 416 })
})

test('times are whole seconds', async () => {
  expect((await get(await givenDigits(), {})).LastModified).toEqual(MODIFIED)
})
