import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { ALGORITHMS, type Algorithm, digest, headerOf } from '../../src/s3/checksums.ts'
import { BUCKET, bytesOf, closeAll, givenS3, MIB, type RawAnswer, raw, type TestS3 } from './support.ts'

afterEach(closeAll)

const at = { Bucket: BUCKET, Key: 'k' }
const PATH = `/${BUCKET}/k`
const BODY = 'id,name\r\n1,注文\r\n'
const length = Buffer.byteLength(BODY)

async function checksumOf(algorithm: Algorithm, text: string | Buffer = BODY): Promise<string> {
  const running = digest(algorithm)
  running.update(Buffer.from(text))
  return running.finish()
}

/** A body in aws-chunked, cut where no character boundary is. */
function chunked(trailers: Record<string, string> = {}, signed = false): string {
  const bytes = Buffer.from(BODY)
  const signature = signed ? `;chunk-signature=${'0'.repeat(64)}` : ''
  const chunks = [bytes.subarray(0, 3), bytes.subarray(3, 12), bytes.subarray(12)]
  const text = chunks.map((chunk) => `${chunk.length.toString(16)}${signature}\r\n${chunk.toString('latin1')}\r\n`)
  const last = Object.entries(trailers).map(([name, value]) => `${name}:${value}\r\n`)
  return `${text.join('')}0${signature}\r\n${last.join('')}\r\n`
}

function putChunked(s3: TestS3, body: string, headers: Record<string, string | number>): Promise<RawAnswer> {
  return raw(
    s3,
    'PUT',
    PATH,
    {
      'content-encoding': 'aws-chunked',
      'content-length': body.length,
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': length,
      ...headers,
    },
    Buffer.from(body, 'latin1'),
  )
}

/** An error, and nothing kept of the body. */
async function expectRefused(s3: TestS3, answer: RawAnswer, code: string, status = 400): Promise<void> {
  expect([answer.status, /<Code>(.*)<\/Code>/.exec(answer.body)?.[1]]).toEqual([status, code])
  expect(await s3.blobCount(0)).toBe(0)
  expect((await raw(s3, 'HEAD', PATH)).status).toBe(404)
}

describe.each(ALGORITHMS)('%s', (algorithm) => {
  const header = headerOf(algorithm)

  test('in a header is verified, stored and returned', async () => {
    const s3 = await givenS3()
    const put = await raw(s3, 'PUT', PATH, { 'content-length': length, [header]: await checksumOf(algorithm) }, BODY)
    expect(put.headers).toMatchObject({ [header]: await checksumOf(algorithm), 'x-amz-checksum-type': 'FULL_OBJECT' })
    const head = await raw(s3, 'HEAD', PATH, { 'x-amz-checksum-mode': 'ENABLED' })
    expect(head.headers[header]).toBe(await checksumOf(algorithm))
    expect((await raw(s3, 'HEAD', PATH)).headers[header]).toBeUndefined()
  })

  test('in a header that does not match the body is BadDigest', async () => {
    const s3 = await givenS3()
    const headers = { 'content-length': length, [header]: await checksumOf(algorithm, 'another') }
    await expectRefused(s3, await raw(s3, 'PUT', PATH, headers, BODY), 'BadDigest')
  })

  test('of the wrong length is InvalidRequest', async () => {
    const s3 = await givenS3()
    const answer = await raw(s3, 'PUT', PATH, { 'content-length': length, [header]: 'AAA=' }, BODY)
    await expectRefused(s3, answer, 'InvalidRequest')
    expect(answer.body).toContain(`Value for ${header} header is invalid.`)
  })

  test('after the body is verified and stored', async () => {
    const s3 = await givenS3()
    const put = await putChunked(s3, chunked({ [header]: await checksumOf(algorithm) }), { 'x-amz-trailer': header })
    expect([put.status, put.headers[header]]).toEqual([200, await checksumOf(algorithm)])
    expect((await raw(s3, 'GET', PATH)).body).toBe(BODY)
  })

  test('after the body that does not match it is BadDigest', async () => {
    const s3 = await givenS3()
    const body = chunked({ [header]: await checksumOf(algorithm, 'another') })
    await expectRefused(s3, await putChunked(s3, body, { 'x-amz-trailer': header }), 'BadDigest')
  })

  test('goes through the SDK, of a buffer and of a stream', async () => {
    const { client } = await givenS3()
    for (const Body of [Buffer.from(BODY), Readable.from([Buffer.from(BODY)])]) {
      await client.send(new PutObjectCommand({ ...at, Body, ContentLength: length, ChecksumAlgorithm: algorithm }))
      // The SDK verifies what it reads against the checksum that comes with it.
      const got = await client.send(new GetObjectCommand({ ...at, ChecksumMode: 'ENABLED' }))
      expect(await got.Body?.transformToString()).toBe(BODY)
      expect(got).toMatchObject({ [`Checksum${algorithm}`]: await checksumOf(algorithm) })
    }
  })
})

