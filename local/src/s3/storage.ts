/** The local S3's storage: buckets, objects, uploads and their data; each change is one transaction. */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '../transaction.ts'
import { Blobs, type Segment } from './blobs.ts'
import type { Digests } from './body.ts'
import { type Algorithm, digest } from './checksums.ts'
import type { WriteCondition } from './conditions.ts'
import { S3Error } from './errors.ts'
import { abortOf, expiryOf, type LifecycleRule } from './lifecycle.ts'
import { Buckets } from './store/buckets.ts'
import { Contents } from './store/contents.ts'
import { type ObjectPart, Objects, type StoredObject } from './store/objects.ts'
import { type Part, type Upload, Uploads } from './store/uploads.ts'

export class Storage {
  readonly #store: DatabaseSync
  readonly buckets: Buckets
  readonly objects: Objects
  readonly uploads: Uploads
  readonly contents: Contents
  readonly blobs: Blobs

  constructor(store: DatabaseSync, directory: string) {
    this.#store = store
    this.buckets = new Buckets(store)
    this.objects = new Objects(store)
    this.uploads = new Uploads(store)
    this.contents = new Contents(store)
    this.blobs = new Blobs(join(directory, 'blobs'), (blob) => this.contents.isReferenced(blob))
  }

  /**
   * Writes an object, replacing the one with its key.
   *
   * @param segments of blobs that the caller holds
   * @throws S3Error NoSuchBucket, or the condition's error
   */
  putObject(
    object: Omit<StoredObject, 'content'>,
    segments: readonly Segment[],
    condition: WriteCondition,
    parts?: readonly ObjectPart[],
  ): StoredObject {
    return this.#change((dropped) => {
      this.buckets.get(object.bucket)
      const current = this.objects.find(object.bucket, object.key)
      condition(current)
      // The new content is added first, so that shared blobs stay referred to.
      const stored = { ...object, content: this.contents.add(segments) }
      if (current) dropped.push(...this.contents.remove(current.content))
      this.objects.put(stored, parts)
      if (object.uploadId) dropped.push(...this.#removeUpload(object.uploadId))
      return stored
    })
  }

  /** Deletes the object if there is one. */
  removeObject(bucket: string, key: string, condition: WriteCondition = () => {}): void {
    this.#change((dropped) => {
      this.buckets.get(bucket)
      const current = this.objects.find(bucket, key)
      condition(current)
      if (!current) return
      this.objects.remove(bucket, key)
      dropped.push(...this.contents.remove(current.content))
    })
  }

  /**
   * Writes a part, replacing the one with its number.
   *
   * @throws S3Error NoSuchUpload if the upload was aborted or completed in the meantime
   */
  putPart(upload: Upload, part: Omit<Part, 'content'>, segments: readonly Segment[]): void {
    this.#change((dropped) => {
      this.uploads.get(upload.id, upload.bucket, upload.key)
      const current = this.uploads.findPart(upload.id, part.number)
      this.uploads.putPart(upload.id, { ...part, content: this.contents.add(segments) })
      if (current) dropped.push(...this.contents.remove(current.content))
    })
  }

  removeUpload(upload: Upload): void {
    this.#change((dropped) => dropped.push(...this.#removeUpload(upload.id)))
  }

  /** @throws S3Error NoSuchBucket, BucketNotEmpty */
  removeBucket(name: string): void {
    this.#change((dropped) => {
      this.buckets.get(name)
      if (!this.objects.isEmpty(name)) {
        throw new S3Error('BucketNotEmpty', 409, 'The bucket you tried to delete is not empty', { BucketName: name })
      }
      for (const upload of this.uploads.all(name)) dropped.push(...this.#removeUpload(upload.id))
      this.buckets.remove(name)
    })
  }

  /** Deletes what the bucket's rules let expire. */
  sweep(bucket: string, rules: readonly LifecycleRule[], now: number): void {
    for (const upload of this.uploads.all(bucket)) {
      const at = abortOf(rules, upload)
      if (at !== undefined && at <= now) this.removeUpload(upload)
    }
    const expired: string[] = []
    for (const object of this.objects.iterate(bucket)) {
      const expiry = expiryOf(rules, object)
      if (expiry && expiry.at <= now) expired.push(object.key)
    }
    for (const key of expired) this.removeObject(bucket, key)
  }

  /**
   * Drops objects and parts whose data was deleted or truncated, so that it is exported again.
   *
   * @returns the objects' keys
   */
  forgetLost(): string[] {
    const keys: string[] = []
    for (const content of this.contents.damaged((blob) => this.blobs.sizeOf(blob))) {
      this.#change((dropped) => {
        const object = this.objects.withContent(content)
        if (object) {
          keys.push(object.key)
          this.objects.remove(object.bucket, object.key)
        } else this.uploads.removePartWithContent(content)
        dropped.push(...this.contents.remove(content))
      })
    }
    return keys
  }

  /** Returns MD5 and checksums of segments, which the caller holds; reads them only if they are not known. */
  async digestsOf(segments: readonly Segment[], algorithms: readonly Algorithm[]): Promise<Digests> {
    const known = segments.length === 1 ? this.contents.digests(segments[0]!) : undefined
    if (known && algorithms.every((algorithm) => known.checksums[algorithm])) return known
    const md5 = digest('MD5')
    const running = algorithms.map((algorithm) => [algorithm, digest(algorithm)] as const)
    for await (const piece of this.blobs.read(segments)) {
      md5.update(piece)
      for (const [, one] of running) one.update(piece)
    }
    return {
      md5: Buffer.from(await md5.finish(), 'base64').toString('hex'),
      checksums: Object.fromEntries(
        await Promise.all(running.map(async ([algorithm, one]) => [algorithm, await one.finish()] as const)),
      ),
    }
  }

  /** @returns the blobs that may no longer be referred to */
  #removeUpload(id: string): string[] {
    const dropped = this.uploads.parts(id).flatMap((part) => this.contents.remove(part.content))
    this.uploads.remove(id)
    return dropped
  }

  /** Deletes blobs only after the store no longer names them. */
  #change<T>(work: (dropped: string[]) => T): T {
    const dropped: string[] = []
    const result = transaction(this.#store, () => work(dropped))
    void this.blobs.drop(dropped)
    return result
  }
}
