import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { ListedObject } from './store.ts'

const DELETE_AT_ONCE = 1000

/**
 * Ends every upload and deletes every object under a prefix. Uploads come first, because one that completes meanwhile
 * becomes an object.
 */
export async function discardPrefix(client: S3Client, bucket: string, prefix: string): Promise<void> {
  await abortUploads(client, bucket, prefix)
  const objects = await objectsUnder(client, bucket, prefix)
  await deleteObjects(
    client,
    bucket,
    objects.map(({ key }) => key),
  )
}

/** Lists every object under the prefix, a thousand per page. */
export async function objectsUnder(client: S3Client, bucket: string, prefix: string): Promise<ListedObject[]> {
  const objects: ListedObject[] = []
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
    objects.push(...Contents.map(({ Key, ETag, Size }) => ({ key: Key!, etag: ETag!, bytes: Size! })))
  }
  return objects
}

async function deleteObjects(client: S3Client, bucket: string, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += DELETE_AT_ONCE) {
    const Objects = keys.slice(at, at + DELETE_AT_ONCE).map((Key) => ({ Key }))
    const deleted = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }))
    const kept = deleted.Errors?.[0]
    if (kept) throw new Error(`${kept.Key}: ${kept.Code} ${kept.Message}`)
  }
}

export async function abortUploads(client: S3Client, bucket: string, prefix: string): Promise<void> {
  let KeyMarker: string | undefined
  let UploadIdMarker: string | undefined
  do {
    const listed = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, KeyMarker, UploadIdMarker }),
    )
    for (const { Key, UploadId } of listed.Uploads ?? []) {
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })).catch(unlessGone)
    }
    KeyMarker = listed.IsTruncated ? listed.NextKeyMarker : undefined
    UploadIdMarker = listed.NextUploadIdMarker
  } while (KeyMarker !== undefined)
}

/** Ignores an upload that was completed or aborted since it was listed. */
function unlessGone(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'NoSuchUpload') throw error
}