test('an object without a checksum gets a CRC-64/NVME', async () => {
  const s3 = await givenS3()
  await raw(s3, 'PUT', PATH, { 'content-length': length }, BODY)
  const head = await s3.client.send(new HeadObjectCommand({ ...at, ChecksumMode: 'ENABLED' }))
  expect(head.ChecksumCRC64NVME).toBe(await checksumOf('CRC64NVME'))
})

test('two checksums are refused', async () => {
  const s3 = await givenS3()
  const headers = { 'x-amz-checksum-crc32': await checksumOf('CRC32'), 'x-amz-checksum-sha1': await checksumOf('SHA1') }
  await expectRefused(s3, await raw(s3, 'PUT', PATH, { 'content-length': length, ...headers }, BODY), 'InvalidRequest')
})

test('a missing announced checksum is refused', async () => {
  const s3 = await givenS3()
  const trailer = { 'x-amz-trailer': 'x-amz-checksum-crc32' }
  await expectRefused(s3, await putChunked(s3, chunked(), trailer), 'MalformedTrailerError')
  const headers = { 'content-length': length, 'x-amz-sdk-checksum-algorithm': 'CRC32' }
  await expectRefused(s3, await raw(s3, 'PUT', PATH, headers, BODY), 'InvalidRequest')
})

test('Content-MD5 is verified', async () => {
  const s3 = await givenS3()
  const put = (md5: string) => raw(s3, 'PUT', PATH, { 'content-length': length, 'content-md5': md5 }, BODY)
  const md5Of = (text: string) => createHash('md5').update(text).digest('base64')
  await expectRefused(s3, await put(md5Of('another')), 'BadDigest')
  await expectRefused(s3, await put('short'), 'InvalidDigest')
  expect((await put(md5Of(BODY))).status).toBe(200)
})

test('the payload’s SHA-256 is verified', async () => {
  const s3 = await givenS3()
  const put = (sha256: string) =>
    raw(s3, 'PUT', PATH, { 'content-length': length, 'x-amz-content-sha256': sha256 }, BODY)
  const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex')
  await expectRefused(s3, await put(sha256Of('another')), 'XAmzContentSHA256Mismatch')
  await expectRefused(s3, await put('nonsense'), 'InvalidArgument')
  expect((await put(sha256Of(BODY))).status).toBe(200)
})

describe('aws-chunked', () => {
  test.each(['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'])(
    'of %s is decoded',
    async (payload) => {
      const s3 = await givenS3()
      const trailer = payload.endsWith('TRAILER')
      const trailers = { 'x-amz-checksum-crc32': await checksumOf('CRC32'), 'x-amz-trailer-signature': '0'.repeat(64) }
      const headers: Record<string, string> = {
        'x-amz-content-sha256': payload,
        'content-encoding': 'aws-chunked,gzip',
      }
      if (trailer) headers['x-amz-trailer'] = 'x-amz-checksum-crc32'
      expect((await putChunked(s3, chunked(trailer ? trailers : {}, true), headers)).status).toBe(200)
      const got = await raw(s3, 'GET', PATH)
      expect([got.body, got.headers['content-encoding']]).toEqual([BODY, 'gzip'])
    },
  )

  test('arriving byte by byte is the same', async () => {
    const s3 = await givenS3()
    const text = chunked({ 'x-amz-checksum-crc32': await checksumOf('CRC32') })
    const { decodeAwsChunked } = await import('../../src/s3/aws-chunked.ts')
    const trailers = new Map<string, string>()
    const pieces: Buffer[] = []
    const bytes = Readable.from([...Buffer.from(text, 'latin1')].map((byte) => Buffer.of(byte)))
    for await (const piece of decodeAwsChunked(bytes, trailers)) pieces.push(piece)
    expect(Buffer.concat(pieces).toString()).toBe(BODY)
    expect(trailers.get('x-amz-checksum-crc32')).toBe(await checksumOf('CRC32'))
    expect(await s3.blobCount(0)).toBe(0)
  })

  test.each([
    ['ends in the middle', (text: string) => text.slice(0, 20), 'IncompleteBody'],
    ['ends before its last chunk', (text: string) => text.slice(0, text.lastIndexOf('0\r\n')), 'IncompleteBody'],
    ['has a size that is none', (text: string) => `x${text}`, 'InvalidRequest'],
    ['has a chunk longer than its size', (text: string) => text.replace(/^3/, '2'), 'InvalidRequest'],
  ])('that %s leaves nothing behind', async (_what, damage, code) => {
    const s3 = await givenS3()
    await expectRefused(s3, await putChunked(s3, damage(chunked()), {}), code)
  })

  test.each([length - 1, length + 1])(
    'of %i bytes instead of the announced length leaves nothing behind',
    async (size) => {
      const s3 = await givenS3()
      await expectRefused(
        s3,
        await putChunked(s3, chunked(), { 'x-amz-decoded-content-length': size }),
        'IncompleteBody',
      )
    },
  )
})

