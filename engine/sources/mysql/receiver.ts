import type { Socket } from 'node:net'
import type { Batch } from '../../rows/batch.ts'
import type { Liveness } from './liveness.ts'
import type { Session } from './session.ts'

const EOF = 0xfe
const ERR = 0xff
const HEADER_BYTES = 4
/** A packet of this length continues in the next one. */
const FULL_PACKET = 0xff_ffff
const BUFFER_BYTES = 512 * 1024
/** The socket is paused when this many bytes wait for the reader; TCP then carries the back-pressure to the server. */
const HIGH_WATER_BYTES = 256 * 1024

/** A batch whose last packet may end a result. */
export interface Packets extends Batch {
  /** The index of the packet that ends the columns, the rows, or everything by an error; -1 if there is none. */
  last: number
}

/** Whether a packet is an EOF or an ERR. A row begins like an EOF only if its first value has at least 16 MiB. */
export function isEnd(bytes: Buffer, start: number, end: number): boolean {
  const mark = bytes[start]!
  return mark >= EOF && end > start && (mark === ERR || end - start < 9)
}

/**
 * Splits a socket's bytes into packets, many at a time. Two buffers alternate: one holds the packets that were handed
 * out while the other receives, so nothing is allocated and nothing moves while the reader uses it.
 */
export class Receiver {
  readonly #socket: Socket
  readonly #liveness: Liveness
  #receiving: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #received = 0
  #handedOut: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  readonly #batch: Packets = {
    bytes: this.#handedOut,
    rows: 0,
    starts: new Int32Array(4096),
    ends: new Int32Array(4096),
    last: -1,
  }
  #wake: (() => void) | null = null
  #end: Error | null = null

  /** Redirects what the session's socket receives to this object. */
  constructor(session: Session) {
    const { socket } = session
    this.#socket = socket
    this.#liveness = session.liveness
    session.receive(this.#onData)
    socket.on('error', this.#onEnd)
    socket.on('close', this.#onEnd)
    socket.resume()
  }

  /** Waits for at least one complete packet and returns all that have arrived. Throws if the connection ends first. */
  async packets(): Promise<Packets> {
    for (;;) {
      const batch = this.#take()
      if (batch) return batch
      if (this.#end) throw this.#end
      this.#liveness.begin()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#liveness.end()
    }
  }

  readonly #onData = (chunk: Buffer): void => {
    const needed = this.#received + chunk.length
    if (needed > this.#receiving.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#receiving.length * 2))
      this.#receiving.copy(grown, 0, 0, this.#received)
      this.#receiving = grown
    }
    this.#receiving.set(chunk, this.#received)
    this.#received = needed
    if (needed >= HIGH_WATER_BYTES) this.#socket.pause()
    this.#signal()
  }

  readonly #onEnd = (error?: Error | boolean): void => {
    this.#end ??= error instanceof Error ? error : new Error('the connection was closed before the last row')
    this.#signal()
  }

  #signal(): void {
    this.#wake?.()
  }

  #take(): Packets | null {
    const batch = this.#batch
    const bytes = this.#receiving
    let received = this.#received
    let at = 0
    let rows = 0
    let last = -1
    while (at + HEADER_BYTES <= received) {
      const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
      let end = at + HEADER_BYTES + length
      if (end > received) break
      if (length === FULL_PACKET) {
        const joined = joinContinuations(bytes, end, received)
        if (!joined) break
        end = joined.end
        received = joined.received
      }
      if (rows === batch.starts.length) growOffsets(batch)
      batch.starts[rows] = at + HEADER_BYTES
      batch.ends[rows] = end
      // Packets are checked one by one, so that what follows an end is never taken for a row.
      if (bytes[at + HEADER_BYTES]! >= EOF && last === -1 && isEnd(bytes, at + HEADER_BYTES, end)) last = rows
      rows++
      at = end
    }
    if (rows > 0) {
      // The bytes after the last complete packet move to the beginning of the other buffer.
      const rest = received - at
      if (this.#handedOut.length < rest) this.#handedOut = Buffer.allocUnsafeSlow(rest + BUFFER_BYTES)
      bytes.copy(this.#handedOut, 0, at, received)
      this.#receiving = this.#handedOut
      this.#received = rest
      this.#handedOut = bytes
      batch.bytes = bytes
      batch.rows = rows
      batch.last = last
    }
    if (this.#socket.isPaused()) this.#socket.resume()
    return rows > 0 ? batch : null
  }
}

/** Removes the headers of continuation packets inside a value of 16 MiB or more; null if packets are still missing. */
function joinContinuations(
  bytes: Buffer,
  firstEnd: number,
  received: number,
): { end: number; received: number } | null {
  const pieces: { from: number; to: number }[] = []
  let at = firstEnd
  for (;;) {
    const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    const to = at + HEADER_BYTES + length
    // This holds for a header that is itself cut off, too.
    if (to > received) return null
    pieces.push({ from: at + HEADER_BYTES, to })
    at = to
    if (length < FULL_PACKET) break
  }
  let end = firstEnd
  for (const { from, to } of pieces) {
    bytes.copyWithin(end, from, to)
    end += to - from
  }
  bytes.copyWithin(end, at, received)
  return { end, received: received - (at - end) }
}

function growOffsets(batch: Batch): void {
  const starts = new Int32Array(batch.starts.length * 2)
  const ends = new Int32Array(batch.ends.length * 2)
  starts.set(batch.starts)
  ends.set(batch.ends)
  batch.starts = starts
  batch.ends = ends
}
