/** Parts that are copied from objects. */
import { createHash } from 'node:crypto'
import { type CompletedPart, DeleteObjectCommand, PutObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3'
import { at, checksumOf, complete, create, FILE, givenParts, read, SMALL } from './parts.ts'
import { BUCKET, closeAll, errorOf, givenS3, MIB } from './support.ts'

afterEach(closeAll)

describe('a copied part', () => {
  const source = { Bucket: BUCKET, Key: 'source ü' }
  const CopySource = `${BUCKET}/${encodeURIComponent(source.Key)}`

  async function givenSource(body = FILE) {
    const s3 = await givenS3()
    const { ETag } = await s3.client.send(new PutObjectCommand({ ...source, Body: body }))
    const id = await create(s3, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
    const copy = async (PartNumber: number, input = {}): Promise<CompletedPart> => {
      const command = new UploadPartCopyCommand({ ...at, UploadId: id, PartNumber, CopySource, ...input })
      const { CopyPartResult } = await s3.client.send(command)
      return { PartNumber, ETag: CopyPartResult!.ETag, ChecksumCRC32: CopyPartResult!.ChecksumCRC32 }
    }
    return { s3, id, copy, etag: ETag! }
  }

  test('is a whole object or a range of one, refers to its bytes, and outlives it', async () => {
    const { s3, id, copy } = await givenSource()
    const whole = await copy(1)
    const range = await copy(2, { CopySourceRange: `bytes=100-${6 * MIB}` })
    const expected = Buffer.concat([FILE, FILE.subarray(100, 6 * MIB + 1)])
    expect(whole.ChecksumCRC32).toBe(await checksumOf('CRC32', FILE))
    expect(range.ETag).toBe(
      `"${createHash('md5')
        .update(FILE.subarray(100, 6 * MIB + 1))
        .digest('hex')}"`,
    )
    await s3.client.send(new DeleteObjectCommand(source))
    const { ChecksumCRC32 } = await complete(s3, id, [whole, range], { MpuObjectSize: expected.length })
    expect(ChecksumCRC32).toBe(await checksumOf('CRC32', expected))
    expect((await read(s3)).equals(expected)).toBe(true)
    expect(await s3.blobCount(1)).toBe(1)
    await s3.client.send(new DeleteObjectCommand(at))
    expect(await s3.blobCount(0)).toBe(0)
  })

  test('may come from an object in parts and cross their borders', async () => {
    const { s3, id, parts } = await givenParts()
    await complete(s3, id, parts)
    const second = await create(s3, { Key: 'second', ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
    const { CopyPartResult } = await s3.client.send(
      new UploadPartCopyCommand({
        Bucket: BUCKET,
        Key: 'second',
        UploadId: second,
        PartNumber: 1,
        CopySource: `${BUCKET}/file`,
        CopySourceRange: `bytes=7-${10 * MIB + 100}`,
      }),
    )
    await complete(s3, second, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }], { Key: 'second' })
    expect((await read(s3, { Key: 'second' })).equals(FILE.subarray(7, 10 * MIB + 101))).toBe(true)
  })

  test('is made only if its source meets the conditions', async () => {
    const { copy, etag } = await givenSource(SMALL[0])
    await copy(1, { CopySourceIfMatch: etag })
    const error = await errorOf(copy(1, { CopySourceIfMatch: '"other"' }))
    expect(error).toMatchObject({ name: 'PreconditionFailed', status: 412 })
  })

  test.each(['bytes=0-3', 'bytes=2-1', 'bytes=1-', 'bytes=-1', '0-1'])(
    'of the range %s is refused',
    async (CopySourceRange) => {
      const { copy } = await givenSource(SMALL[0])
      expect(await errorOf(copy(1, { CopySourceRange }))).toMatchObject({ name: 'InvalidArgument', status: 400 })
    },
  )

  test('of a missing object is NoSuchKey', async () => {
    const { copy } = await givenSource(SMALL[0])
    expect(await errorOf(copy(1, { CopySource: `${BUCKET}/none` }))).toMatchObject({ name: 'NoSuchKey', status: 404 })
  })
})
