import { crcToHex } from '../../statemachine/crc-hex.ts'
import { StorageUnavailable } from '../../statemachine/errors.ts'
import { Output } from '../rows/output.ts'
import { combineCrc32, crc32 } from './crc32.ts'
import { MAX_PARTS, partSizeBytes } from './part-size.ts'
import type { ObjectHeaders, Store, StoredObject, Upload } from './store.ts'

/**
 * Parts sent while the next one fills. Two parts of 8 MiB at 200 ms each are 84 MB/s, less than one processor exports.
 * Four use more memory only when S3 is that slow.
 */
const PARTS_IN_FLIGHT = 4

/** What was counted while an object was written. */
export interface WrittenObject extends StoredObject {
  crc32: string
}

/**
 * Writes one object front to back. Its caller fills `output` and calls `drain` whenever it has reached its limit;
 * `drain` waits while too many parts are in flight, which is the back-pressure that reaches the database.
 */
export class ObjectWriter {
  output: Output
  /** Bytes passed to the store. */
  #sent = 0
  #crc = 0
  /** CRC-32 of the first `#summed` bytes of the output. */
  #outputCrc = 0
  #summed = 0
  #parts = 0
  readonly #store: Store
  readonly #key: string
  readonly #headers: ObjectHeaders
  /** Bytes of part `number`, which starts at 1. */
  readonly #partBytes: (number: number) => number
  readonly #spare: Output[] = []
  readonly #inFlight = new Set<Promise<void>>()
  #upload: Upload | null = null
  #failure: unknown = null

  constructor(store: Store, key: string, headers: ObjectHeaders, partBytes = partSizeBytes) {
    this.#store = store
    this.#key = key
    this.#headers = headers
    this.#partBytes = partBytes
    this.output = new Output(partBytes(1))
  }

  get bytes(): number {
    return this.#sent + this.output.length
  }

  /** Sends the output if it is full; afterwards `output` may be a different one. */
  async drain(): Promise<void> {
    if (this.#sum() >= this.output.limit) await this.#send()
  }

  /** Sends the rest and makes the object visible. */
  async close(): Promise<WrittenObject> {
    if (!this.#upload) {
      // The object fits one part: one request instead of three.
      const bytes = this.output.written
      const crc = this.#takeSum()
      const stored = await this.#store.put(this.#key, bytes, crc, this.#headers)
      return { ...stored, bytes: bytes.length, crc32: crcToHex(crc) }
    }
    if (this.output.length > 0) await this.#send()
    await Promise.all(this.#inFlight)
    this.#throwFailure()
    const stored = await this.#upload.complete({ bytes: this.#sent, crc32: this.#crc })
    if (!stored) throw new StorageUnavailable(`The store did not receive the bytes of ${this.#key} as they were sent`)
    return { ...stored, bytes: this.#sent, crc32: crcToHex(this.#crc) }
  }

  /** Aborts the upload, leaving nothing behind. Never throws. */
  async abort(): Promise<void> {
    await Promise.allSettled(this.#inFlight)
    await this.#upload?.abort()
  }

  async #send(): Promise<void> {
    const full = this.output
    const number = ++this.#parts
    if (number > MAX_PARTS) throw new StorageUnavailable(`${this.#key} has more than ${MAX_PARTS} parts`)
    this.#upload ??= await this.#store.startUpload(this.#key, this.#headers)
    const bytes = full.written
    const crc = this.#takeSum()
    this.#crc = combineCrc32(this.#crc, crc, bytes.length)
    this.#sent += bytes.length
    const sending: Promise<void> = this.#upload
      .part(number, bytes, crc)
      .catch((error) => {
        this.#failure ??= error
      })
      .finally(() => {
        this.#inFlight.delete(sending)
        full.length = 0
        this.#spare.push(full)
      })
    this.#inFlight.add(sending)
    while (this.#inFlight.size > PARTS_IN_FLIGHT) await Promise.race(this.#inFlight)
    this.#throwFailure()
    const limit = this.#partBytes(number + 1)
    this.output = this.#spare.pop() ?? new Output(limit)
    this.output.limit = limit
  }

  /**
   * Sums piece by piece while the bytes are still in the processor's cache; summing a whole part takes three times as
   * long.
   *
   * @returns the bytes of the output, all of which have been summed
   */
  #sum(): number {
    const { buffer, length } = this.output
    this.#outputCrc = crc32(buffer.subarray(this.#summed, length), this.#outputCrc)
    this.#summed = length
    return length
  }

  #takeSum(): number {
    this.#sum()
    const crc = this.#outputCrc
    this.#outputCrc = 0
    this.#summed = 0
    return crc
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure
  }
}
