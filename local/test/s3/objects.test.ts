import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3'
import { BUCKET, bytesOf, closeAll, errorOf, givenS3, MIB, raw, type TestS3 } from './support.ts'

afterEach(closeAll)

const at = (Key: string) => ({ Bucket: BUCKET, Key })

async function read({ client }: TestS3, key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand(at(key)))
  return Buffer.from(await Body!.transformToByteArray())
}

test('an object comes back unchanged with all its metadata', async () => {
  const s3 = await givenS3()
  const body = bytesOf(3 * MIB + 17)
  const put = await s3.client.send(
    new PutObjectCommand({
      ...at('exports/注文 +&.csv'),
      Body: body,
      ContentType: 'text/csv; charset=utf-8',
      ContentDisposition: "attachment; filename*=UTF-8''%E6%B3%A8%E6%96%87.csv",
      ContentEncoding: 'gzip',
      ContentLanguage: 'ja',
      CacheControl: 'no-store',
      Metadata: { rows: '12' },
    }),
  )
  const got = await s3.client.send(new GetObjectCommand(at('exports/注文 +&.csv')))
  expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true)
  expect(got).toMatchObject({
    ETag: put.ETag,
    ContentLength: body.length,
    ContentType: 'text/csv; charset=utf-8',
    ContentDisposition: "attachment; filename*=UTF-8''%E6%B3%A8%E6%96%87.csv",
    ContentEncoding: 'gzip',
    ContentLanguage: 'ja',
    CacheControl: 'no-store',
    Metadata: { rows: '12' },
    ServerSideEncryption: 'AES256',
  })
})

test('the ETag is the MD5', async () => {
  const { client } = await givenS3()
  const { ETag } = await client.send(new PutObjectCommand({ ...at('a'), Body: 'hello' }))
  expect(ETag).toBe('"5d41402abc4b2a76b9719d911017c592"')
})

test('header bytes that are not ASCII come back as they went', async () => {
  const s3 = await givenS3()
  const disposition = Buffer.from('attachment; filename="注文.csv"').toString('latin1')
  await raw(s3, 'PUT', `/${BUCKET}/a`, { 'content-length': 1, 'content-disposition': disposition }, 'a')
  expect((await raw(s3, 'HEAD', `/${BUCKET}/a`)).headers['content-disposition']).toBe(disposition)
})

test('an object may be empty', async () => {
  const s3 = await givenS3()
  await s3.client.send(new PutObjectCommand({ ...at('empty'), Body: '' }))
  expect(await read(s3, 'empty')).toHaveLength(0)
  expect(await s3.blobCount(0)).toBe(0)
})

test('a key may have any characters', async () => {
  const s3 = await givenS3()
  for (const key of ['a//b', '../up', './here', 'sp ace', 'per%cent', 'plus+', '絵文字😀', "!'()*~", 'a?b#c']) {
    await s3.client.send(new PutObjectCommand({ ...at(key), Body: key }))
    expect((await read(s3, key)).toString()).toBe(key)
  }
})

test('a key of more than 1,024 bytes is refused', async () => {
  const { client } = await givenS3()
  const error = await errorOf(client.send(new PutObjectCommand({ ...at('あ'.repeat(342)), Body: 'a' })))
  expect(error).toMatchObject({ name: 'KeyTooLongError', status: 400 })
})

test('metadata above 2 KB is refused', async () => {
  const { client } = await givenS3()
  const error = await errorOf(client.send(new PutObjectCommand({ ...at('a'), Metadata: { m: 'x'.repeat(2048) } })))
  expect(error).toMatchObject({ name: 'MetadataTooLarge', status: 400 })
})

test('overwritten and deleted objects leave no data behind', async () => {
  const { client, blobCount } = await givenS3()
  await client.send(new PutObjectCommand({ ...at('a'), Body: 'one' }))
  await client.send(new PutObjectCommand({ ...at('a'), Body: 'two' }))
  expect(await blobCount(1)).toBe(1)
  await client.send(new DeleteObjectCommand(at('a')))
  await client.send(new DeleteObjectCommand(at('a')))
  expect(await blobCount(0)).toBe(0)
  expect(await errorOf(client.send(new GetObjectCommand(at('a'))))).toMatchObject({ name: 'NoSuchKey', status: 404 })
})

