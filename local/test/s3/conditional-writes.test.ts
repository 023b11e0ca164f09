import { PassThrough } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { BUCKET, closeAll, errorOf, givenS3, type TestS3 } from './support.ts'

afterEach(closeAll)

const at = { Bucket: BUCKET, Key: 'k' }
const put = ({ client }: TestS3, Body: string, condition = {}) =>
  client.send(new PutObjectCommand({ ...at, Body, ...condition }))
const text = async ({ client }: TestS3) => (await client.send(new GetObjectCommand(at))).Body!.transformToString()

test('If-None-Match: * writes once', async () => {
  const s3 = await givenS3()
  await put(s3, 'first', { IfNoneMatch: '*' })
  const second = await errorOf(put(s3, 'second', { IfNoneMatch: '*' }))
  expect(second).toMatchObject({ name: 'PreconditionFailed', status: 412 })
  expect(await text(s3)).toBe('first')
  expect(await s3.blobCount(1)).toBe(1)
})

test('one of ten concurrent writes with If-None-Match: * succeeds', async () => {
  const s3 = await givenS3()
  const puts = Array.from({ length: 10 }, (_, index) => put(s3, String(index), { IfNoneMatch: '*' }))
  const results = await Promise.allSettled(puts)
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  expect(await text(s3)).toBe(String(results.findIndex((result) => result.status === 'fulfilled')))
  expect(await s3.blobCount(1)).toBe(1)
})

test('If-Match overwrites only the object that it names', async () => {
  const s3 = await givenS3()
  expect(await errorOf(put(s3, 'a', { IfMatch: '"x"' }))).toMatchObject({ name: 'NoSuchKey', status: 404 })
  const { ETag } = await put(s3, 'a')
  await put(s3, 'b', { IfMatch: ETag })
  expect(await errorOf(put(s3, 'c', { IfMatch: ETag }))).toMatchObject({ name: 'PreconditionFailed', status: 412 })
  expect(await text(s3)).toBe('b')
})

test('an object that is deleted while it is being replaced is a conflict', async () => {
  const s3 = await givenS3()
  const { ETag } = await put(s3, 'a')
  const body = new PassThrough()
  body.write('b')
  const replacing = errorOf(
    s3.client.send(new PutObjectCommand({ ...at, Body: body, ContentLength: 2, IfMatch: ETag })),
  )
  while (s3.blobs() < 2) await setTimeout(5)
  await s3.client.send(new DeleteObjectCommand(at))
  body.end('c')
  expect(await replacing).toMatchObject({ name: 'ConditionalRequestConflict', status: 409 })
  expect(await s3.blobCount(0)).toBe(0)
})

test('completing an upload checks them too, and a refused upload stays open', async () => {
  const s3 = await givenS3()
  const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand(at))
  const { ETag, ChecksumCRC32 } = await s3.client.send(
    new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'parts' }),
  )
  const existing = await put(s3, 'there')
  const complete = (condition: object) =>
    s3.client.send(
      new CompleteMultipartUploadCommand({
        ...at,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] },
        ...condition,
      }),
    )
  expect(await errorOf(complete({ IfNoneMatch: '*' }))).toMatchObject({ name: 'PreconditionFailed', status: 412 })
  expect(await text(s3)).toBe('there')
  await complete({ IfMatch: existing.ETag })
  expect(await text(s3)).toBe('parts')
})

test('If-Match guards a deletion', async () => {
  const s3 = await givenS3()
  const { ETag } = await put(s3, 'a')
  const remove = (IfMatch: string) => s3.client.send(new DeleteObjectCommand({ ...at, IfMatch }))
  expect(await errorOf(remove('"x"'))).toMatchObject({ name: 'PreconditionFailed', status: 412 })
  await remove(ETag!)
  expect(await s3.blobCount(0)).toBe(0)
})
