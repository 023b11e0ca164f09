import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { BUCKET, closeAll, errorOf, givenS3, raw } from './support.ts'

afterEach(closeAll)

test('a bucket is created, found, listed and deleted', async () => {
  const { client } = await givenS3()
  await client.send(new CreateBucketCommand({ Bucket: 'another-bucket' }))
  const { BucketRegion } = await client.send(new HeadBucketCommand({ Bucket: 'another-bucket' }))
  expect(BucketRegion).toBe('us-east-1')
  const { Buckets } = await client.send(new ListBucketsCommand({}))
  expect(Buckets?.map((bucket) => bucket.Name)).toEqual(['another-bucket', BUCKET])
  await client.send(new DeleteBucketCommand({ Bucket: 'another-bucket' }))
  expect(await errorOf(client.send(new HeadBucketCommand({ Bucket: 'another-bucket' })))).toMatchObject({ status: 404 })
})

test('a bucket returns its location, which is empty for us-east-1', async () => {
  const { client } = await givenS3()
  expect((await client.send(new GetBucketLocationCommand({ Bucket: BUCKET }))).LocationConstraint).toBeUndefined()
  const tokyo = await givenS3({ region: 'ap-northeast-1' })
  const there = tokyo.newClient({ region: 'ap-northeast-1' })
  expect((await there.send(new GetBucketLocationCommand({ Bucket: BUCKET }))).LocationConstraint).toBe('ap-northeast-1')
})

test('creating an existing bucket of one’s own succeeds only in us-east-1', async () => {
  const { client } = await givenS3()
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
  const tokyo = await givenS3({ region: 'ap-northeast-1' })
  const again = tokyo.newClient({ region: 'ap-northeast-1' }).send(new CreateBucketCommand({ Bucket: BUCKET }))
  expect(await errorOf(again)).toMatchObject({ name: 'BucketAlreadyOwnedByYou', status: 409 })
})

test.each(['UPPER', 'ab', 'a..b', '-abc', '10.0.0.1'])('%s is not a valid bucket name', async (name) => {
  const s3 = await givenS3()
  const answer = await raw(s3, 'PUT', `/${name}`, { 'content-length': 0 })
  expect(answer.status).toBe(400)
  expect(answer.body).toContain('<Code>InvalidBucketName</Code>')
  expect(() => s3.s3.createBucket(name)).toThrow('The specified bucket is not valid.')
})

test('a bucket with objects is not deleted', async () => {
  const { client } = await givenS3()
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body: 'a' }))
  const error = await errorOf(client.send(new DeleteBucketCommand({ Bucket: BUCKET })))
  expect(error).toMatchObject({ name: 'BucketNotEmpty', status: 409 })
})

test('a second boot keeps the objects', async () => {
  const { client, s3 } = await givenS3()
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body: 'a' }))
  s3.createBucket(BUCKET)
  expect(await (await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a' }))).Body?.transformToString()).toBe(
    'a',
  )
})

test('once a bucket is gone, every operation says NoSuchBucket', async () => {
  const { client, blobCount } = await givenS3()
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: 'k' }))
  await client.send(new UploadPartCommand({ Bucket: BUCKET, Key: 'k', UploadId, PartNumber: 1, Body: 'a' }))
  await client.send(new DeleteBucketCommand({ Bucket: BUCKET }))
  const object = { Bucket: BUCKET, Key: 'k' }
  const calls = [
    client.send(new GetObjectCommand(object)),
    client.send(new PutObjectCommand({ ...object, Body: 'a' })),
    client.send(new DeleteObjectCommand(object)),
    client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: [{ Key: 'k' }] } })),
    client.send(new CopyObjectCommand({ ...object, CopySource: `${BUCKET}/a` })),
    client.send(new ListObjectsCommand({ Bucket: BUCKET })),
    client.send(new ListObjectsV2Command({ Bucket: BUCKET })),
    client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET })),
    client.send(new CreateMultipartUploadCommand(object)),
    client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'a' })),
    client.send(
      new CompleteMultipartUploadCommand({
        ...object,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: 'e' }] },
      }),
    ),
    client.send(new GetObjectTaggingCommand(object)),
    client.send(new GetBucketLocationCommand({ Bucket: BUCKET })),
  ]
  for (const error of await Promise.all(calls.map(errorOf))) {
    expect(error).toMatchObject({ name: 'NoSuchBucket', status: 404 })
  }
  expect(await blobCount(0)).toBe(0)
})

test('an unsupported operation of S3 is refused by name', async () => {
  const s3 = await givenS3()
  const answer = await raw(s3, 'PUT', `/${BUCKET}/key?acl`, { 'content-length': 0 })
  expect(answer.status).toBe(501)
  expect(answer.body).toContain('does not implement “PUT object?acl”')
})

test('a bucket may be part of the host name', async () => {
  const s3 = await givenS3()
  await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a/b', Body: 'there' }))
  const answer = await raw(s3, 'GET', '/a/b', { host: `${BUCKET}.localhost:${s3.port}` })
  expect(answer.body).toBe('there')
})
