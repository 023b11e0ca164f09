import type { Cursor } from '../../statemachine/contract.ts'
import type { Compressor } from '../compressions/compression.ts'
import type { Encoder } from '../formats/format.ts'
import type { KeyWatch } from '../keys/key.ts'
import { MEMBER_BYTES } from '../keys/member.ts'
import type { Batch } from '../rows/batch.ts'
import { Output } from '../rows/output.ts'
import type { Transform } from '../rows/transform.ts'
import type { ObjectWriter, WrittenObject } from './object-writer.ts'

export interface ChunkFileParts {
  writer: ObjectWriter
  encoder: Encoder
  transform: Transform | null
  compressor: Compressor | null
  keys: KeyWatch | null
}

/**
 * What one chunk writes: rows through the `row` function, the format and the compression into an object. It knows up to
 * which row the bytes could be cut: any row where they are plain, the last whole member where they are compressed.
 */
export class ChunkFile {
  /** Rows up to the last place to cut. */
  rows = 0
  /** The key of the last of them. */
  cursor: Cursor | null = null
  readonly #parts: ChunkFileParts
  /** A member that is being filled. */
  readonly #member: Output | null
  #members = 0
  /** Rows of the member that is being filled. */
  #pendingRows = 0
  #pendingCursor: Cursor | null = null

  constructor(parts: ChunkFileParts) {
    this.#parts = parts
    this.#member = parts.compressor ? new Output(MEMBER_BYTES) : null
  }

  /** Whether something would be kept if it stopped now. */
  get canStop(): boolean {
    return this.rows > 0
  }

  get isEmpty(): boolean {
    return this.#parts.writer.bytes === 0
  }

  async head(): Promise<void> {
    await this.#parts.encoder.head(this.#target)
    await this.#drain()
  }

  async write(batch: Batch): Promise<void> {
    const { encoder, transform, keys } = this.#parts
    const rows = transform ? transform.apply(batch) : batch
    let mark = -1
    for (let from = 0; from < rows.rows; ) {
      if (mark < from) mark = this.#member && keys ? keys.nextMark(batch, from) : rows.rows
      const encoded = encoder.rows(rows, from, Math.min(mark + 1, rows.rows), this.#target)
      const to = typeof encoded === 'number' ? encoded : await encoded
      this.#pendingRows += to - from
      from = to
      const mayCut = !this.#member || this.#isFull || to === mark + 1
      if (!mayCut) continue
      if (keys) this.#pendingCursor = keys.cursorAt(batch, to - 1)
      await this.#commit()
    }
  }

  /** Forgets the rows after the last place to cut; the next chunk reads them again. */
  stop(): void {
    if (this.#member) this.#member.length = 0
    this.#pendingRows = 0
  }

  /**
   * After the last row of the range.
   * @param isFirst whether the chunk begins the file, which is never nothing at all: an empty gzip has a member too
   * @param isLast whether the range ends the file
   */
  async end(isFirst: boolean, isLast: boolean): Promise<void> {
    const { encoder, compressor, writer } = this.#parts
    if (isLast) await encoder.tail(this.#target)
    if (!this.#member || this.#member.length > 0 || (isFirst && this.#members === 0)) await this.#commit()
    if (isLast) await compressor?.end(writer.output)
    await writer.drain()
  }

  close(): Promise<WrittenObject> {
    return this.#parts.writer.close()
  }

  abort(): Promise<void> {
    return this.#parts.writer.abort()
  }

  get #target(): Output {
    return this.#member ?? this.#parts.writer.output
  }

  get #isFull(): boolean {
    return this.#member !== null && this.#member.length >= this.#member.limit
  }

  /** A heading line may fill a member on its own. */
  async #drain(): Promise<void> {
    if (this.#isFull) await this.#commit()
    else await this.#parts.writer.drain()
  }

  async #commit(): Promise<void> {
    const { compressor, writer } = this.#parts
    if (compressor && this.#member) {
      await compressor.member(this.#member.written, writer.output)
      this.#member.length = 0
      this.#members++
    }
    this.rows += this.#pendingRows
    this.#pendingRows = 0
    this.cursor = this.#pendingCursor
    await writer.drain()
  }
}
