/** CompleteMultipartUpload: joins the parts without copying or reading a byte. */
import { createHash } from 'node:crypto'
import { sendXml } from '../answer.ts'
import { readText } from '../body.ts'
import type { Call } from '../call.ts'
import { ALGORITHMS, type Checksum, checksumOfParts, elementOf, headerOf } from '../checksums.ts'
import { writeCondition } from '../conditions.ts'
import { type Operation, wholeSeconds } from '../context.ts'
import { badDigest, invalidRequest, malformedXml, S3Error } from '../errors.ts'
import { encryptionOf, quoted, unquoted } from '../headers.ts'
import { expirationHeader, type LifecycleRule } from '../lifecycle.ts'
import type { StoredObject } from '../store/objects.ts'
import type { Part, Upload } from '../store/uploads.ts'
import { elements, type Parsed, parseXml, textOf, xml } from '../xml.ts'
import { uploadOf } from './uploads.ts'

/** Of every part except the last. */
const MIN_PART = 5 * 1024 * 1024

export const completeMultipartUpload: Operation = async (call, { storage, now }) => {
  storage.buckets.get(call.bucket)
  const document = await readText(call, { checksumIsOfBody: false })
  const { lifecycle } = storage.buckets.get(call.bucket)
  const current = storage.objects.find(call.bucket, call.key)
  const uploadId = call.query.get('uploadId') ?? ''
  if (current?.uploadId === uploadId) {
    // The response to the first call was lost; S3 repeats it.
    answer(call, current, lifecycle)
    return
  }
  const upload = uploadOf(call, storage)
  const condition = writeCondition(call, current)
  const requested = elements(parseXml(document, 'CompleteMultipartUpload'), 'Part')
  if (requested.length === 0) throw malformedXml()
  const uploaded = new Map(storage.uploads.parts(upload.id).map((part) => [part.number, part]))
  const parts = chosenParts(requested, uploaded, upload)
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  checkSize(call, size)
  const { algorithm } = upload.checksum
  const objectParts = parts.map((part, index) => ({
    number: index + 1,
    size: part.size,
    checksum: part.checksums[algorithm]!,
  }))
  const value = checksumOfParts(algorithm, upload.checksum.type, objectParts)
  const checksum: Checksum = { algorithm, value, type: upload.checksum.type }
  checkChecksum(call, checksum)
  const object = storage.putObject(
    {
      bucket: upload.bucket,
      key: upload.key,
      size,
      etag: etagOf(parts),
      modified: wholeSeconds(now()),
      headers: upload.headers,
      checksum,
      tags: upload.tags,
      uploadId: upload.id,
      partCount: parts.length,
    },
    parts.flatMap((part) => storage.contents.segments(part.content)),
    condition,
    objectParts,
  )
  answer(call, object, lifecycle)
}

function answer(call: Call, object: StoredObject, lifecycle: readonly LifecycleRule[]): void {
  const path = [object.bucket, ...object.key.split('/')].map(encodeURIComponent).join('/')
  const result = {
    Location: `http://${call.header('host')}/${path}`,
    Bucket: object.bucket,
    Key: object.key,
    ETag: quoted(object.etag),
    ...(object.checksum
      ? { [elementOf(object.checksum.algorithm)]: object.checksum.value, ChecksumType: object.checksum.type }
      : {}),
  }
  sendXml(call, xml('CompleteMultipartUploadResult', result), {
    ...encryptionOf(object.headers),
    ...expirationHeader(lifecycle, object),
  })
}

/**
 * Returns the uploaded parts that the request lists.
 *
 * @throws S3Error InvalidPartOrder, InvalidPart, InvalidRequest, EntityTooSmall
 */
function chosenParts(requested: readonly Parsed[], uploaded: ReadonlyMap<number, Part>, upload: Upload): Part[] {
  const numbers = requested.map((part) => Number(textOf(part, 'PartNumber')))
  if (numbers.some((number, index) => index > 0 && number <= numbers[index - 1]!)) {
    throw new S3Error(
      'InvalidPartOrder',
      400,
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
      { UploadId: upload.id },
    )
  }
  const parts = requested.map((wanted, index) => matchingPart(wanted, numbers[index]!, uploaded, upload))
  const small = parts.find((part, index) => part.size < MIN_PART && index < parts.length - 1)
  if (small) {
    throw new S3Error('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', {
      ETag: small.etag,
      MinSizeAllowed: MIN_PART,
      ProposedSize: small.size,
      PartNumber: small.number,
    })
  }
  return parts
}

function matchingPart(wanted: Parsed, number: number, uploaded: ReadonlyMap<number, Part>, upload: Upload): Part {
  const etag = textOf(wanted, 'ETag')
  if (!Number.isInteger(number) || etag === undefined) throw malformedXml()
  const part = uploaded.get(number)
  const { algorithm, type, chosen } = upload.checksum
  if (part && chosen && type === 'COMPOSITE' && textOf(wanted, elementOf(algorithm)) === undefined) {
    throw invalidRequest(
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    )
  }
  if (!part || part.etag !== unquoted(etag) || !checksumsMatch(wanted, part, chosen)) {
    throw new S3Error(
      'InvalidPart',
      400,
      "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      { UploadId: upload.id, PartNumber: number, ETag: unquoted(etag) },
    )
  }
  return part
}

/**
 * Checks a listed part's checksums. In an upload without a chosen checksum, S3 finds a part that was uploaded with one
 * only if it is listed with it.
 *
 * @see https://github.com/aws/aws-sdk-java-v2/issues/6518 https://github.com/aws/aws-sdk-go-v2/issues/3005
 */
function checksumsMatch(wanted: Parsed, part: Part, chosen: boolean): boolean {
  if (!chosen && part.declared && textOf(wanted, elementOf(part.declared)) === undefined) return false
  return ALGORITHMS.every((algorithm) => {
    const expected = textOf(wanted, elementOf(algorithm))
    return expected === undefined || expected === part.checksums[algorithm]
  })
}

function checkSize(call: Call, size: number): void {
  const expected = call.header('x-amz-mp-object-size')
  if (expected !== undefined && expected !== String(size)) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${expected} does not match what was computed: ${size}`,
    )
  }
}

/** Checks the request's checksum of the whole object. */
function checkChecksum(call: Call, { algorithm, value, type }: Checksum): void {
  const expectedType = call.header('x-amz-checksum-type')?.toUpperCase()
  if (expectedType !== undefined && expectedType !== type) {
    throw badDigest(`The upload was created with the checksum type ${type}, the request says ${expectedType}.`)
  }
  const expected = call.header(headerOf(algorithm))
  // A composite may be given without its number of parts.
  if (expected !== undefined && expected !== value && expected !== value.replace(/-\d+$/, '')) {
    throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`)
  }
}

/** Returns the MD5 of the parts' MD5s, and their number. */
function etagOf(parts: readonly Part[]): string {
  const md5 = createHash('md5')
  for (const part of parts) md5.update(part.etag, 'hex')
  return `${md5.digest('hex')}-${parts.length}`
}
