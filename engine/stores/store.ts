/** The port to object storage. Every method throws `StorageUnavailable` if the store fails. */

export interface ObjectHeaders {
  contentType: string
  /** The file name for browsers (RFC 6266). */
  contentDisposition?: string
  /**
   * The ETag of the object that the new one replaces, or null if there must be none; otherwise nothing is written.
   * Undefined overwrites whatever is there.
   */
  replaces?: string | null
}

/** What is known of a stored object without reading it. */
export interface StoredObject {
  etag: string
  bytes: number
  /** CRC-32 of the whole object in eight lower-case hexadecimal digits; null if the store has none. */
  crc32: string | null
}

/** An object in a listing. */
export interface ListedObject {
  key: string
  etag: string
  bytes: number
}

export interface Store {
  /** Named in messages and in the manifest. */
  bucket: string
  /** Returns null if there is no such object. */
  head(key: string): Promise<StoredObject | null>
  /** Writes a whole small object; the store checks the CRC-32 on arrival. */
  put(key: string, bytes: Uint8Array, crc32: number, headers: ObjectHeaders): Promise<StoredObject>
  /** Returns bytes `from` ≤ i < `to`, at least one, of the object if it still has this ETag; null if it has changed or is gone. */
  read(key: string, etag: string, from: number, to: number): Promise<Uint8Array | null>
  /** Starts an object of many parts. It is invisible until `complete`. */
  startUpload(key: string, headers: ObjectHeaders): Promise<Upload>
  /** Continues an upload that another process started; null if it was completed, aborted or has expired. */
  resumeUpload(key: string, uploadId: string): Promise<Upload | null>
  /** Lists all objects under the prefix, in the order of their keys. */
  list(prefix: string): Promise<ListedObject[]>
  /** Deletes all objects and aborts all uploads under the prefix, if there are any. */
  discard(prefix: string): Promise<void>
  /** Aborts all uploads under the prefix. */
  abortUploads(prefix: string): Promise<void>
}

export interface Upload {
  /** The id with which another process can resume the upload. */
  readonly id: string
  /** Bytes of the parts that exist, by part number. */
  readonly parts: ReadonlyMap<number, number>
  /**
   * Uploads a part. Part numbers begin with 1 and may come in any order. The caller must not change the bytes until the
   * promise resolves.
   */
  part(number: number, bytes: Uint8Array, crc32: number): Promise<void>
  /** Copies bytes `from` ≤ i < `to` of another object; false if it no longer has this ETag or is gone. */
  copy(number: number, source: CopySource): Promise<boolean>
  /** Makes the object visible after the store has checked length and CRC-32 of the whole; null if they differ. */
  complete(whole: { bytes: number; crc32: number }): Promise<StoredObject | null>
  /** Aborts the upload, leaving nothing behind. May be called twice; never throws. */
  abort(): Promise<void>
}

/** Bytes `from` ≤ i < `to` of an object. */
export interface CopySource {
  key: string
  etag: string
  from: number
  to: number
  /** Whether the range is the whole object. */
  whole: boolean
}
