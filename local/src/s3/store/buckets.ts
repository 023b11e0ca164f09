import type { DatabaseSync } from 'node:sqlite'
import { noSuchBucket } from '../errors.ts'
import type { LifecycleRule } from '../lifecycle.ts'

export interface Bucket {
  name: string
  /** Milliseconds since 1970. */
  created: number
  lifecycle: LifecycleRule[]
}

export class Buckets {
  readonly #statements
  constructor(store: DatabaseSync) {
    store.exec(`
      CREATE TABLE IF NOT EXISTS s3_buckets (
        name TEXT PRIMARY KEY, created INTEGER NOT NULL, lifecycle TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;`)
    this.#statements = {
      all: store.prepare('SELECT name, created, lifecycle FROM s3_buckets ORDER BY name'),
      get: store.prepare('SELECT name, created, lifecycle FROM s3_buckets WHERE name = ?'),
      add: store.prepare('INSERT INTO s3_buckets (name, created, lifecycle) VALUES (?, ?, ?)'),
      setLifecycle: store.prepare('UPDATE s3_buckets SET lifecycle = ? WHERE name = ?'),
      remove: store.prepare('DELETE FROM s3_buckets WHERE name = ?'),
    }
  }

  all(): Bucket[] {
    return this.#statements.all.all().map(toBucket)
  }

  find(name: string): Bucket | undefined {
    const row = this.#statements.get.get(name)
    return row && toBucket(row)
  }

  /** @throws S3Error NoSuchBucket */
  get(name: string): Bucket {
    const bucket = this.find(name)
    if (!bucket) throw noSuchBucket(name)
    return bucket
  }

  add(bucket: Bucket): void {
    this.#statements.add.run(bucket.name, bucket.created, JSON.stringify(bucket.lifecycle))
  }

  setLifecycle(name: string, rules: LifecycleRule[]): void {
    this.#statements.setLifecycle.run(JSON.stringify(rules), name)
  }

  remove(name: string): void {
    this.#statements.remove.run(name)
  }
}

function toBucket(row: Record<string, unknown>): Bucket {
  return {
    name: row.name as string,
    created: row.created as number,
    lifecycle: JSON.parse(row.lifecycle as string) as LifecycleRule[],
  }
}
