/**
 * Writes a ZIP archive front to back. Entries are deflated as their bytes arrive and their sizes follow them, so the
 * archive is never held in memory. The same input gives the same archive: timestamps are fixed, and the compressor is
 * fed pieces of one size whatever the sizes of the writes.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib'
import type { Output } from '../rows/output.ts'

/** Deflate's fastest level: it takes 40 % of the default's time for 15 % more bytes (bench/compression.ts). */
const LEVEL = 1
const PIECE_BYTES = 256 * 1024
/**
 * Sizes and offsets from this value on need the ZIP64 fields. An entry's local header is written before its size is
 * known and never has them: every archive would have to, and macOS's Archive Utility fails on small archives that do
 * (https://github.com/thejoshwolfe/yazl/issues/20). So only the central directory announces the 8-byte sizes after a
 * large entry, and streaming readers reach it last (APPNOTE, 4.3.9.2).
 */
const ZIP64 = 0xffff_ffff
/** 1980-01-01 00:00, the epoch of DOS. */
const DOS_DATE = 0x0021
/** Sizes follow the data (bit 3); the name is UTF-8 (bit 11). */
const FLAGS = 0x0808
/** Made by Unix: Info-ZIP's unzip converts names made by DOS, even those in UTF-8. */
const UNIX = 3 << 8
/** A regular file, readable by everybody. */
const UNIX_MODE = 0o100644

interface Entry {
  name: Buffer
  offset: number
  crc: number
  compressed: number
  size: number
}

interface OpenEntry {
  entry: Entry
  deflate: DeflateRaw
  /** Compressed bytes not yet written to the output. */
  deflated: Buffer[]
  /** Two buffers: one is being filled while the other is deflated on another thread. */
  piece: Buffer
  other: Buffer
  filled: number
  deflating: Promise<void>
}

export class ZipWriter {
  readonly #zip64From: number
  readonly #isWide = (value: number) => value >= this.#zip64From
  readonly #entries: Entry[] = []
  #open: OpenEntry | undefined
  #written = 0

  /** @param zip64From sizes and offsets from this value on are written in ZIP64 fields; tests lower it */
  constructor(zip64From = ZIP64) {
    this.#zip64From = zip64From
  }

  /** Uncompressed bytes of the open entry so far. */
  get entryBytes(): number {
    return this.#open ? this.#open.entry.size + this.#open.filled : 0
  }

  begin(name: string, output: Output): void {
    const entry: Entry = { name: Buffer.from(name), offset: this.#written, crc: 0, compressed: 0, size: 0 }
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50, 0)
    header.writeUInt16LE(20, 4)
    header.writeUInt16LE(FLAGS, 6)
    header.writeUInt16LE(8, 8)
    header.writeUInt16LE(DOS_DATE, 12)
    header.writeUInt16LE(entry.name.length, 26)
    this.#emit(header, output)
    this.#emit(entry.name, output)
    const deflate = createDeflateRaw({ level: LEVEL, chunkSize: PIECE_BYTES })
    const deflated: Buffer[] = []
    // Collected until the writer asks, because the output may be written to only while one of its methods runs.
    deflate.on('data', (bytes: Buffer) => deflated.push(bytes))
    const [piece, other] = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)]
    this.#open = { entry, deflate, deflated, piece, other, filled: 0, deflating: Promise.resolve() }
  }

  /** Adds bytes to the open entry. The caller may reuse them once the promise resolves. */
  async write(bytes: Uint8Array, output: Output): Promise<void> {
    const open = this.#open!
    for (let at = 0; at < bytes.length; ) {
      const taken = Math.min(bytes.length - at, PIECE_BYTES - open.filled)
      open.piece.set(bytes.subarray(at, at + taken), open.filled)
      open.filled += taken
      at += taken
      if (open.filled === PIECE_BYTES) await this.#deflate(output)
    }
  }

  async end(output: Output): Promise<void> {
    await this.#deflate(output)
    const { entry, deflate, deflating } = this.#open!
    await deflating
    await new Promise<void>((resolve, reject) => {
      deflate.once('end', resolve).once('error', reject)
      deflate.end()
    })
    this.#drain(output)
    const wide = this.#isWide(entry.size) || this.#isWide(entry.compressed)
    const descriptor = Buffer.alloc(wide ? 24 : 16)
    descriptor.writeUInt32LE(0x08074b50, 0)
    descriptor.writeUInt32LE(entry.crc, 4)
    if (wide) {
      descriptor.writeBigUInt64LE(BigInt(entry.compressed), 8)
      descriptor.writeBigUInt64LE(BigInt(entry.size), 16)
    } else {
      descriptor.writeUInt32LE(entry.compressed, 8)
      descriptor.writeUInt32LE(entry.size, 12)
    }
    this.#emit(descriptor, output)
    this.#entries.push(entry)
    this.#open = undefined
  }

  /** Writes the central directory, which completes the archive. */
  finish(output: Output): void {
    const start = this.#written
    for (const entry of this.#entries) this.#emit(centralHeader(entry, this.#isWide), output)
    const size = this.#written - start
    const count = this.#entries.length
    // The directory is always smaller than the entries that it lists.
    const wide = this.#isWide(start)
    if (wide) this.#emit(zip64End(count, size, start), output)
    const end = Buffer.alloc(22)
    end.writeUInt32LE(0x06054b50, 0)
    end.writeUInt16LE(count, 8)
    end.writeUInt16LE(count, 10)
    end.writeUInt32LE(wide ? ZIP64 : size, 12)
    end.writeUInt32LE(wide ? ZIP64 : start, 16)
    this.#emit(end, output)
  }

  /** Waits for the previous piece, then starts deflating this one. */
  async #deflate(output: Output): Promise<void> {
    const open = this.#open!
    const { entry, deflate, piece, other, filled } = open
    const bytes = piece.subarray(0, filled)
    entry.crc = crc32(bytes, entry.crc)
    entry.size += filled
    await open.deflating
    this.#drain(output)
    open.deflating = new Promise<void>((resolve, reject) => {
      deflate.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
    // The next caller that awaits it sees the error. Until then this prevents an unhandled rejection.
    open.deflating.catch(() => {})
    Object.assign(open, { piece: other, other: piece, filled: 0 })
  }

  #drain(output: Output): void {
    const { entry, deflated } = this.#open!
    for (const bytes of deflated) {
      entry.compressed += bytes.length
      this.#emit(bytes, output)
    }
    deflated.length = 0
  }

  #emit(bytes: Uint8Array, output: Output): void {
    output.write(bytes)
    this.#written += bytes.length
  }
}

