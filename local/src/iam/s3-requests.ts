/**
 * The permissions that a request to S3 needs. @see
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
import { awsArn } from '../arn.ts'
import type { Call } from '../s3/call.ts'
import type { Wanted } from './requests.ts'

/**
 * @param exists whether the key has an object; a caller that may not list a bucket must not learn that it has none
 * @param body of a DeleteObjects
 */
export function wantedOfS3(call: Call, exists: (bucket: string, key: string) => boolean, body: string): Wanted[] {
  const { method, bucket, key, query } = call
  if (bucket === '') return [{ action: 's3:ListAllMyBuckets', resource: '*' }]
  const bucketArn = awsArn('s3', bucket)
  if (key === '') return ofBucket(method, query, bucketArn, body)
  const resource = `${bucketArn}/${key}`
  const one = (action: string): Wanted[] => [{ action: `s3:${action}`, resource }]
  if (method === 'GET' || method === 'HEAD') {
    if (query.has('uploadId')) return one('ListMultipartUploadParts')
    if (query.has('tagging')) return one('GetObjectTagging')
    const read = one('GetObject')
    return exists(bucket, key) ? read : [...read, { action: 's3:ListBucket', resource: bucketArn }]
  }
  if (method === 'DELETE') return one(query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject')
  if (query.has('tagging')) return one('PutObjectTagging')
  const source = call.header('x-amz-copy-source')
  return [
    ...one('PutObject'),
    ...(source === undefined ? [] : [{ action: 's3:GetObject', resource: awsArn('s3', sourceOf(source)) }]),
    ...(call.header('x-amz-tagging') === undefined ? [] : one('PutObjectTagging')),
  ]
}

function ofBucket(method: string, query: ReadonlyMap<string, string>, resource: string, body: string): Wanted[] {
  const one = (action: string): Wanted[] => [{ action: `s3:${action}`, resource }]
  if (method === 'POST' && query.has('delete')) {
    const keys = [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => unescapeXml(key))
    return keys.map((key) => ({ action: 's3:DeleteObject', resource: `${resource}/${key}` }))
  }
  if (method === 'PUT') return one('CreateBucket')
  if (method === 'DELETE') return one('DeleteBucket')
  if (query.has('uploads')) return one('ListBucketMultipartUploads')
  if (query.has('location')) return one('GetBucketLocation')
  if (query.has('lifecycle')) return one('GetLifecycleConfiguration')
  return one('ListBucket')
}

function sourceOf(header: string): string {
  const path = header.replace(/^\//, '').split('?')[0] ?? ''
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function unescapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16))
    if (decimal) return String.fromCodePoint(Number(decimal))
    return name && Object.hasOwn(entities, name) ? (entities[name] as string) : whole
  })
}
