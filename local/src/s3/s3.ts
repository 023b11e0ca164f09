/** The local S3, over files and the state directory's database. */
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
  /** Directory of the data of objects and parts. S3 owns it and deletes unknown files. */
  directory: string
  region: string
  /** Returns the secret of an access key other than the laptop's own, such as a function's. */
  secretOf?: ((accessKeyId: string) => string | undefined) | undefined
  /** Called at the start with the objects whose data was deleted or truncated; they are dropped. */
  onLost?: (keys: string[]) => void
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number
  /**
   * Makes ETags random instead of MD5, as in buckets encrypted with KMS keys; hashing is most of a part's cost.
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
   * Creates the bucket, or sets the lifecycle rules of an existing one, keeping its objects.
   *
   * @throws S3Error InvalidBucketName
   */
  createBucket(name: string, options?: BucketOptions): void
  has(bucket: string, key: string): boolean
  /** Deletes what the buckets' lifecycle rules let expire; runs automatically at the start and then hourly. */
  sweep(): void
  /** Stops the sweeps; the caller closes the store. */
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
      // A caller that disconnected gets no response.
      if (request.destroyed && !request.complete) return
      sendError({ response, requestId, method: request.method ?? '', path: request.url?.split('?')[0] ?? '' }, error)
    } finally {
      // The rest of a refused body must be read, or the connection would hang.
      if (!request.complete) request.resume()
    }
  }
}
