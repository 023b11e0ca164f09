/** A bucket that keeps lengths instead of bytes, and counts the requests that S3 would get. */

import { partSizeBytes } from '../../engine/stores/part-size.ts'
import type { ListedObject, Store, StoredObject, Upload } from '../../engine/stores/store.ts'
import { crcToHex } from '../../statemachine/crc-hex.ts'
import type { Counter } from './usage.ts'

/** Number of objects that S3 lists per request. */
const LISTED_AT_ONCE = 1000

export interface Bucket extends Store {
  /** Stores a chunk's length, and counts the requests that writing it takes. */
  write(key: string, bytes: number): ListedObject
  /** Number of parts that were copied inside S3, and the size of the largest. */
  copied: { parts: number; mostBytes: number }
}

export function createBucket({ storage }: Pick<Counter, 'storage'>): Bucket {
  const objects = new Map<string, StoredObject>()
  let etags = 0
  const keep = (key: string, bytes: number, crc32: string) => {
    const object = { etag: `"${++etags}"`, bytes, crc32 }
    objects.set(key, object)
    return object
  }
  const list = (prefix: string) => {
    const found = [...objects].filter(([key]) => key.startsWith(prefix)).map(([key, object]) => ({ key, ...object }))
    storage.writes += Math.max(1, Math.ceil(found.length / LISTED_AT_ONCE))
    return found
  }
  const bucket: Bucket = {
    bucket: 'simulated',
    copied: { parts: 0, mostBytes: 0 },
    write(key, bytes) {
      const parts = partsOf(bytes)
      // A single part takes one PutObject; more parts take one request each, and one to begin and one to complete the upload.
      storage.writes += parts === 1 ? 1 : parts + 2
      return { key, ...keep(key, bytes, '00000000') }
    },
    async head(key) {
      storage.reads++
      return objects.get(key) ?? null
    },
    async put(key, bytes, crc32) {
      storage.writes++
      return keep(key, bytes.length, crcToHex(crc32))
    },
    async read(_key, _etag, from, to) {
      storage.reads++
      return new Uint8Array(to - from)
    },
    async startUpload(key) {
      storage.writes++
      return uploadOf(key)
    },
    async resumeUpload(key) {
      storage.reads++
      return uploadOf(key)
    },
    list: async (prefix) => list(prefix),
    async discard(prefix) {
      for (const { key } of list(prefix)) objects.delete(key)
      await bucket.abortUploads(prefix)
    },
    async abortUploads() {
      storage.writes++
    },
  }

  function uploadOf(key: string): Upload {
    const parts = new Map<number, number>()
    return {
      id: 'upload',
      parts,
      async part(number, bytes) {
        storage.writes++
        parts.set(number, bytes.length)
      },
      async copy(number, { from, to }) {
        storage.writes++
        parts.set(number, to - from)
        bucket.copied.parts++
        bucket.copied.mostBytes = Math.max(bucket.copied.mostBytes, to - from)
        return true
      },
      async complete({ bytes, crc32 }) {
        storage.writes++
        return keep(key, bytes, crcToHex(crc32))
      },
      abort: async () => {},
    }
  }
  return bucket
}

function partsOf(bytes: number): number {
  let parts = 0
  for (let left = bytes; left > 0 || parts === 0; parts++) left -= partSizeBytes(parts + 1)
  return parts
}
