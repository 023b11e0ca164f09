import type { DatabaseSync } from 'node:sqlite'
import type { Algorithm, Checksums, ChecksumType } from '../checksums.ts'
import { noSuchUpload } from '../errors.ts'
import type { Tags } from '../tags.ts'

/** A multipart upload in progress. */
export interface Upload {
  /** Sorts by start time. */
  id: string
  bucket: string
  key: string
  /** Milliseconds since 1970. */
  initiated: number
  headers: Record<string, string>
  tags: Tags
  checksum: {
    algorithm: Algorithm
    type: ChecksumType
    /** Whether its sender chose it; otherwise it is S3's default, and each part may have any kind of checksum. */
    chosen: boolean
  }
}

export interface Part {
  number: number
  content: string
  size: number
  /** Without quotes. */
  etag: string
  checksums: Checksums
  /** The algorithm of the checksum that was sent with it. */
  declared: Algorithm | undefined
  /** Milliseconds since 1970. */
  modified: number
}

export class Uploads {
  readonly #statements
  constructor(store: DatabaseSync) {
    store.exec(`
      CREATE TABLE IF NOT EXISTS s3_uploads (
        id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, initiated INTEGER NOT NULL, headers TEXT NOT NULL,
        tags TEXT NOT NULL, checksum TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS s3_uploads_by_key ON s3_uploads (bucket, key, id);
      CREATE TABLE IF NOT EXISTS s3_parts (
        upload TEXT NOT NULL, number INTEGER NOT NULL, content TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
        checksums TEXT NOT NULL, declared TEXT, modified INTEGER NOT NULL,
        PRIMARY KEY (upload, number)
      ) STRICT, WITHOUT ROWID;`)
    this.#statements = {
      add: store.prepare(
        'INSERT INTO s3_uploads (id, bucket, key, initiated, headers, tags, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ),
      get: store.prepare('SELECT * FROM s3_uploads WHERE id = ? AND bucket = ? AND key = ?'),
      remove: store.prepare('DELETE FROM s3_uploads WHERE id = ?'),
      all: store.prepare('SELECT * FROM s3_uploads WHERE bucket = ? ORDER BY key, id'),
      putPart: store.prepare(
        `INSERT OR REPLACE INTO s3_parts (upload, number, content, size, etag, checksums, declared, modified)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      part: store.prepare('SELECT * FROM s3_parts WHERE upload = ? AND number = ?'),
      parts: store.prepare('SELECT * FROM s3_parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?'),
      removePart: store.prepare('DELETE FROM s3_parts WHERE content = ?'),
      removeParts: store.prepare('DELETE FROM s3_parts WHERE upload = ?'),
    }
  }

  add(upload: Upload): void {
    const { id, bucket, key, initiated, headers, tags, checksum } = upload
    const [headersJson, tagsJson, checksumJson] = [headers, tags, checksum].map((value) => JSON.stringify(value))
    this.#statements.add.run(id, bucket, key, initiated, headersJson!, tagsJson!, checksumJson!)
  }

  /** @throws S3Error NoSuchUpload */
  get(id: string, bucket: string, key: string): Upload {
    const row = this.#statements.get.get(id, bucket, key)
    if (!row) throw noSuchUpload(id)
    return toUpload(row)
  }

  /** Returns uploads in the order of keys, then of their start. */
  all(bucket: string): Upload[] {
    return this.#statements.all.all(bucket).map(toUpload)
  }

  /** Removes the upload and its parts; the caller removes their contents. */
  remove(id: string): void {
    this.#statements.removeParts.run(id)
    this.#statements.remove.run(id)
  }

  putPart(id: string, part: Part): void {
    const { number, content, size, etag, checksums, declared, modified } = part
    this.#statements.putPart.run(id, number, content, size, etag, JSON.stringify(checksums), declared ?? null, modified)
  }

  removePartWithContent(content: string): void {
    this.#statements.removePart.run(content)
  }

  findPart(id: string, number: number): Part | undefined {
    const row = this.#statements.part.get(id, number)
    return row && toPart(row)
  }

  /** Returns parts in order, after the given number. */
  parts(id: string, after = 0, limit = 10_000): Part[] {
    return this.#statements.parts.all(id, after, limit).map(toPart)
  }
}

function toUpload(row: Record<string, unknown>): Upload {
  return {
    id: row.id as string,
    bucket: row.bucket as string,
    key: row.key as string,
    initiated: row.initiated as number,
    headers: JSON.parse(row.headers as string) as Record<string, string>,
    tags: JSON.parse(row.tags as string) as Tags,
    checksum: JSON.parse(row.checksum as string) as Upload['checksum'],
  }
}

function toPart(row: Record<string, unknown>): Part {
  return {
    number: row.number as number,
    content: row.content as string,
    size: row.size as number,
    etag: row.etag as string,
    checksums: JSON.parse(row.checksums as string) as Checksums,
    declared: (row.declared as Algorithm | null) ?? undefined,
    modified: row.modified as number,
  }
}
