import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { at, checksumOf, complete, create, FILE, givenParts, PARTS, read, SMALL, uploadPart } from './parts.ts'
import { BUCKET, closeAll, errorOf, givenS3, MIB, raw } from './support.ts'

afterEach(closeAll)

test('lib-storage’s Upload of a stream comes back whole', async () => {
  const s3 = await givenS3()
  const pieces = [FILE.subarray(0, 100), FILE.subarray(100, 7_000_000), FILE.subarray(7_000_000)]
  const upload = new Upload({
    client: s3.client,
    params: { ...at, Body: Readable.from(pieces), ContentType: 'text/csv' },
  })
  const { ETag, Location } = await upload.done()
  expect(ETag).toMatch(/^"[0-9a-f]{32}-3"$/)
  expect(Location).toBe(`${s3.endpoint}/${BUCKET}/file`)
  expect((await read(s3)).equals(FILE)).toBe(true)
  expect((await s3.client.send(new HeadObjectCommand(at))).ContentType).toBe('text/csv')
})

test('the ETag is the MD5 of the parts’ MD5s', async () => {
  const { s3, id, parts } = await givenParts()
  const md5s = PARTS.map((part) => createHash('md5').update(part).digest())
  const { ETag } = await complete(s3, id, parts)
  expect(ETag).toBe(`"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3"`)
})

test('completing must name the file’s size', async () => {
  const { s3, id, parts } = await givenParts()
  const wrong = complete(s3, id, parts, { MpuObjectSize: FILE.length - 1 })
  expect(await errorOf(wrong)).toMatchObject({ name: 'InvalidRequest', status: 400 })
  await complete(s3, id, parts, { MpuObjectSize: FILE.length })
})

