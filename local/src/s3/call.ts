/** One parsed request to S3: bucket, key, sub-resource and signature. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { S3Error } from './errors.ts'

export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly method: string
  /** Decoded; empty for a call about all buckets. */
  readonly bucket: string
  /** Decoded; empty for a call about a bucket. */
  readonly key: string
  /** The path as received, without the query. */
  readonly path: string
  /** Decoded, in the received order. */
  readonly query: ReadonlyMap<string, string>
  /** Names in lower case. A presigned URL may have `x-amz-…` headers as query parameters; they are included. */
  header(name: string): string | undefined
  /** Names of headers and of such query parameters. */
  headerNames(): string[]
}

/** @throws S3Error InvalidURI if the path or query is not percent-encoded UTF-8, KeyTooLongError */
export function parseCall(request: IncomingMessage, response: ServerResponse, requestId: string): Call {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = parseQuery(mark < 0 ? '' : url.slice(mark + 1))
  const virtualHost = bucketOfHost(request.headers.host ?? '')
  const { bucket, key } = virtualHost ? { bucket: virtualHost, key: decode(path.slice(1)) } : splitPath(path)
  if (Buffer.byteLength(key) > 1024) {
    throw new S3Error('KeyTooLongError', 400, 'Your key is too long', {
      Size: Buffer.byteLength(key),
      MaxSizeAllowed: 1024,
    })
  }
  const hoisted = new Map<string, string>()
  if (query.has('X-Amz-Signature')) {
    for (const [name, value] of query) {
      const lower = name.toLowerCase()
      // In Node's form of a header: one character per byte.
      if (lower.startsWith('x-amz-')) hoisted.set(lower, Buffer.from(value).toString('latin1'))
    }
  }
  return {
    request,
    response,
    requestId,
    method: request.method ?? 'GET',
    bucket,
    key,
    path,
    query,
    header: (name) => {
      const value = request.headers[name]
      return (Array.isArray(value) ? value.join(',') : value) ?? hoisted.get(name)
    },
    headerNames: () => [...new Set([...Object.keys(request.headers), ...hoisted.keys()])],
  }
}

/** Returns the bucket in `bucket.localhost` and `bucket.s3.localhost`, as in LocalStack; undefined for path style. */
function bucketOfHost(host: string): string | undefined {
  const found = /^(.+?)(?:\.s3)?\.localhost(?::\d+)?$/i.exec(host)
  return found?.[1] === 's3' ? undefined : found?.[1]?.toLowerCase()
}

function splitPath(path: string): { bucket: string; key: string } {
  const slash = path.indexOf('/', 1)
  return slash < 0
    ? { bucket: decode(path.slice(1)), key: '' }
    : { bucket: decode(path.slice(1, slash)), key: decode(path.slice(slash + 1)) }
}

function parseQuery(text: string): Map<string, string> {
  const query = new Map<string, string>()
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '))
    if (!query.has(name)) query.set(name, equals < 0 ? '' : decode(pair.slice(equals + 1).replaceAll('+', ' ')))
  }
  return query
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error('InvalidURI', 400, "Couldn't parse the specified URI.")
  }
}
