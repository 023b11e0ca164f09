/**
 * The object store on S3. Every object is sent with its CRC-32, which S3 verifies. For objects in parts, S3 computes
 * the CRC-32 of the whole and compares it with ours on completion.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 *
 * Files are uploaded in parts of our own, not through lib-storage's `Upload` (docs/decisions.md has the numbers).
 */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { crcToHex } from '../../statemachine/crc-hex.ts'
import { StorageUnavailable } from '../../statemachine/errors.ts'
import { abortUploads, discardPrefix, objectsUnder } from './s3-discard.ts'
import { sendInSlices } from './sliced-body.ts'
import type { CopySource, ObjectHeaders, Store, StoredObject, Upload } from './store.ts'

export interface S3StoreOptions {
  client: S3Client
  bucket: string
}

export function s3Store({ client, bucket }: S3StoreOptions): Store {
  sendUnsigned(client)
  sendInSlices(client)
  const wrong = (what: string, error: unknown) => toUnavailable(what, bucket, error)

  const store: Store = {
    bucket,

    async head(key) {
      try {
        const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }))
        return { etag: found.ETag ?? '', bytes: found.ContentLength!, crc32: fromBase64(found.ChecksumCRC32) }
      } catch (error) {
        if (nameOf(error) === 'NotFound' || nameOf(error) === 'NoSuchKey') return null
        throw wrong(`look at ${key}`, error)
      }
    },

    async put(key, bytes, crc32, headers) {
      try {
        const stored = await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: bytes,
            ChecksumCRC32: toBase64(crc32),
            ContentType: headers.contentType,
            ContentDisposition: headers.contentDisposition,
            ...conditionOf(headers),
          }),
        )
        return { etag: stored.ETag ?? '', bytes: bytes.length, crc32: crcToHex(crc32) }
      } catch (error) {
        const same = isTaken(error) && (await storedAlready(store, key, { bytes: bytes.length, crc32 }))
        if (same) return same
        throw wrong(`write ${key}`, error)
      }
    },

    async read(key, etag, from, to) {
      try {
        const found = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag, Range: `bytes=${from}-${to - 1}` }),
        )
        return (await found.Body?.transformToByteArray()) ?? null
      } catch (error) {
        if (isGone(error)) return null
        throw wrong(`read ${key}`, error)
      }
    },

    async startUpload(key, headers) {
      try {
        const started = await client.send(
          new CreateMultipartUploadCommand({
            Bucket: bucket,
            Key: key,
            ChecksumAlgorithm: 'CRC32',
            ChecksumType: 'FULL_OBJECT',
            ContentType: headers.contentType,
            ContentDisposition: headers.contentDisposition,
          }),
        )
        return new S3Upload({ client, bucket, key, uploadId: started.UploadId!, store, headers })
      } catch (error) {
        throw wrong(`begin ${key}`, error)
      }
    },

    async resumeUpload(key, uploadId) {
      const upload = new S3Upload({ client, bucket, key, uploadId, store, headers: {} })
      return (await upload.findParts()) ? upload : null
    },

    async list(prefix) {
      try {
        return await objectsUnder(client, bucket, prefix)
      } catch (error) {
        throw wrong(`list ${prefix}`, error)
      }
    },

    async discard(prefix) {
      try {
        await discardPrefix(client, bucket, prefix)
      } catch (error) {
        throw wrong(`discard ${prefix}`, error)
      }
    },

    async abortUploads(prefix) {
      try {
        await abortUploads(client, bucket, prefix)
      } catch (error) {
        throw wrong(`end the uploads of ${prefix}`, error)
      }
    },
  }
  return store
}

class S3Upload implements Upload {
  readonly #client: S3Client
  readonly #store: Store
  readonly #upload: { Bucket: string; Key: string; UploadId: string }
  readonly #condition: ReturnType<typeof conditionOf>
  readonly #completed = new Map<number, CompletedPart>()
  readonly parts = new Map<number, number>()