describe('parts', () => {
  test('with another checksum than the upload’s are refused', async () => {
    const s3 = await givenS3()
    const id = await create(s3, { ChecksumAlgorithm: 'SHA256' })
    const error = await errorOf(uploadPart(s3, id, 1, 'a', 'CRC32'))
    expect(error).toMatchObject({ name: 'InvalidRequest', status: 400 })
    expect(error.message).toBe(
      'Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32',
    )
    expect(await s3.blobCount(0)).toBe(0)
  })

  test('without the checksum that a COMPOSITE upload needs cannot be completed', async () => {
    const { s3, id, parts } = await givenParts(SMALL)
    const error = await errorOf(complete(s3, id, [parts[0]!, { PartNumber: 2, ETag: parts[1]!.ETag }]))
    expect(error).toMatchObject({ name: 'InvalidRequest', status: 400 })
    expect(error.message).toContain('It was missing for part 2 in the request.')
  })

  test('below 5 MiB may only be the last', async () => {
    const { s3, id, parts } = await givenParts()
    const small = await uploadPart(s3, id, 4, 'a', 'CRC32')
    const error = await errorOf(complete(s3, id, [...parts, small]))
    expect(error).toMatchObject({ name: 'EntityTooSmall', status: 400 })
    await complete(s3, id, parts)
  })

  test('must be listed in ascending order, each once', async () => {
    const { s3, id, parts } = await givenParts(SMALL)
    const failed = { name: 'InvalidPartOrder', status: 400 }
    expect(await errorOf(complete(s3, id, [parts[1]!, parts[0]!]))).toMatchObject(failed)
    expect(await errorOf(complete(s3, id, [parts[0]!, parts[0]!]))).toMatchObject(failed)
  })

  test('must exist, with that ETag and that checksum', async () => {
    const { s3, id, parts } = await givenParts(SMALL)
    const failed = { name: 'InvalidPart', status: 400 }
    expect(await errorOf(complete(s3, id, [{ ...parts[0], PartNumber: 7 }]))).toMatchObject(failed)
    expect(await errorOf(complete(s3, id, [{ ...parts[0], ETag: parts[1]!.ETag }]))).toMatchObject(failed)
    const { ChecksumCRC32 } = parts[1]!
    expect(await errorOf(complete(s3, id, [{ ...parts[0], ChecksumCRC32 }]))).toMatchObject(failed)
  })

  test('must not be an empty list', async () => {
    const { s3, id } = await givenParts(SMALL)
    expect(await errorOf(complete(s3, id, []))).toMatchObject({ name: 'MalformedXML', status: 400 })
  })

  test('uploaded again replace what was there, and those not listed are dropped', async () => {
    const s3 = await givenS3()
    const id = await create(s3, { ChecksumAlgorithm: 'CRC32' })
    await uploadPart(s3, id, 1, 'first', 'CRC32')
    await uploadPart(s3, id, 3, 'unused', 'CRC32')
    const again = await uploadPart(s3, id, 1, 'again', 'CRC32')
    await complete(s3, id, [again])
    expect((await read(s3)).toString()).toBe('again')
    expect(await s3.blobCount(1)).toBe(1)
  })

  test('may be 10,000', async () => {
    const s3 = await givenS3()
    const id = await create(s3, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
    const last = await uploadPart(s3, id, 10_000, 'last', 'CRC32')
    await s3.client.send(new PutObjectCommand({ ...at, Key: 'source', Body: PARTS[0] }))
    const copied: CompletedPart[] = []
    for (let number = 1; number < 10_000; number++) copied.push({ PartNumber: number, ETag: '' })
    // One copy tells the ETag of all; the others are only listed, and the first that is missing is named.
    const copy = await s3.client.send(
      new UploadPartCopyCommand({ ...at, UploadId: id, PartNumber: 1, CopySource: `${BUCKET}/source` }),
    )
    const listed = copied.map((part) => ({ ...part, ETag: copy.CopyPartResult?.ETag }))
    const error = await errorOf(complete(s3, id, [...listed, last]))
    expect(error).toMatchObject({ name: 'InvalidPart', status: 400 })
    await complete(s3, id, [listed[0]!, last])
    expect(await read(s3, { Range: 'bytes=-4' })).toEqual(Buffer.from('last'))
  })

  test.each([0, 10_001])('have no number %i', async (number) => {
    const s3 = await givenS3()
    const error = await errorOf(uploadPart(s3, await create(s3), number, 'a'))
    expect(error).toMatchObject({ name: 'InvalidArgument', status: 400 })
  })

  test('can be read one by one', async () => {
    const { s3, id, parts } = await givenParts()
    await complete(s3, id, parts)
    for (const [index, part] of PARTS.entries()) {
      const got = await s3.client.send(new GetObjectCommand({ ...at, PartNumber: index + 1 }))
      expect(got.PartsCount).toBe(3)
      expect(Buffer.from(await got.Body!.transformToByteArray()).equals(part)).toBe(true)
    }
    const { ObjectParts } = await s3.client.send(
      new GetObjectAttributesCommand({ ...at, ObjectAttributes: ['ObjectParts'], MaxParts: 2 }),
    )
    expect(ObjectParts).toMatchObject({ TotalPartsCount: 3, IsTruncated: true, NextPartNumberMarker: '2' })
    expect(ObjectParts?.Parts?.map((part) => part.Size)).toEqual([5 * MIB, 5 * MIB + 3])
  })

  test('are one file for a range', async () => {
    const { s3, id, parts } = await givenParts()
    await complete(s3, id, parts)
    const ranges = [
      [5 * MIB - 2, 5 * MIB + 1],
      [0, FILE.length - 1],
      [5 * MIB, 10 * MIB + 2],
      [10 * MIB, FILE.length - 1],
    ] as const
    for (const [first, last] of ranges) {
      expect((await read(s3, { Range: `bytes=${first}-${last}` })).equals(FILE.subarray(first, last + 1))).toBe(true)
    }
  })
})

describe('an upload', () => {
  test('that is aborted is gone, with its parts', async () => {
    const { s3, id, parts } = await givenParts(SMALL)
    await s3.client.send(new AbortMultipartUploadCommand({ ...at, UploadId: id }))
    const gone = { name: 'NoSuchUpload', status: 404 }
    expect(await errorOf(complete(s3, id, parts))).toMatchObject(gone)
    expect(await errorOf(uploadPart(s3, id, 1, 'a', 'CRC32'))).toMatchObject(gone)
    expect(await errorOf(s3.client.send(new ListPartsCommand({ ...at, UploadId: id })))).toMatchObject(gone)
    expect(await s3.blobCount(0)).toBe(0)
  })

  test('aborted while a part is on its way leaves nothing of the part', async () => {
    const s3 = await givenS3()
    const id = await create(s3)
    const path = `/${BUCKET}/file?partNumber=1&uploadId=${id}`
    async function* body() {
      yield Buffer.from('a')
      while (s3.blobs() === 0) await setTimeout(5)
      await s3.client.send(new AbortMultipartUploadCommand({ ...at, UploadId: id }))
      yield Buffer.from('b')
    }
    const answer = await fetch(`${s3.endpoint}${path}`, {
      method: 'PUT',
      headers: { authorization: 'AWS4-', 'x-amz-decoded-content-length': '2', 'content-encoding': 'aws-chunked' },
      body: Readable.toWeb(Readable.from(chunked(body()))) as ReadableStream,
      duplex: 'half',
    } as RequestInit)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('NoSuchUpload')
    expect(await s3.blobCount(0)).toBe(0)
  })

  test('completed twice gives the same response twice', async () => {
    const { s3, id, parts } = await givenParts()
    const first = await complete(s3, id, parts, { IfNoneMatch: '*' })
    const second = await complete(s3, id, parts, { IfNoneMatch: '*' })
    expect(second).toMatchObject({ ETag: first.ETag, ChecksumCRC32: first.ChecksumCRC32 })
    await s3.client.send(new PutObjectCommand({ ...at, Body: 'something else' }))
    expect(await errorOf(complete(s3, id, parts))).toMatchObject({ name: 'NoSuchUpload', status: 404 })
  })

  test('lists its parts, page by page', async () => {
    const { s3, id } = await givenParts(SMALL)
    const list = (input: object) => s3.client.send(new ListPartsCommand({ ...at, UploadId: id, ...input }))
    const first = await list({ MaxParts: 2 })
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2', ChecksumAlgorithm: 'CRC32' })
    expect(first.Parts?.map((part) => [part.PartNumber, part.Size, part.ChecksumCRC32])).toEqual([
      [1, 3, await checksumOf('CRC32', SMALL[0]!)],
      [2, 3, await checksumOf('CRC32', SMALL[1]!)],
    ])
    const rest = await list({ PartNumberMarker: first.NextPartNumberMarker })
    expect(rest.IsTruncated).toBe(false)
    expect(rest.Parts?.map((part) => part.PartNumber)).toEqual([3])
  })

  test('is listed while it is in progress, page by page', async () => {
    const s3 = await givenS3()
    const ids = [await create(s3, { Key: 'a/1' }), await create(s3, { Key: 'a/1' }), await create(s3, { Key: 'b' })]
    const list = (input: object) => s3.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, ...input }))
    expect((await list({})).Uploads?.map((upload) => upload.Key)).toEqual(['a/1', 'a/1', 'b'])
    const first = await list({ MaxUploads: 1 })
    expect(first.IsTruncated).toBe(true)
    const rest = await list({ KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker })
    const listed = [...first.Uploads!, ...rest.Uploads!].map((upload) => upload.UploadId)
    expect(new Set(listed)).toEqual(new Set(ids))
    expect(listed.at(-1)).toBe(ids[2])
    const grouped = await list({ Delimiter: '/' })
    expect(grouped.CommonPrefixes).toEqual([{ Prefix: 'a/' }])
    expect(grouped.Uploads?.map((upload) => upload.Key)).toEqual(['b'])
    expect((await list({ Prefix: 'a' })).Uploads).toHaveLength(2)
  })
})

test('what is not XML is MalformedXML', async () => {
  const { s3, id } = await givenParts(SMALL)
  const body = '<CompleteMultipartUpload><Part>'
  const answer = await raw(s3, 'POST', `/${BUCKET}/file?uploadId=${id}`, { 'content-length': body.length }, body)
  expect([answer.status, answer.body.includes('MalformedXML')]).toEqual([400, true])
})

async function* chunked(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    yield Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')])
  }
  yield Buffer.from('0\r\n\r\n')
}
