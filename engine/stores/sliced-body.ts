/**
 * Passes large bodies to TLS in slices. Given a whole part, Node encrypts it in one step: it copies the part, holds it
 * a third time encrypted, and then has to collect it as garbage (docs/performance.md).
 */
import { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'

const SLICE_BYTES = 64 * 1024
/** Smaller bodies do not benefit from slicing. */
const LARGE_BYTES = 4 * SLICE_BYTES

interface Sent {
  protocol?: string
  body?: unknown
}

/**
 * Makes the client send bodies in slices. Each attempt makes a new stream from the same bytes, because the SDK does not
 * retry a request whose body is a stream.
 */
export function sendInSlices(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as Sent
      const { body } = request
      if (request.protocol !== 'https:' || !(body instanceof Uint8Array) || body.length < LARGE_BYTES) return next(args)
      // The SDK's own request is kept unchanged for the next attempt.
      const sliced = Object.assign(Object.create(Object.getPrototypeOf(request)), request, { body: slices(body) })
      return next({ ...args, request: sliced })
    },
    // Placed within the retries and after the signature.
    { step: 'deserialize', name: 'carryoutSlicedBody', priority: 'low', override: true },
  )
}

function slices(bytes: Uint8Array): Readable {
  let at = 0
  return new Readable({
    highWaterMark: SLICE_BYTES,
    read() {
      if (at >= bytes.length) return void this.push(null)
      const slice = bytes.subarray(at, at + SLICE_BYTES)
      at += slice.length
      this.push(Buffer.from(slice.buffer, slice.byteOffset, slice.length))
    },
  })
}
