/**
 * The bytes: immutable files named by an id, which objects and parts refer to (whole or in ranges) and so share.
 *
 * A blob exists before anything refers to it and goes once nothing does; a blob in use (being written, read, or about
 * to be referred to) is held. So whatever moment the process dies at, the store never names a blob that is not whole;
 * blobs that it does not name are swept away at the next start.
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

/** How much is handed to the disk at once; two of these per upload are all that an upload keeps in memory. */
const BATCH_BYTES = 1024 * 1024
const READ_BYTES = 512 * 1024

/** Somebody has deleted or cut a file behind the local cloud's back. */
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
  /** How many uses hold a blob. */
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
   * Writes a new blob, and holds it: the caller releases it once it is referred to (or is not to be after all). When
   * the chunks fail, nothing is left behind.
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

  /** The bytes of segments, one after the other; the caller holds them. */
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

  /** Bytes; 0 where it is missing. */
  sizeOf(blob: string): number {
    return statSync(join(this.#directory, blob), { throwIfNoEntry: false })?.size ?? 0
  }

  /** Keeps the segments' blobs from being dropped, from this moment until the work is done. */
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

  /** Nothing is deleted any more: the store, which knows what is referred to, is about to be closed. */
  close(): void {
    this.#closed = true
  }

  /** Deletes those of the blobs that nothing refers to and nothing holds; what is left is swept at the next start. */
  async drop(blobs: Iterable<string>): Promise<void> {
    for (const blob of new Set(blobs)) {
      if (this.#closed) return
      if (this.#holds.has(blob) || this.#isReferenced(blob)) continue
      await unlink(join(this.#directory, blob)).catch(() => {})
    }
  }
}

/** Hands batches to the disk while the next one arrives and is hashed. */
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
      // It is awaited with the next batch; until then a failure must not count as unhandled.
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

/** The segments of the bytes from `start` to `end` (exclusive) of what the segments hold together. */
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
