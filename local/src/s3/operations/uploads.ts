/** Multipart uploads except for their completion, which is in `complete.ts`. */
import { randomBytes } from 'node:crypto'
import { sendEmpty, sendXml } from '../answer.ts'
import { slice } from '../blobs.ts'
import { openBody } from '../body.ts'
import type { Call } from '../call.ts'
import {
  type Algorithm,
  type ChecksumType,
  canBeComposite,
  canBeFullObject,
  DEFAULT_ALGORITHM,
  elementOf,
  headerOf,
  isAlgorithm,
} from '../checksums.ts'
import { type Operation, wholeSeconds } from '../context.ts'
import { invalidArgument, invalidRequest, S3Error } from '../errors.ts'
import { encryptionOf, keptHeaders, quoted } from '../headers.ts'
import type { Storage } from '../storage.ts'
import type { Upload } from '../store/uploads.ts'
import { tagsOfHeader } from '../tags.ts'
import { xml } from '../xml.ts'
import { copySource } from './copy.ts'

export const createMultipartUpload: Operation = (call, { storage, now }) => {
  storage.buckets.get(call.bucket)
  const checksum = wantedChecksum(call)
  const upload: Upload = {
    // The id sorts by time, as in ListMultipartUploads.
    id: now().toString(36).padStart(9, '0') + randomBytes(24).toString('base64url'),
    bucket: call.bucket,
    key: call.key,
    initiated: now(),
    headers: keptHeaders(call),
    tags: tagsOfHeader(call.header('x-amz-tagging')),
    checksum,
  }
  storage.uploads.add(upload)
  const answer = { Bucket: upload.bucket, Key: upload.key, UploadId: upload.id }
  sendXml(call, xml('InitiateMultipartUploadResult', answer), {
    ...encryptionOf(upload.headers),
    ...(checksum.chosen
      ? { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type }
      : {}),
  })
}

function wantedChecksum(call: Call): Upload['checksum'] {
  const algorithm = call.header('x-amz-checksum-algorithm')?.toUpperCase()
  const wanted = call.header('x-amz-checksum-type')?.toUpperCase()
  if (algorithm === undefined) {
    if (wanted !== undefined) {
      throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.')
    }
    return { algorithm: DEFAULT_ALGORITHM, type: 'FULL_OBJECT', chosen: false }
  }
  if (!isAlgorithm(algorithm)) throw invalidRequest('Checksum algorithm provided is unsupported.')
  const type = wanted ?? (canBeComposite(algorithm) ? 'COMPOSITE' : 'FULL_OBJECT')
  if (!isChecksumType(type)) throw invalidRequest('Value for x-amz-checksum-type header is invalid.')
  if (type === 'COMPOSITE' ? !canBeComposite(algorithm) : !canBeFullObject(algorithm)) {
    throw invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    )
  }
  return { algorithm, type, chosen: true }
}

const isChecksumType = (text: string): text is ChecksumType => text === 'COMPOSITE' || text === 'FULL_OBJECT'

export const uploadPart: Operation = async (call, { storage, now, opaqueEtags }) => {
  const upload = uploadOf(call, storage)
  const number = partNumberOf(call)
  const body = openBody(call, { opaqueEtag: opaqueEtags })
  const { declared } = body
  checkChecksumKind(upload, declared)
  const { algorithm } = upload.checksum
  const { blob, length } = await storage.blobs.write(body.chunks(algorithm))
  try {
    const digests = body.digests()
    if (length > 0) storage.contents.addDigests(blob, length, digests)
    storage.putPart(
      upload,
      {
        number,
        size: length,
        etag: digests.md5,
        checksums: digests.checksums,
        declared,
        modified: wholeSeconds(now()),
      },
      length > 0 ? [{ blob, start: 0, length }] : [],
    )
    sendEmpty(call, 200, {
      etag: quoted(digests.md5),
      [headerOf(declared ?? algorithm)]: digests.checksums[declared ?? algorithm]!,
      ...encryptionOf(upload.headers),
    })
  } finally {
    await storage.blobs.release([blob])
  }
}

/** Refuses a part whose checksum has another algorithm than the upload's. */
function checkChecksumKind({ checksum }: Upload, declared: Algorithm | undefined): void {
  if (!checksum.chosen || declared === undefined || declared === checksum.algorithm) return
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${checksum.algorithm.toLowerCase()}, actual checksum Type: ${declared.toLowerCase()}`,
  )
}

export const uploadPartCopy: Operation = async (call, { storage, now }) => {
  const upload = uploadOf(call, storage)
  const number = partNumberOf(call)
  const source = copySource(call, storage)
  const { start, end } = copyRange(call, source.object.size)
  const segments = slice(source.segments, start, end)
  await storage.blobs.holding(segments, async () => {
    const { algorithm } = upload.checksum
    const digests = await storage.digestsOf(segments, [algorithm])
    const modified = wholeSeconds(now())
    storage.putPart(
      upload,
      { number, size: end - start, etag: digests.md5, checksums: digests.checksums, declared: undefined, modified },
      segments,
    )
    const result = {
      LastModified: new Date(modified).toISOString(),
      ETag: quoted(digests.md5),
      [elementOf(algorithm)]: digests.checksums[algorithm],
    }
    sendXml(call, xml('CopyPartResult', result), encryptionOf(upload.headers))
  })
}

/** Unlike a read's range, a copy's must have both ends, within the object. */
function copyRange(call: Call, size: number): { start: number; end: number } {
  const header = call.header('x-amz-copy-source-range')
  if (header === undefined) return { start: 0, end: size }
  const found = /^bytes=(\d+)-(\d+)$/.exec(header)
  if (!found || Number(found[1]) > Number(found[2])) {
    throw invalidArgument(
      'x-amz-copy-source-range',
      header,
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    )
  }
  if (Number(found[2]) >= size) {
    throw invalidArgument(
      'x-amz-copy-source-range',
      header,
      `Range specified is not valid for source object of size: ${size}`,
    )
  }
  return { start: Number(found[1]), end: Number(found[2]) + 1 }
}

export const abortMultipartUpload: Operation = (call, { storage }) => {
  storage.removeUpload(uploadOf(call, storage))
  sendEmpty(call, 204)
}

/** @throws S3Error NoSuchBucket, NoSuchUpload */
export function uploadOf(call: Call, storage: Storage): Upload {
  storage.buckets.get(call.bucket)
  return storage.uploads.get(call.query.get('uploadId') ?? '', call.bucket, call.key)
}

function partNumberOf(call: Call): number {
  const text = call.query.get('partNumber')
  if (text === undefined) throw new S3Error('InvalidRequest', 400, 'This operation needs a partNumber.')
  const number = Number(text)
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > 10_000) {
    throw invalidArgument('partNumber', text, 'Part number must be an integer between 1 and 10000, inclusive')
  }
  return number
}
