/** ListObjects and ListObjectsV2. */
import { sendXml } from '../answer.ts'
import type { Call } from '../call.ts'
import { countOf, type Operation, OWNER } from '../context.ts'
import { invalidArgument } from '../errors.ts'
import { quoted } from '../headers.ts'
import type { Objects, StoredObject } from '../store/objects.ts'
import { xml } from '../xml.ts'

export const listObjects: Operation = (call, { storage }) => {
  storage.buckets.get(call.bucket)
  const marker = call.query.get('marker') ?? ''
  const { prefix, delimiter, max, text } = parametersOf(call)
  const { entries, truncated } = list(storage.objects, call.bucket, { prefix, delimiter, max, after: marker })
  const last = entries.at(-1)
  sendXml(
    call,
    xml('ListBucketResult', {
      Name: call.bucket,
      Prefix: text(prefix),
      Marker: text(marker),
      // Without a delimiter the last key serves as the marker, and S3 omits this element.
      NextMarker: truncated && delimiter && last ? text(nameOf(last)) : undefined,
      MaxKeys: max,
      Delimiter: delimiter && text(delimiter),
      EncodingType: call.query.get('encoding-type'),
      IsTruncated: truncated,
      ...contents(entries, text, true),
    }),
  )
}

export const listObjectsV2: Operation = (call, { storage }) => {
  storage.buckets.get(call.bucket)
  const token = call.query.get('continuation-token')
  const startAfter = call.query.get('start-after') ?? ''
  const { prefix, delimiter, max, text } = parametersOf(call)
  const after = token === undefined ? startAfter : fromToken(token)
  const { entries, truncated } = list(storage.objects, call.bucket, { prefix, delimiter, max, after })
  sendXml(
    call,
    xml('ListBucketResult', {
      Name: call.bucket,
      Prefix: text(prefix),
      StartAfter: startAfter && token === undefined ? text(startAfter) : undefined,
      ContinuationToken: token,
      NextContinuationToken: truncated ? toToken(nameOf(entries.at(-1)!)) : undefined,
      KeyCount: entries.length,
      MaxKeys: max,
      Delimiter: delimiter && text(delimiter),
      EncodingType: call.query.get('encoding-type'),
      IsTruncated: truncated,
      ...contents(entries, text, call.query.get('fetch-owner') === 'true'),
    }),
  )
}

/** An object, or the common prefix that represents all objects below it. */
export type Entry = { object: StoredObject } | { commonPrefix: string }
const nameOf = (entry: Entry) => ('object' in entry ? entry.object.key : entry.commonPrefix)

interface Selection {
  prefix: string
  delimiter: string | undefined
  max: number
  /** Exclusive: a key, or a common prefix with everything below it. */
  after: string
}

/** Lists entries, skipping what is below a common prefix instead of reading it. */
function list(objects: Objects, bucket: string, { prefix, delimiter, max, after }: Selection) {
  const entries: Entry[] = []
  if (max === 0) return { entries, truncated: false }
  let from: { key: string; inclusive: boolean } | undefined =
    Buffer.compare(Buffer.from(after), Buffer.from(prefix)) < 0
      ? { key: prefix, inclusive: true }
      : { key: after, inclusive: after === '' }
  while (from) {
    const { key, inclusive }: { key: string; inclusive: boolean } = from
    from = undefined
    for (const object of objects.iterate(bucket, key, inclusive)) {
      if (!object.key.startsWith(prefix)) break
      const cut = delimiter ? object.key.indexOf(delimiter, prefix.length) : -1
      const commonPrefix = cut < 0 ? undefined : object.key.slice(0, cut + delimiter!.length)
      if (commonPrefix === undefined || commonPrefix !== after) {
        if (entries.length === max) return { entries, truncated: true }
        entries.push(commonPrefix === undefined ? { object } : { commonPrefix })
      }
      if (commonPrefix === undefined) continue
      const next = successor(commonPrefix)
      from = next === undefined ? undefined : { key: next, inclusive: true }
      break
    }
  }
  return { entries, truncated: false }
}

/** Returns the first string, in the order of UTF-8 bytes, after all that begin with the prefix. */
function successor(prefix: string): string | undefined {
  const points = [...prefix].map((character) => character.codePointAt(0)!)
  while (points.at(-1) === 0x10ffff) points.pop()
  const last = points.pop()
  if (last === undefined) return undefined
  // Surrogates are not characters.
  points.push(last === 0xd7ff ? 0xe000 : last + 1)
  return String.fromCodePoint(...points)
}

function contents(entries: readonly Entry[], text: (raw: string) => string, withOwner: boolean) {
  return {
    Contents: entries.flatMap((entry) => ('object' in entry ? [describe(entry.object, text, withOwner)] : [])),
    CommonPrefixes: entries.flatMap((entry) => ('commonPrefix' in entry ? [{ Prefix: text(entry.commonPrefix) }] : [])),
  }
}

const describe = (object: StoredObject, text: (raw: string) => string, withOwner: boolean) => ({
  Key: text(object.key),
  LastModified: new Date(object.modified).toISOString(),
  ETag: quoted(object.etag),
  ChecksumAlgorithm: object.checksum?.algorithm,
  ChecksumType: object.checksum?.type,
  Size: object.size,
  Owner: withOwner ? OWNER : undefined,
  StorageClass: object.headers['x-amz-storage-class'] ?? 'STANDARD',
})

/** The common parameters of all listings. */
export function parametersOf(call: Call, maxName = 'max-keys') {
  const encoding = call.query.get('encoding-type')
  if (encoding !== undefined && encoding !== 'url') {
    throw invalidArgument('encoding-type', encoding, 'Invalid Encoding Method specified in Request')
  }
  return {
    prefix: call.query.get('prefix') ?? '',
    delimiter: call.query.get('delimiter') || undefined,
    max: countOf(call, maxName),
    text: encoding === 'url' ? urlEncoded : (raw: string) => raw,
  }
}

/** Encodes like a form but keeps slashes, as S3 does and its clients expect. */
function urlEncoded(raw: string): string {
  return encodeURIComponent(raw)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
}

const toToken = (name: string) => Buffer.from(name).toString('base64url')

function fromToken(token: string): string {
  const name = Buffer.from(token, 'base64url')
  if (name.length === 0 || name.toString('base64url') !== token) {
    throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect')
  }
  return name.toString()
}
