/** Selects a call's operation by its method, its bucket or key, and the sub-resource in its query. */
import type { Call } from '../call.ts'
import type { Operation } from '../context.ts'
import { notImplemented, S3Error } from '../errors.ts'
import {
  createBucket,
  deleteBucket,
  getBucketLifecycle,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './buckets.ts'
import { completeMultipartUpload } from './complete.ts'
import { copyObject } from './copy.ts'
import { deleteObjectTagging, getObjectAttributes, getObjectTagging, putObjectTagging } from './describe.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { listMultipartUploads, listParts } from './list-uploads.ts'
import { getObject, headObject } from './read.ts'
import { abortMultipartUpload, createMultipartUpload, uploadPart, uploadPartCopy } from './uploads.ts'
import { deleteObject, deleteObjects, putObject } from './write.ts'

const isCopy = (call: Call) => call.header('x-amz-copy-source') !== undefined
const either =
  (test: (call: Call) => boolean, yes: Operation, no: Operation): Operation =>
  (call, context) =>
    (test(call) ? yes : no)(call, context)

const operations: Record<string, Operation> = {
  'GET service': listBuckets,
  'PUT bucket': createBucket,
  'HEAD bucket': headBucket,
  'GET bucket': either((call) => call.query.get('list-type') === '2', listObjectsV2, listObjects),
  'DELETE bucket': deleteBucket,
  'GET bucket?location': getBucketLocation,
  'GET bucket?lifecycle': getBucketLifecycle,
  'GET bucket?uploads': listMultipartUploads,
  'POST bucket?delete': deleteObjects,
  'PUT object': either(isCopy, copyObject, putObject),
  'GET object': getObject,
  'HEAD object': headObject,
  'DELETE object': deleteObject,
  'GET object?attributes': getObjectAttributes,
  'GET object?tagging': getObjectTagging,
  'PUT object?tagging': putObjectTagging,
  'DELETE object?tagging': deleteObjectTagging,
  'POST object?uploads': createMultipartUpload,
  'PUT object?uploadId': either(isCopy, uploadPartCopy, uploadPart),
  'POST object?uploadId': completeMultipartUpload,
  'GET object?uploadId': listParts,
  'DELETE object?uploadId': abortMultipartUpload,
}

/**
 * All of S3's sub-resources, so that a call about one of them is refused instead of treated as one about the object.
 */
const SUBRESOURCES = (
  'accelerate acl analytics attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle location ' +
  'logging metadataConfiguration metadataTable metrics notification object-lock ownershipControls policy policyStatus ' +
  'publicAccessBlock renameObject replication requestPayment restore retention select tagging torrent uploadId uploads ' +
  'versioning versions website session'
).split(' ')

/** @throws S3Error NotImplemented, MethodNotAllowed, or what the operation throws */
export const operate: Operation = (call, context) => {
  const subject = call.bucket === '' ? 'service' : call.key === '' ? 'bucket' : 'object'
  const subresource = SUBRESOURCES.find((name) => call.query.has(name))
  const route = `${call.method} ${subject}${subresource ? `?${subresource}` : ''}`
  const operation = operations[route]
  if (operation) return operation(call, context)
  if (subresource || (call.method === 'POST' && subject !== 'service')) throw notImplemented(`“${route}”`)
  throw new S3Error('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.', {
    Method: call.method,
    ResourceType: subject.toUpperCase(),
  })
}
