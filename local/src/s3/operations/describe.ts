/** Operations that describe an object without reading it: GetObjectAttributes, and tags. */
import { sendEmpty, sendXml } from '../answer.ts'
import { readText } from '../body.ts'
import type { Call } from '../call.ts'
import { elementOf } from '../checksums.ts'
import type { Operation } from '../context.ts'
import { invalidArgument, invalidRequest } from '../errors.ts'
import type { ObjectPart, StoredObject } from '../store/objects.ts'
import { tagsOfXml } from '../tags.ts'
import { xml } from '../xml.ts'

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']

export const getObjectAttributes: Operation = (call, { storage }) => {
  storage.buckets.get(call.bucket)
  const object = storage.objects.get(call.bucket, call.key)
  const header = call.header('x-amz-object-attributes')
  if (!header)
    throw invalidRequest(
      'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    )
  const wanted = header.split(',').map((name) => name.trim())
  if (!wanted.every((name) => ATTRIBUTES.includes(name))) {
    throw invalidArgument('x-amz-object-attributes', header, 'Invalid attribute name specified.')
  }
  const has = (name: string) => wanted.includes(name)
  const { checksum } = object
  sendXml(
    call,
    xml('GetObjectAttributesResponse', {
      // Only here S3 writes the ETag without quotes.
      ETag: has('ETag') ? object.etag : undefined,
      Checksum:
        has('Checksum') && checksum
          ? { [elementOf(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }
          : undefined,
      ObjectParts:
        has('ObjectParts') && object.partCount !== undefined
          ? partsOf(call, object, storage.objects.parts(call.bucket, call.key))
          : undefined,
      StorageClass: has('StorageClass') ? (object.headers['x-amz-storage-class'] ?? 'STANDARD') : undefined,
      ObjectSize: has('ObjectSize') ? object.size : undefined,
    }),
    { 'last-modified': new Date(object.modified).toUTCString() },
  )
}

function partsOf(call: Call, object: StoredObject, all: readonly ObjectPart[]) {
  const marker = headerCount(call, 'x-amz-part-number-marker', 0)
  const max = Math.min(1000, headerCount(call, 'x-amz-max-parts', 1000))
  const rest = all.filter((part) => part.number > marker)
  const parts = rest.slice(0, max)
  return {
    PartsCount: all.length,
    PartNumberMarker: marker,
    NextPartNumberMarker: parts.at(-1)?.number ?? 0,
    MaxParts: max,
    IsTruncated: rest.length > parts.length,
    Part: parts.map((part) => ({
      PartNumber: part.number,
      Size: part.size,
      ...(object.checksum ? { [elementOf(object.checksum.algorithm)]: part.checksum } : {}),
    })),
  }
}

function headerCount(call: Call, name: string, otherwise: number): number {
  const text = call.header(name)
  if (text === undefined) return otherwise
  if (!/^\d{1,10}$/.test(text)) throw invalidArgument(name, text, `${name} must be an integer.`)
  return Number(text)
}

export const getObjectTagging: Operation = (call, { storage }) => {
  storage.buckets.get(call.bucket)
  const { tags } = storage.objects.get(call.bucket, call.key)
  sendXml(call, xml('Tagging', { TagSet: { Tag: tags.map(([key, value]) => ({ Key: key, Value: value })) } }))
}

export const putObjectTagging: Operation = async (call, { storage }) => {
  const tags = tagsOfXml(await readText(call))
  storage.buckets.get(call.bucket)
  storage.objects.get(call.bucket, call.key)
  storage.objects.setTags(call.bucket, call.key, tags)
  sendEmpty(call, 200)
}

export const deleteObjectTagging: Operation = (call, { storage }) => {
  storage.buckets.get(call.bucket)
  storage.objects.get(call.bucket, call.key)
  storage.objects.setTags(call.bucket, call.key, [])
  sendEmpty(call, 204)
}
