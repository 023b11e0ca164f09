/** The port to where objects lie. Every method throws `StorageUnavailable` when the store does not do its part. */

export interface ObjectHeaders {
  contentType: string
  /** How a browser names the file it saves (RFC 6266). */
  contentDisposition?: string
  /**
   * The ETag of the object that the new one takes the place of, null for none: with anything else there nothing is
   * written. Left out, whatever lies there is written over.
   */
  replaces?: string | null
}

/** What is known of a stored object without reading it. */
export interface StoredObject {
  etag: string
  bytes: number
  /** Of the whole object, eight lower-case hexadecimal digits; null where the store kept none. */
  crc32: string | null
}

/** What a listing tells of an object. */
export interface ListedObject {
  key: string
  etag: string
  bytes: number
}

export interface Store {
  /** Named in messages and in the manifest. */
  bucket: string
  /** Null when there is no such object. */
  head(key: string): Promise<StoredObject | null>
  /** Writes a whole small object; the store checks the CRC-32 on arrival. */
  put(key: string, bytes: Uint8Array, crc32: number, headers: ObjectHeaders): Promise<StoredObject>
  /** Bytes `from` ≤ i < `to` of the object if it still has this ETag; null when it has not, or is gone. */
  read(key: string, etag: string, from: number, to: number): Promise<Uint8Array | null>
  /** Starts an object of many parts. Nothing can be seen under the key before `complete`. */
  startUpload(key: string, headers: ObjectHeaders): Promise<Upload>
  /** Goes on with an upload that another process started; null when it was completed, aborted or has expired. */
  resumeUpload(key: string, uploadId: string): Promise<Upload | null>
  /** All objects whose keys begin so, in the order of their keys. */
  list(prefix: string): Promise<ListedObject[]>
  /** Deletes every object, and ends every upload, whose key begins so. That there is none is not an error. */
  discard(prefix: string): Promise<void>
  /** Ends every upload whose key begins so. */
  abortUploads(prefix: string): Promise<void>
}

export interface Upload {
  /** By which another process can resume it. */
  readonly id: string
  /** Bytes of the parts that are there, by their numbers. */
  readonly parts: ReadonlyMap<number, number>
  /** Part numbers begin with 1 and need not come in order. The bytes belong to the store until it resolves. */
  part(number: number, bytes: Uint8Array, crc32: number): Promise<void>
  /** Copies bytes `from` ≤ i < `to` of another object; false when it no longer has this ETag, or is gone. */
  copy(number: number, source: CopySource): Promise<boolean>
  /** Makes the object visible once the store has checked length and CRC-32 of the whole; null when they differ. */
  complete(whole: { bytes: number; crc32: number }): Promise<StoredObject | null>
  /** Leaves nothing behind. May be called twice; never throws. */
  abort(): Promise<void>
}

/** Bytes `from` ≤ i < `to` of an object. */
export interface CopySource {
  key: string
  etag: string
  from: number
  to: number
  /** That is all of it. */
  whole: boolean
}
