/**
 * Large bodies handed to TLS in slices. Given a whole part, Node encrypts it in one go: it copies the part, holds it a third time
 * encrypted, and collects its garbage for it (docs/performance.md).
 */
import { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'

const SLICE_BYTES = 64 * 1024
/** Smaller bodies are not worth it. */
const LARGE_BYTES = 4 * SLICE_BYTES

interface Sent {
  protocol?: string
  body?: unknown
}

/** From now on the client does so, in each attempt from the same bytes: the SDK repeats no request whose body is a stream. */
export function sendInSlices(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as Sent
      const { body } = request
      if (request.protocol !== 'https:' || !(body instanceof Uint8Array) || body.length < LARGE_BYTES) return next(args)
      // The SDK's own request stays as it is, for the next attempt.
      const sliced = Object.assign(Object.create(Object.getPrototypeOf(request)), request, { body: slices(body) })
      return next({ ...args, request: sliced })
    },
    // Within the retries and after the signature.
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
