/**
 * Uploads a stream with back-pressure through lib-storage's `Upload`, and adds two things to its commands: S3 compares
 * the length and CRC-32 of the whole with ours before the object becomes visible, and the first failed part ends the
 * upload. Otherwise, the library would read its stream to the end.
 */
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { CompleteMultipartUploadCommandInput, S3Client } from '@aws-sdk/client-s3'
import { Upload as LibraryUpload } from '@aws-sdk/lib-storage'
import { MIN_PART_BYTES } from '../engine/stores/part-size.ts'
import {
  completedAlready,
  conditionOf,
  type S3StoreOptions,
  s3Store,
  toUnavailable,
  wholeOf,
} from '../engine/stores/s3.ts'
import type { ObjectHeaders, Store, Upload } from '../engine/stores/store.ts'
import { crcToHex } from '../statemachine/crc-hex.ts'

/** Size of the pieces that the library gets. It would join every two whole parts, which takes half as much time again. */
const PIECE_BYTES = 256 * 1024
/**
 * Number of concurrent parts. With the smallest part size, the parts in flight, the part being filled and the buffered
 * bytes should take no more memory than direct parts.
 */
const PARTS_IN_FLIGHT = 2

/**
 * An S3 store that uploads through lib-storage. No export uses it. docs/decisions.md explains why with figures, and the
 * side `libStorage` of the benchmark shows when they change.
 */
export function streamStore({ client, bucket }: S3StoreOptions): Store {
  const store = s3Store({ client, bucket })
  return { ...store, startUpload: async (key, headers) => startStream({ client, bucket, key, store, headers }) }
}

function startStream(given: {
  client: S3Client
  bucket: string
  key: string
  store: Store
  headers: ObjectHeaders
}): Upload {
  const { client, bucket, key, store, headers } = given
  const upload = new StreamUpload(client, {
    Bucket: bucket,
    Key: key,
    ContentType: headers.contentType,
    ContentDisposition: headers.contentDisposition,
  })
  const parts = new Map<number, number>()
  const unavailable = (what: string, error: unknown) => toUnavailable(`${what} ${key}`, bucket, error)
  return {
    id: '',
    parts,
    async part(number, bytes) {
      await upload.write(bytes).catch((error) => {
        throw unavailable(`write part ${number} of`, error)
      })
      parts.set(number, bytes.length)
    },
    copy: () => Promise.reject(new TypeError('A stream cannot copy parts')),
    async complete(whole) {
      try {
        const etag = await upload.complete({ ...wholeOf(whole), ...conditionOf(headers) })
        return { etag, bytes: whole.bytes, crc32: crcToHex(whole.crc32) }
      } catch (error) {
        return await completedAlready(error, { store, bucket, key, whole })
      }
    },
    abort: () => upload.abort(),
  }
}

class StreamUpload {
  readonly #stream = new PassThrough({ highWaterMark: 2 * PIECE_BYTES })
  readonly #done: Promise<{ ETag?: string | undefined }>
  /** Pieces enter the stream one after the other, although parts are given concurrently. */
  #written: Promise<void> = Promise.resolve()
  #whole: CompleteMultipartUploadCommandInput | undefined

  /** @param params input of CreateMultipartUpload; its conditions apply on completion */
  constructor(
    client: S3Client,
    params: { Bucket: string; Key: string; IfMatch?: string; IfNoneMatch?: string; [name: string]: unknown },
  ) {
    const send: S3Client['send'] = async (command: Parameters<S3Client['send']>[0]) => {
      // CompleteMultipartUpload is recognized by its input, because a bundle may contain the command's class twice.
      if ('MultipartUpload' in command.input) Object.assign(command.input, this.#whole)
      try {
        return await client.send(command)
      } catch (error) {
        this.#stream.destroy(error as Error)
        throw error
      }
    }
    const upload = new LibraryUpload({
      client: Object.create(client, { send: { value: send } }) as S3Client,
      params: { ...params, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT', Body: this.#stream },
      partSize: MIN_PART_BYTES,
      queueSize: PARTS_IN_FLIGHT,
      leavePartsOnError: false,
    })
    this.#done = upload.done()
    // `complete` and `abort` await the promise later. Until then, this prevents an unhandled rejection.
    this.#done.catch(() => undefined)
    this.#stream.on('error', () => undefined)
  }

  /** Resolves once the bytes are copied and may be overwritten. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#written = this.#written.then(() => this.#push(bytes))
    await this.#written
  }

  async #push(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      if (this.#stream.destroyed) return void (await this.#done)
      const isReady = this.#stream.write(Buffer.from(bytes.subarray(at, at + PIECE_BYTES)))
      // Rejects with the error that the stream was destroyed with.
      if (!isReady) await once(this.#stream, 'drain')
    }
  }

  /** @returns the object's ETag */
  async complete(whole: Omit<CompleteMultipartUploadCommandInput, 'Bucket' | 'Key' | 'UploadId'>): Promise<string> {
    await this.#written
    this.#whole = whole as CompleteMultipartUploadCommandInput
    this.#stream.end()
    const { ETag = '' } = await this.#done
    return ETag
  }

  /** Discards all parts: the library aborts the upload once its stream has failed. */
  async abort(): Promise<void> {
    this.#stream.destroy(new Error('The upload was aborted'))
    await this.#done.catch(() => undefined)
  }
}
