import { sendEmpty, sendXml } from '../answer.ts'
import { readText } from '../body.ts'
import { type Operation, OWNER } from '../context.ts'
import { S3Error } from '../errors.ts'
import { lifecycleXml } from '../lifecycle.ts'
import { parseXml, textOf, xml } from '../xml.ts'

export const listBuckets: Operation = (call, { storage }) => {
  const buckets = storage.buckets.all().map(({ name, created }) => ({
    Name: name,
    CreationDate: new Date(created).toISOString(),
  }))
  sendXml(call, xml('ListAllMyBucketsResult', { Owner: OWNER, Buckets: { Bucket: buckets } }))
}

/** Creating one's own existing bucket succeeds only in us-east-1. */
export const createBucket: Operation = async (call, { storage, region, now }) => {
  const body = await readText(call)
  const location = body === '' ? undefined : textOf(parseXml(body, 'CreateBucketConfiguration'), 'LocationConstraint')
  if (location !== undefined && location !== region) {
    throw new S3Error(
      'IllegalLocationConstraintException',
      400,
      `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    )
  }
  checkBucketName(call.bucket)
  const exists = storage.buckets.find(call.bucket) !== undefined
  if (exists && region !== 'us-east-1') {
    throw new S3Error(
      'BucketAlreadyOwnedByYou',
      409,
      'Your previous request to create the named bucket succeeded and you already own it.',
      { BucketName: call.bucket },
    )
  }
  if (!exists) storage.buckets.add({ name: call.bucket, created: now(), lifecycle: [] })
  sendEmpty(call, 200, { location: `/${call.bucket}` })
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function checkBucketName(name: string): void {
  if (!/^[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/.test(name) || /^\d+\.\d+\.\d+\.\d+$/.test(name)) {
    throw new S3Error('InvalidBucketName', 400, 'The specified bucket is not valid.', { BucketName: name })
  }
}

export const headBucket: Operation = (call, { storage, region }) => {
  storage.buckets.get(call.bucket)
  sendEmpty(call, 200, { 'x-amz-bucket-region': region, 'x-amz-access-point-alias': 'false' })
}

export const deleteBucket: Operation = (call, { storage }) => {
  storage.removeBucket(call.bucket)
  sendEmpty(call, 204)
}

export const getBucketLocation: Operation = (call, { storage, region }) => {
  storage.buckets.get(call.bucket)
  sendXml(call, xml('LocationConstraint', region === 'us-east-1' ? '' : region))
}

export const getBucketLifecycle: Operation = (call, { storage }) => {
  const { lifecycle } = storage.buckets.get(call.bucket)
  if (lifecycle.length === 0) {
    throw new S3Error('NoSuchLifecycleConfiguration', 404, 'The lifecycle configuration does not exist', {
      BucketName: call.bucket,
    })
  }
  sendXml(call, xml('LifecycleConfiguration', lifecycleXml(lifecycle)))
}
