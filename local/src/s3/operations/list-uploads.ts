/** ListMultipartUploads and ListParts. */
import { sendXml } from '../answer.ts'
import { type Algorithm, type Checksums, elementOf } from '../checksums.ts'
import { countOf, type Operation, OWNER } from '../context.ts'
import { quoted } from '../headers.ts'
import type { Part, Upload } from '../store/uploads.ts'
import { xml } from '../xml.ts'
import { parametersOf } from './list-objects.ts'
import { uploadOf } from './uploads.ts'

export const listMultipartUploads: Operation = (call, { storage }) => {
  storage.buckets.get(call.bucket)
  const { prefix, delimiter, max, text } = parametersOf(call, 'max-uploads')
  const keyMarker = call.query.get('key-marker') ?? ''
  const idMarker = keyMarker ? (call.query.get('upload-id-marker') ?? '') : ''
  const uploads: Upload[] = []
  const prefixes = new Set<string>()
  let truncated = false
  let last: { key: string; id: string } | undefined
  for (const upload of storage.uploads.all(call.bucket)) {
    if (!upload.key.startsWith(prefix)) continue
    const cut = delimiter ? upload.key.indexOf(delimiter, prefix.length) : -1
    const commonPrefix = cut < 0 ? undefined : upload.key.slice(0, cut + delimiter!.length)
    const name = commonPrefix ?? upload.key
    const order = Buffer.compare(Buffer.from(name), Buffer.from(keyMarker))
    if (order < 0 || (order === 0 && (commonPrefix || !idMarker || upload.id <= idMarker))) continue
    if (commonPrefix && prefixes.has(commonPrefix)) continue
    if (uploads.length + prefixes.size === max) {
      truncated = max > 0
      break
    }
    if (commonPrefix) prefixes.add(commonPrefix)
    else uploads.push(upload)
    last = { key: name, id: commonPrefix ? '' : upload.id }
  }
  sendXml(
    call,
    xml('ListMultipartUploadsResult', {
      Bucket: call.bucket,
      KeyMarker: text(keyMarker),
      UploadIdMarker: idMarker,
      NextKeyMarker: truncated && last ? text(last.key) : undefined,
      NextUploadIdMarker: truncated ? last?.id : undefined,
      Prefix: text(prefix),
      Delimiter: delimiter && text(delimiter),
      EncodingType: call.query.get('encoding-type'),
      MaxUploads: max,
      IsTruncated: truncated,
      Upload: uploads.map((upload) => ({
        Key: text(upload.key),
        UploadId: upload.id,
        Initiator: OWNER,
        Owner: OWNER,
        StorageClass: upload.headers['x-amz-storage-class'] ?? 'STANDARD',
        Initiated: new Date(upload.initiated).toISOString(),
        ...checksumOf(upload),
      })),
      CommonPrefixes: [...prefixes].map((commonPrefix) => ({ Prefix: text(commonPrefix) })),
    }),
  )
}

export const listParts: Operation = (call, { storage }) => {
  const upload = uploadOf(call, storage)
  const max = countOf(call, 'max-parts')
  const after = countOf(call, 'part-number-marker', 10_000, 0)
  const found = storage.uploads.parts(upload.id, after, max + 1)
  const parts = found.slice(0, max)
  const { algorithm, chosen } = upload.checksum
  const shown = (part: Part) => (chosen ? algorithm : part.declared)
  sendXml(
    call,
    xml('ListPartsResult', {
      Bucket: upload.bucket,
      Key: upload.key,
      UploadId: upload.id,
      PartNumberMarker: after,
      NextPartNumberMarker: parts.at(-1)?.number ?? 0,
      MaxParts: max,
      IsTruncated: max > 0 && found.length > max,
      Part: parts.map((part) => ({
        PartNumber: part.number,
        LastModified: new Date(part.modified).toISOString(),
        ETag: quoted(part.etag),
        Size: part.size,
        ...checksumElement(part.checksums, shown(part)),
      })),
      Initiator: OWNER,
      Owner: OWNER,
      StorageClass: upload.headers['x-amz-storage-class'] ?? 'STANDARD',
      ...checksumOf(upload),
    }),
  )
}

const checksumOf = ({ checksum }: Upload) =>
  checksum.chosen ? { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type } : {}

const checksumElement = (checksums: Checksums, algorithm: Algorithm | undefined) =>
  algorithm ? { [elementOf(algorithm)]: checksums[algorithm] } : {}
