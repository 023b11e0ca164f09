import { connect, Socket } from 'node:net'

/** Bytes per read. Small enough to stay in the processor's cache until they have been copied. */
const READ_BYTES = 64 * 1024

/**
 * After ten seconds without a byte, the operating system asks the peer's once per second whether the connection is
 * alive, and breaks it after ten requests without an answer (on Linux, as set by libuv).
 */
const KEEP_ALIVE_MILLIS = 10_000
export const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MILLIS }

export interface ReadingSocket {
  socket: Socket
  /**
   * Sends everything that arrives from now on to the listener instead of to listeners of `data`. The bytes are valid
   * until the listener returns.
   */
  receive(listener: (bytes: Buffer) => void): void
}

/**
 * Opens a socket that reads into one reused buffer. Allocating a buffer per read, as streams do, costs as much
 * processor time as everything else between the database and S3.
 */
export function openSocket(host: string, port: number): ReadingSocket {
  let listener: ((bytes: Buffer) => void) | null = null
  const socket = connect({
    host,
    port,
    ...SOCKET_OPTIONS,
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback(length, buffer) {
        const bytes = (buffer as Buffer).subarray(0, length)
        if (listener) listener(bytes)
        else socket.emit('data', Buffer.from(bytes))
        return true
      },
    },
  })
  return {
    socket,
    receive(given) {
      listener = given
    },
  }
}

/**
 * Makes an encrypted socket whose handshake is done read into one reused buffer. Node supports that only for sockets
 * that are encrypted from their first byte, through internal names; MySQL's begin in plain text.
 *
 * @returns false, having changed nothing, if this version of Node uses other names
 */
export function readIntoOneBuffer(socket: Socket, listener: (bytes: Buffer) => void): boolean {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  const callback = (length: number) => {
    listener(buffer.subarray(0, length))
    return true
  }
  const model = new Socket({ onread: { buffer, callback } })
  const named = (name: string) => Object.getOwnPropertySymbols(model).find((symbol) => symbol.description === name)
  const names = [named('kBuffer'), named('kBufferCb')]
  const { _handle: handle } = socket as { _handle?: { useUserBuffer?: (buffer: Buffer) => void } }
  if (names.includes(undefined) || typeof handle?.useUserBuffer !== 'function') return false
  for (const name of names) Reflect.set(socket, name!, Reflect.get(model, name!))
  Reflect.apply(handle.useUserBuffer, handle, [buffer])
  return true
}