  constructor(given: {
    client: S3Client
    bucket: string
    key: string
    uploadId: string
    store: Store
    headers: Pick<ObjectHeaders, 'replaces'>
  }) {
    this.#client = given.client
    this.#store = given.store
    this.#upload = { Bucket: given.bucket, Key: given.key, UploadId: given.uploadId }
    this.#condition = conditionOf(given.headers)
  }

  get id(): string {
    return this.#upload.UploadId
  }

  /** @returns false if there is no such upload, or no longer */
  async findParts(): Promise<boolean> {
    try {
      let PartNumberMarker: string | undefined
      do {
        const page = await this.#client.send(new ListPartsCommand({ ...this.#upload, PartNumberMarker }))
        for (const { PartNumber, ETag, ChecksumCRC32, Size } of page.Parts ?? []) {
          this.#add({ PartNumber, ETag, ChecksumCRC32 }, Size!)
        }
        // The SDK's paginator would loop forever, because the last page has a marker too.
        PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined
      } while (PartNumberMarker !== undefined)
      return true
    } catch (error) {
      if (nameOf(error) === 'NoSuchUpload') return false
      throw toUnavailable(`list the parts of ${this.#upload.Key}`, this.#upload.Bucket, error)
    }
  }

  #add(part: CompletedPart, bytes: number): void {
    this.#completed.set(part.PartNumber!, part)
    this.parts.set(part.PartNumber!, bytes)
  }

