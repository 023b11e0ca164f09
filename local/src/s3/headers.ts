/** The headers that belong to an object: those kept when it is put, those answered when it is read. */
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
/** Of what a signed request may override in an answer. */
const OVERRIDES = ['type', 'disposition', 'encoding', 'language'].map((name) => `content-${name}`)
OVERRIDES.push('cache-control', 'expires')

const MAX_METADATA = 2048

/** What the object keeps of the request that puts it. */
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
      // Header text is one character a byte (Latin-1), so whatever bytes came are the bytes that go.
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

/** `aws-chunked` is how the bytes travelled, not what they are. */
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

/** Every answer about an object has these. */
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
 * `response-content-type` and its like.
 *
 * @throws S3Error InvalidArgument for what no header can carry, as S3 does: a file name in another script must come as
 *   `filename*=UTF-8''…`
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

/** What no answer could carry must not be kept for one. */
function checkHeader(name: string, value: string): void {
  if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value)) {
    throw invalidArgument(name, value, 'Header value cannot be represented using ISO-8859-1.')
  }
}

export const quoted = (etag: string) => `"${etag}"`
export const unquoted = (etag: string) => etag.trim().replace(/^(?:W\/)?"?|"?$/g, '')
