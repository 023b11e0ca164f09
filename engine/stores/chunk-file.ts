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
 * The object that one chunk writes: rows go through the `row` function, the format and the compression. It tracks up to
 * which row the bytes could be cut: any row if they are uncompressed, otherwise the end of the last complete member.
 */
export class ChunkFile {
  /** Rows up to the last point where the file can be cut. */
  rows = 0
  /** The key of the last of these rows. */
  cursor: Cursor | null = null
  readonly #parts: ChunkFileParts
  /** The member that is being filled; null without compression. */
  readonly #member: Output | null
  #members = 0
  /** Rows of the member that is being filled. */
  #pendingRows = 0
  #pendingCursor: Cursor | null = null

  constructor(parts: ChunkFileParts) {
    this.#parts = parts
    this.#member = parts.compressor ? new Output(MEMBER_BYTES) : null
  }

  /** Whether anything would be kept if the chunk stopped now. */
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

  /**
   * Ends the range, after its last row.
   * @param isFirst whether the chunk begins the file, which always has at least one member: an empty gzip has one too
   * @param isLast whether the range ends the file
   */
  async end(isFirst: boolean, isLast: boolean): Promise<void> {
    const { encoder, compressor, writer } = this.#parts
    if (isLast) await encoder.tail(this.#target)
    if (!this.#member || this.#member.length > 0 || (isFirst && this.#members === 0)) await this.#commit()
    if (isLast) await compressor?.end(writer.output)
  }

  /** Leaves out rows after the last point where the file can be cut; the next chunk reads them again. */
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

  /** A heading line may fill a member by itself. */
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
