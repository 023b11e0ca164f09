/** The headers of an object: those stored when it is written, and those returned when it is read. */
import type { Call } from './call.ts'
import { type Checksum, headerOf } from './checksums.ts'
import { invalidArgument, notImplemented, S3Error } from './errors.ts'
import type { StoredObject } from './store/objects.ts'

const KEPT = [
  'content-type',
  'content-disposition',
  'content-encoding',
  'content-language',
  'cache-control',
  'expires',
  'x-amz-website-redirect-location',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-storage-class',
]
/** The response headers that a signed request may override. */
const OVERRIDES = ['type', 'disposition', 'encoding', 'language'].map((name) => `content-${name}`)
OVERRIDES.push('cache-control', 'expires')

const MAX_METADATA = 2048

/** Returns the headers of a request that are stored with the object. */
export function keptHeaders(call: Call): Record<string, string> {
  const acl = call.header('x-amz-acl')
  if (acl !== undefined && acl !== 'private' && acl !== 'bucket-owner-full-control') {
    throw new S3Error('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs')
  }
  if (call.header('x-amz-server-side-encryption-customer-algorithm') !== undefined) {
    throw notImplemented('encryption with customer-provided keys')
  }
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' }
  let metadataBytes = 0
  for (const name of call.headerNames()) {
    const value = call.header(name)
    const isMetadata = name.startsWith('x-amz-meta-')
    if (value === undefined || !(isMetadata || KEPT.includes(name))) continue
    checkHeader(name, value)
    if (isMetadata) {
      // Header text has one character per byte (Latin-1), so the bytes are returned unchanged.
      metadataBytes += name.length - 'x-amz-meta-'.length + value.length
    }
    kept[name] = value
  }
  if (metadataBytes > MAX_METADATA) {
    throw new S3Error('MetadataTooLarge', 400, 'Your metadata headers exceed the maximum allowed metadata size', {
      Size: metadataBytes,
      MaxSizeAllowed: MAX_METADATA,
    })
  }
  const encoding = withoutAwsChunked(kept['content-encoding'])
  if (encoding) kept['content-encoding'] = encoding
  else delete kept['content-encoding']
  if (kept['x-amz-storage-class'] === 'STANDARD') delete kept['x-amz-storage-class']
  return kept
}

/** `aws-chunked` describes the transfer, not the content. */
function withoutAwsChunked(encoding: string | undefined): string | undefined {
  return encoding
    ?.split(',')
    .map((one) => one.trim())
    .filter((one) => one !== 'aws-chunked')
    .join(',')
}

export const encryptionOf = (headers: Record<string, string>) => ({
  'x-amz-server-side-encryption': headers['x-amz-server-side-encryption'] ?? 'AES256',
})

/** Headers of every response about an object. */
export function objectHeaders(object: StoredObject): Record<string, string> {
  return {
    ...object.headers,
    ...encryptionOf(object.headers),
    'accept-ranges': 'bytes',
    etag: quoted(object.etag),
    'last-modified': new Date(object.modified).toUTCString(),
    ...(object.tags.length > 0 ? { 'x-amz-tagging-count': String(object.tags.length) } : {}),
  }
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  return checksum ? { [headerOf(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type } : {}
}

/**
 * Reads `response-content-type` and the other overrides.
 *
 * @throws S3Error InvalidArgument for invalid header text, as S3 does: a file name in another script must be sent as
 * `filename*=UTF-8''…`
 */
export function overriddenHeaders(call: Call): Record<string, string> {
  const overrides: Record<string, string> = {}
  for (const name of OVERRIDES) {
    const value = call.query.get(`response-${name}`)
    if (value === undefined) continue
    checkHeader(`response-${name}`, value)
    overrides[name] = value
  }
  return overrides
}

/** Refuses a stored header that no response could contain. */
function checkHeader(name: string, value: string): void {
  if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value)) {
    throw invalidArgument(name, value, 'Header value cannot be represented using ISO-8859-1.')
  }
}

export const quoted = (etag: string) => `"${etag}"`
export const unquoted = (etag: string) => etag.trim().replace(/^(?:W\/)?"?|"?$/g, '')
