/** PutObject, DeleteObject and DeleteObjects. */

import { AwsError } from '../../protocol.ts'
import { sendEmpty, sendXml } from '../answer.ts'
import { openBody, readText } from '../body.ts'
import { DEFAULT_ALGORITHM } from '../checksums.ts'
import { writeCondition } from '../conditions.ts'
import { type Operation, wholeSeconds } from '../context.ts'
import { invalidRequest, malformedXml, S3Error } from '../errors.ts'
import { checksumHeaders, encryptionOf, keptHeaders, quoted, unquoted } from '../headers.ts'
import { expirationHeader } from '../lifecycle.ts'
import { tagsOfHeader } from '../tags.ts'
import { elements, parseXml, textOf, xml } from '../xml.ts'

export const putObject: Operation = async (call, { storage, now, opaqueEtags }) => {
  const { lifecycle } = storage.buckets.get(call.bucket)
  const condition = writeCondition(call, storage.objects.find(call.bucket, call.key))
  const headers = keptHeaders(call)
  const tags = tagsOfHeader(call.header('x-amz-tagging'))
  const body = openBody(call, { opaqueEtag: opaqueEtags })
  const algorithm = body.declared ?? DEFAULT_ALGORITHM
  const { blob, length } = await storage.blobs.write(body.chunks(algorithm))
  try {
    const digests = body.digests()
    if (length > 0) storage.contents.addDigests(blob, length, digests)
    const object = storage.putObject(
      {
        bucket: call.bucket,
        key: call.key,
        size: length,
        etag: digests.md5,
        modified: wholeSeconds(now()),
        headers,
        checksum: { algorithm, value: digests.checksums[algorithm]!, type: 'FULL_OBJECT' },
        tags,
        uploadId: undefined,
        partCount: undefined,
      },
      length > 0 ? [{ blob, start: 0, length }] : [],
      condition,
    )
    sendEmpty(call, 200, {
      etag: quoted(object.etag),
      ...checksumHeaders(object.checksum),
      ...encryptionOf(headers),
      ...expirationHeader(lifecycle, object),
    })
  } finally {
    await storage.blobs.release([blob])
  }
}

/** Deleting a missing object succeeds, except with `If-Match`. */
export const deleteObject: Operation = (call, { storage }) => {
  storage.buckets.get(call.bucket)
  const condition = writeCondition(call, storage.objects.find(call.bucket, call.key))
  storage.removeObject(call.bucket, call.key, condition)
  sendEmpty(call, 204)
}

export const deleteObjects: Operation = async (call, { storage }) => {
  storage.buckets.get(call.bucket)
  if (call.header('content-md5') === undefined && !call.headerNames().some(isChecksumHeader)) {
    throw invalidRequest('Missing required header for this request: Content-MD5')
  }
  const document = parseXml(await readText(call), 'Delete')
  const objects = elements(document, 'Object')
  if (objects.length === 0 || objects.length > 1000) throw malformedXml()
  const deleted: { Key: string }[] = []
  const errors: { Key: string; Code: string; Message: string }[] = []
  for (const object of objects) {
    const key = textOf(object, 'Key')
    if (key === undefined) throw malformedXml()
    const ifMatch = textOf(object, 'ETag')
    try {
      storage.removeObject(call.bucket, key, (current) => {
        if (ifMatch !== undefined && (!current || current.etag !== unquoted(ifMatch))) {
          throw new S3Error('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold')
        }
      })
      deleted.push({ Key: key })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      errors.push({ Key: key, Code: error.code, Message: error.message })
    }
  }
  const quiet = textOf(document, 'Quiet') === 'true'
  sendXml(call, xml('DeleteResult', { Deleted: quiet ? [] : deleted, Error: errors }))
}

const isChecksumHeader = (name: string) => name.startsWith('x-amz-checksum-') || name === 'x-amz-trailer'