test('a length is required', async () => {
  const s3 = await givenS3()
  const answer = await raw(s3, 'PUT', PATH, { 'transfer-encoding': 'chunked' }, '1\r\na\r\n0\r\n\r\n')
  await expectRefused(s3, answer, 'MissingContentLength', 411)
})

test('a body above 5 GiB is refused before it is sent', async () => {
  const s3 = await givenS3()
  const headers = { 'content-length': 5 * 1024 * MIB + 1, expect: '100-continue' }
  const answer = raw(s3, 'PUT', PATH, headers, '', { hangUp: true })
  await expectRefused(s3, await answer, 'EntityTooLarge')
})

test('an upload that is interrupted leaves nothing behind', async () => {
  const s3 = await givenS3()
  await raw(s3, 'PUT', PATH, { 'content-length': 10 * MIB }, bytesOf(3 * MIB), { hangUp: true })
  expect(await s3.blobCount(0)).toBe(0)
  expect((await raw(s3, 'HEAD', PATH)).status).toBe(404)
})

test('an interrupted download does not disturb others', async () => {
  const s3 = await givenS3()
  await raw(s3, 'PUT', PATH, { 'content-length': 12 * MIB }, bytesOf(12 * MIB))
  await raw(s3, 'GET', PATH, {}, '', { hangUp: true })
  await s3.client.send(new PutObjectCommand({ ...at, Body: 'new' }))
  expect(await s3.blobCount(1)).toBe(1)
})

test('Expect: 100-continue is answered', async () => {
  const s3 = await givenS3()
  const answer = await raw(s3, 'PUT', PATH, { 'content-length': length, expect: '100-continue' }, BODY)
  expect([answer.continued, answer.status]).toEqual([true, 200])
})

test('a refused body does not spoil the connection for the next call', async () => {
  const s3 = await givenS3()
  const client = s3.newClient({ requestHandler: { httpAgent: { maxSockets: 1, keepAlive: true } } })
  const wrong = client.send(new PutObjectCommand({ ...at, Body: bytesOf(3 * MIB), ChecksumCRC32: 'AAAAAA==' }))
  await expect(wrong).rejects.toThrow('CRC32')
  await client.send(new PutObjectCommand({ ...at, Body: BODY }))
  expect(await s3.blobCount(1)).toBe(1)
})

test('an opaque ETag is not the MD5 and differs for each object, but Content-MD5 is still verified', async () => {
  const s3 = await givenS3({ opaqueEtags: true })
  const md5 = createHash('md5').update(BODY).digest()
  const put = () => raw(s3, 'PUT', PATH, { 'content-length': length }, BODY)
  const etags = new Set([(await put()).headers.etag, (await put()).headers.etag, `"${md5.toString('hex')}"`])
  expect(etags.size).toBe(3)
  for (const etag of etags) expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
  const wrong = Buffer.from(md5)
  wrong[0]! ^= 1
  const checked = (value: Buffer) => ({ 'content-length': length, 'content-md5': value.toString('base64') })
  expect((await raw(s3, 'PUT', PATH, checked(md5), BODY)).status).toBe(200)
  expect((await raw(s3, 'PUT', PATH, checked(wrong), BODY)).body).toContain('<Code>BadDigest</Code>')
})
