/** The local S3: what S3 is to a client, over files and the state directory's database. */
import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { unlessFull } from '../disk.ts'
import type { Handler } from '../protocol.ts'
import { sendError } from './answer.ts'
import { parseCall } from './call.ts'
import type { Context } from './context.ts'
import type { LifecycleRule } from './lifecycle.ts'
import { checkBucketName } from './operations/buckets.ts'
import { operate } from './operations/operations.ts'
import { authorize } from './signature.ts'
import { Storage } from './storage.ts'

export interface S3Options {
  store: DatabaseSync
  /** Where the bytes of objects and parts lie. It belongs to the S3 alone: what it does not know there, it deletes. */
  directory: string
  region: string
  /** The secret of an access key that is not the laptop's own: a function's. */
  secretOf?: ((accessKeyId: string) => string | undefined) | undefined
  /** Told at the start of the objects whose bytes somebody has deleted or cut; they are forgotten. */
  onLost?: (keys: string[]) => void
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number
  /**
   * ETags that are not MD5, as S3 gives in buckets that are encrypted with KMS keys; hashing is most of what a part costs.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
   * @default false
   */
  opaqueEtags?: boolean
}

export interface BucketOptions {
  /** CloudFormation's `LifecycleConfiguration.Rules`. @default none */
  lifecycle?: LifecycleRule[]
}

export interface S3 {
  handler: Handler
  /**
   * Creates the bucket, or gives the one that there is these lifecycle rules; its objects stay.
   *
   * @throws S3Error InvalidBucketName
   */
  createBucket(name: string, options?: BucketOptions): void
  has(bucket: string, key: string): boolean
  /** Deletes what the buckets' lifecycle rules say is over; runs by itself, at the start and then hourly. */
  sweep(): void
  /** Ends the sweeps; the store is the caller's to close. */
  close(): void
}

const HOUR = 60 * 60 * 1000

export function createS3({
  store,
  directory,
  region,
  now = Date.now,
  opaqueEtags = false,
  secretOf = () => undefined,
  onLost = () => undefined,
}: S3Options): S3 {
  const storage = new Storage(store, directory)
  const context: Context = { storage, region, now, opaqueEtags, secretOf }
  const sweep = () => {
    for (const { name, lifecycle } of storage.buckets.all()) storage.sweep(name, lifecycle, now())
  }
  const lost = storage.forgetLost()
  if (lost.length > 0) onLost(lost)
  sweep()
  const timer = setInterval(unlessFull(sweep), HOUR).unref()
  return {
    handler: handlerOf(context),
    createBucket(name, { lifecycle = [] } = {}) {
      if (storage.buckets.find(name)) storage.buckets.setLifecycle(name, lifecycle)
      else {
        checkBucketName(name)
        storage.buckets.add({ name, created: now(), lifecycle })
      }
      storage.sweep(name, lifecycle, now())
    },
    has: (bucket, key) => storage.objects.find(bucket, key) !== undefined,
    sweep,
    close: () => {
      clearInterval(timer)
      storage.blobs.close()
    },
  }
}

function handlerOf(context: Context): Handler {
  return async (request, response) => {
    const requestId = randomBytes(8).toString('hex').toUpperCase()
    response.setHeader('server', 'AmazonS3')
    response.setHeader('x-amz-request-id', requestId)
    response.setHeader('x-amz-id-2', requestId)
    try {
      const call = parseCall(request, response, requestId)
      await authorize(call, context)
      await operate(call, context)
    } catch (error) {
      // Whoever hung up gets no answer.
      if (request.destroyed && !request.complete) return
      sendError({ response, requestId, method: request.method ?? '', path: request.url?.split('?')[0] ?? '' }, error)
    } finally {
      // What is left of a refused body must be read, or the connection would hang.
      if (!request.complete) request.resume()
    }
  }
}
