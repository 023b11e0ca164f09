import { wordsOf } from './words.ts'

/**
 * Returns a larger capacity: a small buffer grows by half, a large one by little, because all parts of a large file
 * outgrow theirs by a few percent.
 */
function larger(bytes: number): number {
  return Math.ceil(bytes + Math.max(Math.min(bytes / 2, 1 << 20), bytes / 8))
}

/**
 * The buffer that a format writes to, passed on whenever it has reached its limit and then reused. A format writes
 * directly into `buffer` at `length`, without a call per field or a string.
 */
export class Output {
  buffer: Buffer
  /** A view of the same bytes, for copying four bytes at a time. */
  words: DataView
  /** Bytes written so far; the writer advances it. */
  length = 0
  /** A format stops after the row with which `length` reaches this. */
  limit: number

  constructor(limitBytes: number, slackBytes = 1 << 20) {
    this.limit = limitBytes
    this.buffer = Buffer.allocUnsafeSlow(limitBytes + slackBytes)
    this.words = wordsOf(this.buffer)
  }

  /** Makes room for this many more bytes. Call it before writing: `buffer` may be a different one afterwards. */
  reserve(bytes: number): Buffer {
    const needed = this.length + bytes
    if (needed > this.buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, larger(this.buffer.length)))
      this.buffer.copy(grown, 0, 0, this.length)
      this.buffer = grown
      this.words = wordsOf(grown)
    }
    return this.buffer
  }

  /**
   * Writes bytes or text. Only for rare pieces (a heading line, a magic number); rows are written into `buffer`
   * directly.
   */
  write(bytes: Uint8Array | string): void {
    if (typeof bytes === 'string') {
      this.reserve(bytes.length * 3)
      this.length += this.buffer.write(bytes, this.length, 'utf8')
    } else {
      this.reserve(bytes.length).set(bytes, this.length)
      this.length += bytes.length
    }
  }

  get written(): Buffer {
    return this.buffer.subarray(0, this.length)
  }
}