function centralHeader(entry: Entry, isWide: (value: number) => boolean): Buffer {
  const wideFields = [entry.size, entry.compressed, entry.offset].filter(isWide)
  const narrow = (value: number) => (isWide(value) ? ZIP64 : value)
  const extra = wideFields.length === 0 ? Buffer.alloc(0) : zip64Extra(wideFields)
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  const version = extra.length > 0 ? 45 : 20
  header.writeUInt16LE(UNIX | version, 4)
  header.writeUInt16LE(version, 6)
  header.writeUInt16LE(FLAGS, 8)
  header.writeUInt16LE(8, 10)
  header.writeUInt16LE(DOS_DATE, 14)
  header.writeUInt32LE(entry.crc, 16)
  header.writeUInt32LE(narrow(entry.compressed), 20)
  header.writeUInt32LE(narrow(entry.size), 24)
  header.writeUInt16LE(entry.name.length, 28)
  header.writeUInt16LE(extra.length, 30)
  header.writeUInt32LE(UNIX_MODE * 0x1_0000, 38)
  header.writeUInt32LE(narrow(entry.offset), 42)
  return Buffer.concat([header, entry.name, extra])
}

/** The extra field with the values that do not fit into the header. */
function zip64Extra(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 8 * values.length)
  bytes.writeUInt16LE(0x0001, 0)
  bytes.writeUInt16LE(8 * values.length, 2)
  values.forEach((value, i) => {
    bytes.writeBigUInt64LE(BigInt(value), 4 + 8 * i)
  })
  return bytes
}

/** The ZIP64 end of central directory and its locator. */
function zip64End(count: number, size: number, start: number): Buffer {
  const bytes = Buffer.alloc(56 + 20)
  bytes.writeUInt32LE(0x06064b50, 0)
  bytes.writeBigUInt64LE(44n, 4)
  bytes.writeUInt16LE(45, 12)
  bytes.writeUInt16LE(45, 14)
  bytes.writeBigUInt64LE(BigInt(count), 24)
  bytes.writeBigUInt64LE(BigInt(count), 32)
  bytes.writeBigUInt64LE(BigInt(size), 40)
  bytes.writeBigUInt64LE(BigInt(start), 48)
  bytes.writeUInt32LE(0x07064b50, 56)
  bytes.writeBigUInt64LE(BigInt(start + size), 64)
  bytes.writeUInt32LE(1, 72)
  return bytes
}
