/**
 * The blob ranges of each object or part. A content has an id that its object or part refers to. Completing an upload
 * joins the parts' segments without copying bytes.
 */
import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Segment } from '../blobs.ts'
import type { Digests } from '../body.ts'

export class Contents {
  readonly #statements
  constructor(store: DatabaseSync) {
    store.exec(`
      CREATE TABLE IF NOT EXISTS s3_segments (
        content TEXT NOT NULL, position INTEGER NOT NULL, blob TEXT NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL,
        PRIMARY KEY (content, position)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS s3_segments_by_blob ON s3_segments (blob);
      CREATE TABLE IF NOT EXISTS s3_digests (
        blob TEXT PRIMARY KEY, length INTEGER NOT NULL, md5 TEXT NOT NULL, checksums TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      DELETE FROM s3_digests WHERE blob NOT IN (SELECT blob FROM s3_segments);`)
    this.#statements = {
      add: store.prepare('INSERT INTO s3_segments (content, position, blob, start, length) VALUES (?, ?, ?, ?, ?)'),
      segments: store.prepare('SELECT blob, start, length FROM s3_segments WHERE content = ? ORDER BY position'),
      blobs: store.prepare('SELECT DISTINCT blob FROM s3_segments WHERE content = ?'),
      remove: store.prepare('DELETE FROM s3_segments WHERE content = ?'),
      isReferenced: store.prepare('SELECT 1 FROM s3_segments WHERE blob = ? LIMIT 1'),
      addDigests: store.prepare('INSERT OR REPLACE INTO s3_digests (blob, length, md5, checksums) VALUES (?, ?, ?, ?)'),
      extents: store.prepare('SELECT blob, max(start + length) AS bytes FROM s3_segments GROUP BY blob'),
      contentsOf: store.prepare('SELECT DISTINCT content FROM s3_segments WHERE blob = ?'),
      digests: store.prepare('SELECT length, md5, checksums FROM s3_digests WHERE blob = ?'),
      forgetDigests: store.prepare(
        'DELETE FROM s3_digests WHERE blob = ?1 AND NOT EXISTS (SELECT 1 FROM s3_segments WHERE blob = ?1)',
      ),
    }
  }

  /** @returns the new content's id */
  add(segments: readonly Segment[]): string {
    const content = randomUUID()
    for (const [position, { blob, start, length }] of segments.entries()) {
      this.#statements.add.run(content, position, blob, start, length)
    }
    return content
  }

  segments(content: string): Segment[] {
    return this.#statements.segments.all(content) as unknown as Segment[]
  }

  /** @returns the blobs that may no longer be referred to */
  remove(content: string): string[] {
    const blobs = this.#statements.blobs.all(content).map((row) => row.blob as string)
    this.#statements.remove.run(content)
    for (const blob of blobs) this.#statements.forgetDigests.run(blob)
    return blobs
  }

  isReferenced(blob: string): boolean {
    return this.#statements.isReferenced.get(blob) !== undefined
  }

  /** Returns contents whose blobs are missing or shorter than when they were written. */
  damaged(sizeOf: (blob: string) => number): string[] {
    const short = this.#statements.extents.all().filter(({ blob, bytes }) => sizeOf(blob as string) < (bytes as number))
    const contents = short.flatMap(({ blob }) => this.#statements.contentsOf.all(blob as string))
    return [...new Set(contents.map(({ content }) => content as string))]
  }

  /** Stores the digests of a complete blob, so that copying it need not read it. */
  addDigests(blob: string, length: number, digests: Digests): void {
    this.#statements.addDigests.run(blob, length, digests.md5, JSON.stringify(digests.checksums))
  }

  /** Returns known digests of a segment without reading it, if it is a complete blob. */
  digests(segment: Segment): Digests | undefined {
    const row = this.#statements.digests.get(segment.blob)
    if (!row || segment.start !== 0 || segment.length !== row.length) return undefined
    return { md5: row.md5 as string, checksums: JSON.parse(row.checksums as string) as Digests['checksums'] }
  }
}
