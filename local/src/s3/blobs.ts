/**
 * The data files: immutable, named by an id, and shared by objects and parts that refer to them (completely or in
 * ranges).
 *
 * A blob exists before anything refers to it and is deleted once nothing does; a blob in use (being written, read, or
 * about to be referred to) is held. So at whatever moment the process dies, the store never names an incomplete blob;
 * blobs that it does not name are deleted at the next start.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { AwsError } from '../protocol.ts'

/** A range of a blob. */
export interface Segment {
  blob: string
  /** Bytes. */
  start: number
  /** Bytes; never 0. */
  length: number
}

/** Bytes per write; two such batches per upload are all that is kept in memory. */
const BATCH_BYTES = 1024 * 1024
const READ_BYTES = 512 * 1024

/** A file was deleted or truncated behind the local cloud's back. */
export class ContentLost extends AwsError {
  constructor() {
    const what = 'The bytes of this object are missing or cut on the local cloud’s disk.'
    super(
      'InternalError',
      `${what} Restart it: it then names what is lost and forgets it, so that it can be exported again.`,
      500,
    )
  }
}

export class Blobs {
  readonly #directory: string
  readonly #isReferenced: (blob: string) => boolean
  /** How many users hold a blob. */
  readonly #holds = new Map<string, number>()
  #closed = false

  /** @param isReferenced whether an object or a part refers to the blob */
  constructor(directory: string, isReferenced: (blob: string) => boolean) {
    this.#directory = directory
    this.#isReferenced = isReferenced
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(directory)) {
      if (!isReferenced(name)) rmSync(join(directory, name), { recursive: true, force: true })
    }
  }

  /**
   * Writes a new blob and holds it; the caller releases it once it is referred to, or will not be. If the chunks fail,
   * nothing is left behind.
   */
  async write(chunks: AsyncIterable<Buffer>): Promise<{ blob: string; length: number }> {
    const blob = randomUUID()
    this.#hold([blob])
    try {
      const file = await open(join(this.#directory, blob), 'wx', 0o600)
      try {
        return { blob, length: await writeAll(file, chunks) }
      } finally {
        await file.close()
      }
    } catch (error) {
      await this.release([blob])
      throw error
    }
  }

  /** Yields the bytes of segments in sequence; the caller holds them. */
  async *read(segments: readonly Segment[]): AsyncGenerator<Buffer> {
    for (const segment of segments) {
      const file = await open(join(this.#directory, segment.blob), 'r').catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOENT' ? new ContentLost() : error
      })
      try {
        yield* readRange(file, segment)
      } finally {
        await file.close()
      }
    }
  }

  /** Returns the size in bytes; 0 if the file is missing. */
  sizeOf(blob: string): number {
    return statSync(join(this.#directory, blob), { throwIfNoEntry: false })?.size ?? 0
  }

  /** Keeps the segments' blobs from being deleted until the work is done. */
  async holding<T>(segments: readonly Segment[], work: () => Promise<T>): Promise<T> {
    const blobs = segments.map((segment) => segment.blob)
    this.#hold(blobs)
    try {
      return await work()
    } finally {
      await this.release(blobs)
    }
  }

  #hold(blobs: readonly string[]): void {
    for (const blob of blobs) this.#holds.set(blob, (this.#holds.get(blob) ?? 0) + 1)
  }

  async release(blobs: readonly string[]): Promise<void> {
    for (const blob of blobs) {
      const holds = this.#holds.get(blob)! - 1
      if (holds > 0) this.#holds.set(blob, holds)
      else this.#holds.delete(blob)
    }
    await this.drop(blobs)
  }

  /** Deletes nothing more, because the store that knows the references is about to be closed. */
  close(): void {
    this.#closed = true
  }

  /** Deletes those blobs that are neither referred to nor held; the rest is deleted at the next start. */
  async drop(blobs: Iterable<string>): Promise<void> {
    for (const blob of new Set(blobs)) {
      if (this.#closed) return
      if (this.#holds.has(blob) || this.#isReferenced(blob)) continue
      await unlink(join(this.#directory, blob)).catch(() => {})
    }
  }
}

/** Writes a batch to the disk while the next one arrives and is hashed. */
async function writeAll(file: FileHandle, chunks: AsyncIterable<Buffer>): Promise<number> {
  let length = 0
  let batch: Buffer[] = []
  let batchBytes = 0
  let writing: Promise<void> = Promise.resolve()
  try {
    for await (const chunk of chunks) {
      batch.push(chunk)
      batchBytes += chunk.length
      length += chunk.length
      if (batchBytes < BATCH_BYTES) continue
      await writing
      writing = writeBatch(file, batch)
      // Awaited with the next batch; until then a failure must not count as unhandled.
      writing.catch(() => {})
      batch = []
      batchBytes = 0
    }
  } finally {
    await writing
  }
  if (batchBytes > 0) await writeBatch(file, batch)
  return length
}

async function writeBatch(file: FileHandle, batch: Buffer[]): Promise<void> {
  const bytes = batch.reduce((sum, piece) => sum + piece.length, 0)
  const { bytesWritten } = await file.writev(batch)
  // A short write is rare (a full disk, a signal) but allowed.
  if (bytesWritten !== bytes) await file.appendFile(Buffer.concat(batch).subarray(bytesWritten))
}

async function* readRange(file: FileHandle, { start, length }: Segment): AsyncGenerator<Buffer> {
  let position = start
  const end = start + length
  while (position < end) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - position))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) throw new ContentLost()
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** Returns the segments of the bytes from `start` to `end` (exclusive) within the given segments. */
export function slice(segments: readonly Segment[], start: number, end: number): Segment[] {
  const found: Segment[] = []
  let position = 0
  for (const segment of segments) {
    const from = Math.max(start, position)
    const to = Math.min(end, position + segment.length)
    if (from < to) found.push({ blob: segment.blob, start: segment.start + from - position, length: to - from })
    position += segment.length
  }
  return found
}

export const sizeOf = (segments: readonly Segment[]) => segments.reduce((sum, segment) => sum + segment.length, 0)
