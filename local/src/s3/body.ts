/** A request's body, decoded and verified against its headers. */
import { createHash, randomBytes } from 'node:crypto'
import { decodeAwsChunked } from './aws-chunked.ts'
import type { Call } from './call.ts'
import {
  ALGORITHMS,
  type Algorithm,
  type Checksums,
  type Digest,
  digest,
  headerOf,
  isAlgorithm,
  isChecksum,
} from './checksums.ts'
import { badDigest, incompleteBody, invalidArgument, invalidRequest, S3Error } from './errors.ts'

/** Digests that are known after all bytes have arrived. */
export interface Digests {
  /** Hexadecimal, as in an ETag; random if ETags are opaque. */
  md5: string
  checksums: Checksums
}

export interface Body {
  /** The declared size in bytes; iteration throws if it was wrong. */
  readonly size: number
  /** The algorithm of the sender's checksum, in a header or a trailer. */
  readonly declared: Algorithm | undefined
  /**
   * Yields the bytes; throws at the end if they do not match their declaration.
   *
   * @param also the checksum to compute in addition to the declared one
   */
  chunks(also?: Algorithm): AsyncGenerator<Buffer>
  /** Available after the chunks have ended. */
  digests(): Digests
}

/** The largest object of a single PUT, and the largest part. */
const MAX_SIZE = 5 * 1024 ** 3
const MAX_TEXT = 8 * 1024 ** 2

export interface BodyOptions {
  /** CompleteMultipartUpload's checksum headers refer to the object, not to the body. @default true */
  checksumIsOfBody?: boolean
  /** @default false */
  opaqueEtag?: boolean
}

/**
 * @throws S3Error MissingContentLength, EntityTooLarge, InvalidDigest, InvalidRequest if the headers contradict each
 * other
 */
export function openBody(call: Call, { checksumIsOfBody = true, opaqueEtag = false }: BodyOptions = {}): Body {
  const payload = payloadOf(call)
  const size = sizeOf(call, payload === 'aws-chunked')
  const md5 = contentMd5(call)
  const {
    algorithm: declared,
    value: expected,
    trailing,
  } = checksumIsOfBody ? declaredChecksum(call, payload === 'aws-chunked') : NO_CHECKSUM
  let known: Digests | undefined

  async function* chunks(also: Algorithm | undefined = declared) {
    const trailers = new Map<string, string>()
    const source: AsyncIterable<Buffer> = call.request.iterator({ destroyOnReturn: false })
    const decoded = payload === 'aws-chunked' ? decodeAwsChunked(source, trailers) : source
    const md5Digest = opaqueEtag && md5 === undefined ? undefined : createHash('md5')
    const sha256Digest = payload.length === 64 ? createHash('sha256') : undefined
    const running = new Map<Algorithm, Digest>()
    for (const algorithm of [declared, also]) if (algorithm) running.set(algorithm, digest(algorithm))
    let received = 0
    for await (const chunk of decoded) {
      received += chunk.length
      if (received > size) throw incompleteBody()
      // The consumer writes the previous chunk to the disk in the meantime.
      md5Digest?.update(chunk)
      sha256Digest?.update(chunk)
      for (const one of running.values()) one.update(chunk)
      yield chunk
    }
    if (received !== size) throw incompleteBody()
    if (sha256Digest && sha256Digest.digest('hex') !== payload) {
      throw new S3Error(
        'XAmzContentSHA256Mismatch',
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      )
    }
    const digests: Digests = { md5: md5Digest?.digest('hex') ?? randomBytes(16).toString('hex'), checksums: {} }
    if (md5 && md5 !== digests.md5) {
      throw badDigest('The Content-MD5 you specified did not match what we received.')
    }
    for (const [name, one] of running) digests.checksums[name] = await one.finish()
    if (declared) verify(declared, trailing ? trailers.get(headerOf(declared)) : expected, digests, trailing)
    known = digests
  }

  return {
    size,
    declared,
    chunks,
    digests: () => {
      if (!known) throw new Error('The body has not been read to its end.')
      return known
    },
  }
}