  async part(number: number, bytes: Uint8Array, crc32: number): Promise<void> {
    const ChecksumCRC32 = toBase64(crc32)
    try {
      const { ETag } = await this.#client.send(
        new UploadPartCommand({ ...this.#upload, PartNumber: number, Body: bytes, ChecksumCRC32 }),
      )
      this.#add({ PartNumber: number, ETag, ChecksumCRC32 }, bytes.length)
    } catch (error) {
      throw toUnavailable(`write part ${number} of ${this.#upload.Key}`, this.#upload.Bucket, error)
    }
  }

  async copy(number: number, source: CopySource) {
    try {
      const { CopyPartResult } = await this.#client.send(
        new UploadPartCopyCommand({
          ...this.#upload,
          PartNumber: number,
          CopySource: `${this.#upload.Bucket}/${source.key.split('/').map(encodeURIComponent).join('/')}`,
          CopySourceIfMatch: source.etag,
          // S3 accepts a range only for objects over 5 MiB, and a whole object does not need one.
          ...(source.whole ? {} : { CopySourceRange: `bytes=${source.from}-${source.to - 1}` }),
        }),
      )
      const { ETag, ChecksumCRC32 } = CopyPartResult ?? {}
      this.#add({ PartNumber: number, ETag, ChecksumCRC32 }, source.to - source.from)
      return true
    } catch (error) {
      if (isGone(error)) return false
      throw toUnavailable(`copy ${source.key} into ${this.#upload.Key}`, this.#upload.Bucket, error)
    }
  }

  async complete(whole: { bytes: number; crc32: number }): Promise<StoredObject | null> {
    const Parts = [...this.#completed.values()].sort((a, b) => a.PartNumber! - b.PartNumber!)
    try {
      const { ETag } = await this.#client.send(
        new CompleteMultipartUploadCommand({
          ...this.#upload,
          MultipartUpload: { Parts },
          ...wholeOf(whole),
          ...this.#condition,
        }),
      )
      return { etag: ETag ?? '', bytes: whole.bytes, crc32: crcToHex(whole.crc32) }
    } catch (error) {
      const { Bucket: bucket, Key: key } = this.#upload
      return await completedAlready(error, { store: this.#store, bucket, key, whole })
    }
  }

  async abort(): Promise<void> {
    // The upload was completed or aborted already; otherwise the bucket's lifecycle rule ends it.
    await this.#client.send(new AbortMultipartUploadCommand(this.#upload)).catch(() => {})
  }
}

/** What S3 compares with its own values before the object becomes visible. */
export function wholeOf({ bytes, crc32 }: { bytes: number; crc32: number }) {
  return { ChecksumCRC32: toBase64(crc32), ChecksumType: 'FULL_OBJECT', MpuObjectSize: bytes } as const
}

/** @returns null if S3 has other bytes; the object if an earlier attempt completed it @throws StorageUnavailable */
export async function completedAlready(
  error: unknown,
  at: { store: Store; bucket: string; key: string; whole: { bytes: number; crc32: number } },
): Promise<StoredObject | null> {
  if (isMismatch(error)) return null
  // The SDK's retry finds no upload if the first response was lost on its way.
  const mayBeThere = nameOf(error) === 'NoSuchUpload' || isTaken(error)
  const same = mayBeThere && (await storedAlready(at.store, at.key, at.whole))
  if (same) return same
  throw toUnavailable(`complete ${at.key}`, at.bucket, error)
}

/**
 * Disables hashing of bodies with SHA-256, which would cost more than everything else that is done to the bytes. The
 * signature covers the headers, which include the body's CRC-32.
 */
function sendUnsigned(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { method?: string; headers?: Record<string, string> }
      if (request.method === 'PUT' && request.headers?.['x-amz-checksum-crc32']) {
        request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'
      }
      return next(args)
    },
    { step: 'build', name: 'carryoutUnsignedPayload', priority: 'low', override: true },
  )
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function conditionOf({
  replaces,
}: Pick<ObjectHeaders, 'replaces'>): Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'> {
  return replaces === null ? { IfNoneMatch: '*' } : { IfMatch: replaces }
}

/** Whether S3 refused a write because of its condition: another object is there, or one is being written. */
function isTaken(error: unknown): boolean {
  return ['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'].includes(nameOf(error))
}

/** Returns the object if a write finds its place taken by its own bytes, from an attempt whose response was lost. */
async function storedAlready(
  store: Store,
  key: string,
  whole: { bytes: number; crc32: number },
): Promise<StoredObject | null> {
  const stored = await store.head(key)
  return stored?.bytes === whole.bytes && stored.crc32 === crcToHex(whole.crc32) ? stored : null
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

function isGone(error: unknown): boolean {
  const name = nameOf(error)
  return name === 'NoSuchKey' || name === 'NotFound' || name === 'PreconditionFailed' || name === 'InvalidRange'
}

/** Whether S3 found that the length or checksum of the whole differs. */
function isMismatch(error: unknown): boolean {
  const name = nameOf(error)
  if (name === 'BadDigest' || name === 'EntityTooSmall' || name === 'InvalidPart') return true
  return name === 'InvalidRequest' && /size|checksum/i.test(error instanceof Error ? error.message : '')
}

export function toUnavailable(what: string, bucket: string, error: unknown): StorageUnavailable {
  const name = nameOf(error)
  const options = { cause: error }
  if (name === 'NoSuchBucket')
    return new StorageUnavailable(`There is no bucket ${bucket}: deploy the stack again`, options)
  if (error instanceof S3ServiceException) {
    const status = error.$metadata?.httpStatusCode
    return new StorageUnavailable(
      `S3 did not ${what} in ${bucket}: ${name}${status ? ` (${status})` : ''} ${error.message}`,
      options,
    )
  }
  return new StorageUnavailable(
    `S3 could not be reached to ${what}: ${error instanceof Error ? error.message : error}`,
    options,
  )
}

function toBase64(crc: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc)
  return bytes.toString('base64')
}

/** A composite checksum (of the parts' checksums, `…-3`) says nothing about the bytes. */
function fromBase64(checksum: string | undefined): string | null {
  if (!checksum || checksum.includes('-')) return null
  return Buffer.from(checksum, 'base64').toString('hex')
}
