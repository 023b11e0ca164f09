import type { Socket } from 'node:net'
import type { Batch } from '../../rows/batch.ts'
import type { Session } from './session.ts'

const HEADER_BYTES = 4
/** A packet of this length is continued in the next one. */
const FULL_PACKET = 0xff_ffff
const BUFFER_BYTES = 512 * 1024
/** The socket is paused when this much waits for the reader: back-pressure then reaches the server through TCP. */
const HIGH_WATER_BYTES = 256 * 1024

/**
 * Takes a socket's bytes apart into packets, many at a time. Two buffers take turns: one holds the packets handed out,
 * the other receives, so that handing out costs no allocation and nothing moves under the reader's feet.
 */
export class Receiver {
  readonly #socket: Socket
  #receiving: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #received = 0
  #handedOut: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  readonly #batch: Batch = { bytes: this.#handedOut, rows: 0, starts: new Int32Array(4096), ends: new Int32Array(4096) }
  #wake: (() => void) | null = null
  #end: Error | null = null

  /** What the session's socket receives is this object's from now on. */
  constructor(session: Session) {
    const { socket } = session
    this.#socket = socket
    session.receive(this.#onData)
    socket.on('error', this.#onEnd)
    socket.on('close', this.#onEnd)
    socket.resume()
  }

  /** Waits for at least one whole packet and returns all that are there. Throws when the connection ends before. */
  async packets(): Promise<Batch> {
    for (;;) {
      const batch = this.#take()
      if (batch) return batch
      if (this.#end) throw this.#end
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
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
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }

  #take(): Batch | null {
    const batch = this.#batch
    const bytes = this.#receiving
    let received = this.#received
    let at = 0
    let rows = 0
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
      rows++
      at = end
    }
    if (rows > 0) {
      // What follows the last whole packet begins the other buffer.
      const rest = received - at
      if (this.#handedOut.length < rest) this.#handedOut = Buffer.allocUnsafeSlow(rest + BUFFER_BYTES)
      bytes.copy(this.#handedOut, 0, at, received)
      this.#receiving = this.#handedOut
      this.#received = rest
      this.#handedOut = bytes
      batch.bytes = bytes
      batch.rows = rows
    }
    if (this.#socket.isPaused()) this.#socket.resume()
    return rows > 0 ? batch : null
  }
}

/** Closes the gaps that the continuing packets' headers make in a value of 16 MiB and more; null while some are to come. */
function joinContinuations(
  bytes: Buffer,
  firstEnd: number,
  received: number,
): { end: number; received: number } | null {
  const pieces: { from: number; to: number }[] = []
  let at = firstEnd
  for (;;) {
    if (at + HEADER_BYTES > received) return null
    const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    const to = at + HEADER_BYTES + length
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
