import type { DatabaseSync } from 'node:sqlite'
import type { Checksum } from '../checksums.ts'
import { noSuchKey } from '../errors.ts'
import type { Tags } from '../tags.ts'

/** An object without its data. */
export interface StoredObject {
  bucket: string
  key: string
  /** The id of its segments. */
  content: string
  /** Bytes. */
  size: number
  /** Without quotes. */
  etag: string
  /** Milliseconds since 1970, in whole seconds as in S3. */
  modified: number
  /** Headers of its responses: Content-Type and others, `x-amz-meta-…`; lower-case names. */
  headers: Record<string, string>
  checksum: Checksum | undefined
  tags: Tags
  /** The upload that made it, for an object in parts. */
  uploadId: string | undefined
  /** The number of parts; undefined for an object written at once. */
  partCount: number | undefined
}

/** A part of an object, from the completion of its upload. */
export interface ObjectPart {
  /** Numbered from 1, without gaps in the upload's numbers. */
  number: number
  size: number
  /** Base64, with the object's algorithm. */
  checksum: string
}

const COLUMNS = 'bucket, key, content, size, etag, modified, headers, checksum, tags, upload_id, part_count'

export class Objects {
  readonly #statements
  constructor(store: DatabaseSync) {
    store.exec(`
      CREATE TABLE IF NOT EXISTS s3_objects (
        bucket TEXT NOT NULL, key TEXT NOT NULL, content TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
        modified INTEGER NOT NULL, headers TEXT NOT NULL, checksum TEXT, tags TEXT NOT NULL, upload_id TEXT,
        part_count INTEGER, parts TEXT,
        PRIMARY KEY (bucket, key)
      ) STRICT;`)
    this.#statements = {
      get: store.prepare(`SELECT ${COLUMNS} FROM s3_objects WHERE bucket = ? AND key = ?`),
      parts: store.prepare('SELECT parts FROM s3_objects WHERE bucket = ? AND key = ?'),
      put: store.prepare(
        `INSERT OR REPLACE INTO s3_objects (${COLUMNS}, parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      withContent: store.prepare('SELECT bucket, key FROM s3_objects WHERE content = ?'),
      setTags: store.prepare('UPDATE s3_objects SET tags = ? WHERE bucket = ? AND key = ?'),
      remove: store.prepare('DELETE FROM s3_objects WHERE bucket = ? AND key = ?'),
      // Keys compare as UTF-8 bytes, in SQLite as in S3.
      from: store.prepare(`SELECT ${COLUMNS} FROM s3_objects WHERE bucket = ? AND key >= ? ORDER BY key`),
      after: store.prepare(`SELECT ${COLUMNS} FROM s3_objects WHERE bucket = ? AND key > ? ORDER BY key`),
    }
  }

  find(bucket: string, key: string): StoredObject | undefined {
    const row = this.#statements.get.get(bucket, key)
    return row && toObject(row)
  }

  /** @throws S3Error NoSuchKey */
  get(bucket: string, key: string): StoredObject {
    const found = this.find(bucket, key)
    if (!found) throw noSuchKey(key)
    return found
  }

  /** Returns the parts of an object. There may be many, so they are read only on demand. */
  parts(bucket: string, key: string): ObjectPart[] {
    const row = this.#statements.parts.get(bucket, key)
    return typeof row?.parts === 'string' ? (JSON.parse(row.parts) as ObjectPart[]) : []
  }

  put(object: StoredObject, parts?: readonly ObjectPart[]): void {
    this.#statements.put.run(
      object.bucket,
      object.key,
      object.content,
      object.size,
      object.etag,
      object.modified,
      JSON.stringify(object.headers),
      object.checksum ? JSON.stringify(object.checksum) : null,
      JSON.stringify(object.tags),
      object.uploadId ?? null,
      object.partCount ?? null,
      parts ? JSON.stringify(parts) : null,
    )
  }

  withContent(content: string): { bucket: string; key: string } | undefined {
    return this.#statements.withContent.get(content) as { bucket: string; key: string } | undefined
  }

  setTags(bucket: string, key: string, tags: Tags): void {
    this.#statements.setTags.run(JSON.stringify(tags), bucket, key)
  }

  remove(bucket: string, key: string): void {
    this.#statements.remove.run(bucket, key)
  }

  /**
   * Yields objects in key order, from the key on (`inclusive`) or after it. Nothing may be changed during the
   * iteration.
   */
  *iterate(bucket: string, key = '', inclusive = true): Generator<StoredObject> {
    for (const row of this.#statements[inclusive ? 'from' : 'after'].iterate(bucket, key)) yield toObject(row)
  }

  isEmpty(bucket: string): boolean {
    return this.#statements.from.get(bucket, '') === undefined
  }
}

function toObject(row: Record<string, unknown>): StoredObject {
  return {
    bucket: row.bucket as string,
    key: row.key as string,
    content: row.content as string,
    size: row.size as number,
    etag: row.etag as string,
    modified: row.modified as number,
    headers: JSON.parse(row.headers as string) as Record<string, string>,
    checksum: row.checksum === null ? undefined : (JSON.parse(row.checksum as string) as Checksum),
    tags: JSON.parse(row.tags as string) as Tags,
    uploadId: (row.upload_id as string | null) ?? undefined,
    partCount: (row.part_count as number | null) ?? undefined,
  }
}
