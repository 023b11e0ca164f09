/** GetObject and HeadObject. */
import { pipeline } from 'node:stream/promises'
import { sendEmpty } from '../answer.ts'
import { slice } from '../blobs.ts'
import type { Call } from '../call.ts'
import type { Checksum } from '../checksums.ts'
import { checkRead } from '../conditions.ts'
import type { Context, Operation } from '../context.ts'
import { invalidArgument, invalidRequest, S3Error } from '../errors.ts'
import { checksumHeaders, objectHeaders, overriddenHeaders, unquoted } from '../headers.ts'
import { expirationHeader } from '../lifecycle.ts'
import { type ByteRange, byteRange } from '../range.ts'
import type { StoredObject } from '../store/objects.ts'

export const getObject: Operation = async (call, context) => {
  const found = locate(call, context)
  if (!found) return
  const { object, status, headers, range } = found
  const segments = slice(context.storage.contents.segments(object.content), range.start, range.end)
  call.response.writeHead(status, headers)
  if (segments.length === 0) {
    call.response.end()
    return
  }
  // A reader may abort a download; `pipeline` then closes everything.
  const { blobs } = context.storage
  await blobs
    .holding(segments, () => pipeline(blobs.read(segments), call.response))
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE' && error.code !== 'ECONNRESET') throw error
    })
}

export const headObject: Operation = (call, context) => {
  const found = locate(call, context)
  if (!found) return
  call.response.writeHead(found.status, found.headers).end()
}

interface Found {
  object: StoredObject
  status: 200 | 206
  headers: Record<string, string>
  range: ByteRange
}

/** @returns undefined if the response was a 304, which has headers but no body */
function locate(call: Call, { storage }: Context): Found | undefined {
  const { lifecycle } = storage.buckets.get(call.bucket)
  const object = storage.objects.get(call.bucket, call.key)
  const headers = {
    ...objectHeaders(object),
    ...expirationHeader(lifecycle, object),
    ...overriddenHeaders(call),
  }
  try {
    checkRead(call, object)
  } catch (error) {
    if (!(error instanceof S3Error) || error.status !== 304) throw error
    const { 'content-type': _, 'content-encoding': __, ...kept } = headers
    sendEmpty(call, 304, kept)
    return undefined
  }
  const wanted = wantedPart(call, { storage }, object) ?? wantedRange(call, object)
  const range = wanted?.range ?? { start: 0, end: object.size }
  const isWhole = range.start === 0 && range.end === object.size
  const checksum = wanted?.checksum ?? (isWhole ? object.checksum : undefined)
  return {
    object,
    status: wanted ? 206 : 200,
    range,
    headers: {
      ...headers,
      'content-length': String(range.end - range.start),
      ...(wanted && object.size > 0 ? { 'content-range': `bytes ${range.start}-${range.end - 1}/${object.size}` } : {}),
      ...(wanted?.parts ? { 'x-amz-mp-parts-count': String(wanted.parts) } : {}),
      ...(call.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' ? checksumHeaders(checksum) : {}),
    },
  }
}

interface Wanted {
  range: ByteRange
  parts?: number
  checksum?: Checksum | undefined
}

function wantedRange(call: Call, object: StoredObject): Wanted | undefined {
  const ifRange = call.header('if-range')
  // Neither the ETag nor the date matches what the reader has, so the whole object is returned.
  if (ifRange !== undefined && unquoted(ifRange) !== object.etag && Date.parse(ifRange) !== object.modified)
    return undefined
  const range = byteRange(call.header('range'), object.size)
  return range && { range }
}

/** Handles `partNumber`: the bytes of one part. An object written at once is its own part 1. */
function wantedPart(call: Call, { storage }: Pick<Context, 'storage'>, object: StoredObject): Wanted | undefined {
  const text = call.query.get('partNumber')
  if (text === undefined) return undefined
  if (call.header('range') !== undefined)
    throw invalidRequest('Cannot specify both Range header and partNumber query parameter')
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw invalidArgument('partNumber', text, 'Part number must be an integer between 1 and 10000, inclusive')
  }
  const count = object.partCount ?? 1
  if (number > count) {
    throw new S3Error('InvalidPartNumber', 416, 'The requested partnumber is not satisfiable', {
      PartNumberRequested: number,
      ActualPartCount: count,
    })
  }
  if (object.partCount === undefined) return { range: { start: 0, end: object.size }, checksum: object.checksum }
  const parts = storage.objects.parts(call.bucket, call.key)
  const start = parts.slice(0, number - 1).reduce((sum, part) => sum + part.size, 0)
  const part = parts[number - 1]!
  const checksum = object.checksum && { ...object.checksum, value: part.checksum }
  return { range: { start, end: start + part.size }, parts: count, checksum }
}