test('an object that is overwritten while being read is read to its end', async () => {
  const s3 = await givenS3()
  const old = bytesOf(10 * MIB)
  await s3.client.send(new PutObjectCommand({ ...at('a'), Body: old }))
  const { Body } = await s3.client.send(new GetObjectCommand(at('a')))
  await s3.client.send(new PutObjectCommand({ ...at('a'), Body: 'new' }))
  expect(Buffer.from(await Body!.transformToByteArray()).equals(old)).toBe(true)
  expect((await read(s3, 'a')).toString()).toBe('new')
  expect(await s3.blobCount(1)).toBe(1)
})

test('many objects are deleted with one call', async () => {
  const s3 = await givenS3()
  const keys = ['a', 'b&<>"', ' c ', 'd\te']
  for (const key of keys) await s3.client.send(new PutObjectCommand({ ...at(key), Body: 'x' }))
  const { Deleted } = await s3.client.send(
    new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: [...keys, 'never there'].map((Key) => ({ Key })) } }),
  )
  expect(Deleted).toHaveLength(5)
  expect(await s3.blobCount(0)).toBe(0)
  const quiet = await s3.client.send(
    new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Quiet: true, Objects: [{ Key: 'a' }] } }),
  )
  expect(quiet.Deleted).toBeUndefined()
})

test.each([
  ['no XML', 'nonsense'],
  ['another document', '<Other><Object><Key>a</Key></Object></Other>'],
  ['no object', '<Delete></Delete>'],
  ['a document type', '<!DOCTYPE Delete [<!ENTITY a "b">]><Delete><Object><Key>&a;</Key></Object></Delete>'],
])('deleting with %s is MalformedXML', async (_what, body) => {
  const s3 = await givenS3()
  const md5 = (await import('node:crypto')).createHash('md5').update(body).digest('base64')
  const headers = { 'content-length': Buffer.byteLength(body), 'content-md5': md5 }
  const answer = await raw(s3, 'POST', `/${BUCKET}?delete`, headers, body)
  expect(answer.status).toBe(400)
  expect(answer.body).toContain('<Code>MalformedXML</Code>')
})

describe('a copy', () => {
  test('has the bytes, headers and tags of its source, and outlives it', async () => {
    const s3 = await givenS3()
    const body = bytesOf(MIB)
    await s3.client.send(
      new PutObjectCommand({
        ...at('from ü'),
        Body: body,
        ContentType: 'text/csv',
        Metadata: { a: 'b' },
        Tagging: 'x=y',
      }),
    )
    const { CopyObjectResult } = await s3.client.send(
      new CopyObjectCommand({ ...at('to'), CopySource: `${BUCKET}/${encodeURIComponent('from ü')}` }),
    )
    await s3.client.send(new DeleteObjectCommand(at('from ü')))
    const copy = await s3.client.send(new GetObjectCommand(at('to')))
    expect(Buffer.from(await copy.Body!.transformToByteArray()).equals(body)).toBe(true)
    expect(copy).toMatchObject({ ContentType: 'text/csv', Metadata: { a: 'b' }, TagCount: 1 })
    expect(CopyObjectResult?.ETag).toBe(copy.ETag)
    expect(await s3.blobCount(1)).toBe(1)
  })

  test('may replace headers and compute another checksum', async () => {
    const { client } = await givenS3()
    await client.send(new PutObjectCommand({ ...at('a'), Body: 'hello', ContentType: 'text/csv' }))
    await client.send(
      new CopyObjectCommand({
        ...at('b'),
        CopySource: `${BUCKET}/a`,
        MetadataDirective: 'REPLACE',
        ContentType: 'text/plain',
        ChecksumAlgorithm: 'SHA256',
      }),
    )
    const copy = await client.send(new HeadObjectCommand({ ...at('b'), ChecksumMode: 'ENABLED' }))
    expect(copy).toMatchObject({
      ContentType: 'text/plain',
      ChecksumSHA256: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
    })
  })

  test('onto itself must change something', async () => {
    const { client } = await givenS3()
    await client.send(new PutObjectCommand({ ...at('a'), Body: 'a' }))
    const itself = { ...at('a'), CopySource: `${BUCKET}/a` }
    expect(await errorOf(client.send(new CopyObjectCommand(itself)))).toMatchObject({ name: 'InvalidRequest' })
    await client.send(new CopyObjectCommand({ ...itself, MetadataDirective: 'REPLACE', ContentType: 'text/csv' }))
    const copy = await client.send(new GetObjectCommand(at('a')))
    expect([copy.ContentType, await copy.Body?.transformToString()]).toEqual(['text/csv', 'a'])
  })

  test('is made only if its source meets the conditions', async () => {
    const { client } = await givenS3()
    const { ETag } = await client.send(new PutObjectCommand({ ...at('a'), Body: 'a' }))
    const copy = (conditions: object) =>
      client.send(new CopyObjectCommand({ ...at('b'), CopySource: `${BUCKET}/a`, ...conditions }))
    await copy({ CopySourceIfMatch: ETag })
    const failed = { name: 'PreconditionFailed', status: 412 }
    expect(await errorOf(copy({ CopySourceIfMatch: '"other"' }))).toMatchObject(failed)
    expect(await errorOf(copy({ CopySourceIfNoneMatch: ETag }))).toMatchObject(failed)
    expect(await errorOf(copy({ CopySourceIfUnmodifiedSince: new Date(0) }))).toMatchObject(failed)
    expect(await errorOf(copy({ CopySourceIfModifiedSince: new Date() }))).toMatchObject(failed)
  })

  test('of a missing object is NoSuchKey', async () => {
    const { client } = await givenS3()
    const copy = client.send(new CopyObjectCommand({ ...at('b'), CopySource: `${BUCKET}/none` }))
    expect(await errorOf(copy)).toMatchObject({ name: 'NoSuchKey', status: 404 })
  })
})

