import { wordsOf } from './words.ts'

/** A small buffer grows by half, a large one by little: all the parts of a large file outgrow theirs, by a few percent. */
function larger(bytes: number): number {
  return Math.ceil(bytes + Math.max(Math.min(bytes / 2, 1 << 20), bytes / 8))
}

/**
 * The bytes a format writes to: one reused buffer that is handed on whenever it has passed its limit. A format writes
 * straight into `buffer` at `length`; there is no call per field and no string in between.
 */
export class Output {
  buffer: Buffer
  /** The same bytes, for pieces that are copied four bytes at a time. */
  words: DataView
  /** Bytes written so far; the writer moves it on. */
  length = 0
  /** A format stops after the row that reaches this length. */
  limit: number

  constructor(limitBytes: number, slackBytes = 1 << 20) {
    this.limit = limitBytes
    this.buffer = Buffer.allocUnsafeSlow(limitBytes + slackBytes)
    this.words = wordsOf(this.buffer)
  }

  /** Makes room for so many bytes more; call it before writing, for `buffer` may be another one afterwards. */
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

  /** For what is rare (a heading line, a magic number); rows are written into `buffer` directly. */
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
