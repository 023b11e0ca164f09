/** Packets as a server sends them, and a session whose server is the test. */
import { EventEmitter } from 'node:events'
import type { Packets } from '../../../../engine/sources/mysql/receiver.ts'
import type { Session } from '../../../../engine/sources/mysql/session.ts'

/** How long a test waits for the server, which is itself. */
const MOST_MILLIS = 1_000

export interface FakeSession {
  session: Session
  /** What arrives from the server. */
  send(bytes: Buffer): void
  socket: EventEmitter & { isPaused(): boolean }
  /** Waits for the server that have begun and ended. */
  waits: { begun: number; ended: number }
}

export function givenSession(): FakeSession {
  let listener: ((bytes: Buffer) => void) | undefined
  let paused = true
  const socket = Object.assign(new EventEmitter(), {
    pause() {
      paused = true
    },
    resume() {
      paused = false
    },
    isPaused: () => paused,
  })
  const waits = { begun: 0, ended: 0 }
  let timer: NodeJS.Timeout | undefined
  const liveness = {
    begin: () => {
      waits.begun++
      timer = setTimeout(() => socket.emit('error', new Error('The test sent nothing to its receiver')), MOST_MILLIS)
    },
    end: () => {
      waits.ended++
      clearTimeout(timer)
    },
  }
  const receive = (given: typeof listener) => {
    listener = given
  }
  const session = { socket, liveness, receive } as unknown as Session
  return { session, socket, waits, send: (bytes) => listener!(bytes) }
}

/** A packet with its header. A payload of 16 MiB and more is continued in further packets. */
export function framed(payload: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; ; at += 0xff_ffff) {
    const piece = payload.subarray(at, at + 0xff_ffff)
    const header = Buffer.alloc(4)
    header.writeUIntLE(piece.length, 0, 3)
    pieces.push(header, piece)
    if (piece.length < 0xff_ffff) return Buffer.concat(pieces)
  }
}

export function payloadsOf({ bytes, rows, starts, ends }: Omit<Packets, 'last'>): Buffer[] {
  return Array.from({ length: rows }, (_, row) => Buffer.from(bytes.subarray(starts[row], ends[row])))
}