test('tags are put, read, counted and deleted', async () => {
  const { client } = await givenS3()
  await client.send(new PutObjectCommand({ ...at('a'), Body: 'a', Tagging: 'kind=chunk&run=a%20b' }))
  const tags = async () => (await client.send(new GetObjectTaggingCommand(at('a')))).TagSet
  expect(await tags()).toEqual([
    { Key: 'kind', Value: 'chunk' },
    { Key: 'run', Value: 'a b' },
  ])
  await client.send(new PutObjectTaggingCommand({ ...at('a'), Tagging: { TagSet: [{ Key: '鍵', Value: '<値>' }] } }))
  expect(await tags()).toEqual([{ Key: '鍵', Value: '<値>' }])
  expect((await client.send(new HeadObjectCommand(at('a')))).TagCount).toBe(1)
  await client.send(new DeleteObjectTaggingCommand(at('a')))
  expect(await tags()).toEqual([])
})

test('more than ten tags, or one twice, are refused', async () => {
  const { client } = await givenS3()
  const many = Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&')
  expect(await errorOf(client.send(new PutObjectCommand({ ...at('a'), Tagging: many })))).toMatchObject({ status: 400 })
  await client.send(new PutObjectCommand({ ...at('a'), Body: 'a' }))
  const twice = [1, 2].map((value) => ({ Key: 'k', Value: String(value) }))
  const call = client.send(new PutObjectTaggingCommand({ ...at('a'), Tagging: { TagSet: twice } }))
  expect(await errorOf(call)).toMatchObject({ name: 'InvalidTag', status: 400 })
})

test('attributes are returned without the data', async () => {
  const { client } = await givenS3()
  await client.send(new PutObjectCommand({ ...at('a'), Body: 'hello', ChecksumAlgorithm: 'CRC32C' }))
  const attributes = await client.send(
    new GetObjectAttributesCommand({ ...at('a'), ObjectAttributes: ['ETag', 'Checksum', 'ObjectSize', 'ObjectParts'] }),
  )
  expect(attributes).toMatchObject({
    ETag: '5d41402abc4b2a76b9719d911017c592',
    Checksum: { ChecksumCRC32C: 'mnG7TA==', ChecksumType: 'FULL_OBJECT' },
    ObjectSize: 5,
  })
  expect(attributes.ObjectParts).toBeUndefined()
})

test('an error to a HEAD is a status without a body', async () => {
  const s3 = await givenS3()
  const answer = await raw(s3, 'HEAD', `/${BUCKET}/none`)
  expect([answer.status, answer.body]).toEqual([404, ''])
})

test('an error names its resource and the request', async () => {
  const s3 = await givenS3()
  const answer = await raw(s3, 'GET', `/${BUCKET}/none`)
  expect(answer.headers['content-type']).toBe('application/xml')
  expect(answer.body).toContain('<Code>NoSuchKey</Code>')
  expect(answer.body).toContain('<Key>none</Key>')
  expect(answer.body).toContain(`<RequestId>${answer.headers['x-amz-request-id']}</RequestId>`)
})
