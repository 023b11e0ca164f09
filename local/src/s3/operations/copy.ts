/** CopyObject, and what it shares with UploadPartCopy: neither copies bytes, both refer to the source's. */
import { sendXml } from '../answer.ts'
import type { Segment } from '../blobs.ts'
import type { Call } from '../call.ts'
import { DEFAULT_ALGORITHM, elementOf, isAlgorithm } from '../checksums.ts'
import { checkCopySource, writeCondition } from '../conditions.ts'
import { type Operation, wholeSeconds } from '../context.ts'
import { invalidArgument, invalidRequest } from '../errors.ts'
import { encryptionOf, keptHeaders, quoted } from '../headers.ts'
import { expirationHeader } from '../lifecycle.ts'
import type { Storage } from '../storage.ts'
import type { StoredObject } from '../store/objects.ts'
import { tagsOfHeader } from '../tags.ts'
import { xml } from '../xml.ts'

const MAX_COPY = 5 * 1024 ** 3

export const copyObject: Operation = async (call, { storage, now }) => {
  const { lifecycle } = storage.buckets.get(call.bucket)
  const condition = writeCondition(call, storage.objects.find(call.bucket, call.key))
  const { object: source, segments } = copySource(call, storage)
  if (source.size > MAX_COPY) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY}`,
    )
  }
  const replacesHeaders = directive(call, 'x-amz-metadata-directive')
  const replacesTags = directive(call, 'x-amz-tagging-directive')
  if (source.bucket === call.bucket && source.key === call.key && !replacesHeaders && !changesStorage(call)) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
  }
  const wanted = call.header('x-amz-checksum-algorithm')?.toUpperCase()
  if (wanted !== undefined && !isAlgorithm(wanted)) throw invalidRequest('Checksum algorithm provided is unsupported.')
  const algorithm = wanted ?? source.checksum?.algorithm ?? DEFAULT_ALGORITHM
  const kept = keptHeaders(call)
  const headers = replacesHeaders ? kept : source.headers
  const tags = replacesTags ? tagsOfHeader(call.header('x-amz-tagging')) : source.tags
  await storage.blobs.holding(segments, async () => {
    const digests = await storage.digestsOf(segments, [algorithm])
    const copy = storage.putObject(
      {
        bucket: call.bucket,
        key: call.key,
        size: source.size,
        etag: digests.md5,
        modified: wholeSeconds(now()),
        headers,
        checksum: { algorithm, value: digests.checksums[algorithm]!, type: 'FULL_OBJECT' },
        tags,
        uploadId: undefined,
        partCount: undefined,
      },
      segments,
      condition,
    )
    const result = {
      LastModified: new Date(copy.modified).toISOString(),
      ETag: quoted(copy.etag),
      [elementOf(algorithm)]: copy.checksum?.value,
      ChecksumType: copy.checksum?.type,
    }
    sendXml(call, xml('CopyObjectResult', result), { ...encryptionOf(headers), ...expirationHeader(lifecycle, copy) })
  })
}

/**
 * Returns the object in `x-amz-copy-source`, if its conditions are met.
 *
 * @throws S3Error InvalidArgument, NoSuchBucket, NoSuchKey, PreconditionFailed
 */
export function copySource(call: Call, storage: Storage): { object: StoredObject; segments: Segment[] } {
  const header = call.header('x-amz-copy-source') ?? ''
  const found = /^\/?([^/]+)\/(.+)$/.exec(decoded(header.replace(/\?versionId=null$/, '')))
  if (!found) {
    throw invalidArgument(
      'x-amz-copy-source',
      header,
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    )
  }
  storage.buckets.get(found[1]!)
  const object = storage.objects.get(found[1]!, found[2]!)
  checkCopySource(call, object)
  return { object, segments: storage.contents.segments(object.content) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidArgument('x-amz-copy-source', text, 'Invalid copy source encoding.')
  }
}

/** Whether the directive says REPLACE. */
function directive(call: Call, name: string): boolean {
  const value = call.header(name) ?? 'COPY'
  if (value !== 'COPY' && value !== 'REPLACE') throw invalidArgument(name, value, `Unknown ${name.slice(6)}.`)
  return value === 'REPLACE'
}

const changesStorage = (call: Call) =>
  ['x-amz-storage-class', 'x-amz-website-redirect-location', 'x-amz-server-side-encryption'].some(
    (name) => call.header(name) !== undefined,
  )