/**
 * Returns the whole body as text, for requests with XML.
 *
 * @throws S3Error MaxMessageLengthExceeded above 8 MiB, far more than 10,000 parts with checksums take
 */
export async function readText(call: Call, options?: BodyOptions): Promise<string> {
  const body = openBody(call, options)
  if (body.size > MAX_TEXT) {
    throw new S3Error('MaxMessageLengthExceeded', 400, 'Your request was too big.', { MaxMessageLengthBytes: MAX_TEXT })
  }
  const chunks: Buffer[] = []
  for await (const chunk of body.chunks()) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Returns `aws-chunked`, `plain`, or the required SHA-256 (hexadecimal) of a plain payload. */
function payloadOf(call: Call): string {
  const sha256 = call.header('x-amz-content-sha256') ?? ''
  if (sha256.startsWith('STREAMING-')) return 'aws-chunked'
  if (/\baws-chunked\b/.test(call.header('content-encoding') ?? '')) return 'aws-chunked'
  if (sha256 === '' || sha256 === 'UNSIGNED-PAYLOAD') return 'plain'
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw invalidArgument(
      'x-amz-content-sha256',
      sha256,
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    )
  }
  return sha256
}

function sizeOf(call: Call, chunked: boolean): number {
  const declared = chunked ? call.header('x-amz-decoded-content-length') : call.header('content-length')
  if (declared === undefined && !chunked && call.header('transfer-encoding') === undefined) return 0
  if (declared === undefined || !/^\d{1,15}$/.test(declared)) {
    throw new S3Error('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.')
  }
  const size = Number(declared)
  if (size > MAX_SIZE) {
    throw new S3Error('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', {
      ProposedSize: size,
      MaxSizeAllowed: MAX_SIZE,
    })
  }
  return size
}

/** Hexadecimal. */
function contentMd5(call: Call): string | undefined {
  const value = call.header('content-md5')
  if (value === undefined) return undefined
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length !== 16) throw new S3Error('InvalidDigest', 400, 'The Content-MD5 you specified was invalid.')
  return bytes.toString('hex')
}

interface DeclaredChecksum {
  algorithm: Algorithm | undefined
  value?: string
  trailing: boolean
}

const NO_CHECKSUM: DeclaredChecksum = { algorithm: undefined, trailing: false }

function declaredChecksum(call: Call, chunked: boolean): DeclaredChecksum {
  const inHeaders = ALGORITHMS.filter((algorithm) => call.header(headerOf(algorithm)) !== undefined)
  const trailer = call.header('x-amz-trailer')?.toLowerCase()
  const inTrailer = trailer === undefined ? undefined : ALGORITHMS.find((algorithm) => headerOf(algorithm) === trailer)
  if (trailer !== undefined && (!inTrailer || !chunked)) {
    throw invalidRequest('The value specified in the x-amz-trailer header is not supported')
  }
  if (inHeaders.length + (inTrailer ? 1 : 0) > 1) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.')
  }
  const algorithm = inTrailer ?? inHeaders[0]
  const named = call.header('x-amz-sdk-checksum-algorithm')?.toUpperCase()
  if (named !== undefined && isAlgorithm(named) && named !== algorithm) {
    throw invalidRequest(
      algorithm
        ? 'Value for x-amz-sdk-checksum-algorithm header is invalid.'
        : 'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    )
  }
  if (!algorithm) return NO_CHECKSUM
  if (inTrailer) return { algorithm, trailing: true }
  const value = call.header(headerOf(algorithm))!
  if (!isChecksum(algorithm, value)) throw invalidRequest(`Value for ${headerOf(algorithm)} header is invalid.`)
  return { algorithm, value, trailing: false }
}

function verify(algorithm: Algorithm, expected: string | undefined, digests: Digests, trailing: boolean): void {
  if (trailing && expected === undefined) {
    throw new S3Error('MalformedTrailerError', 400, 'The request contained trailing data that was not well-formed.')
  }
  if (expected === undefined || !isChecksum(algorithm, expected)) {
    throw invalidRequest(`Value for ${headerOf(algorithm)} trailing header is invalid.`)
  }
  if (digests.checksums[algorithm] !== expected) {
    throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`)
  }
}
