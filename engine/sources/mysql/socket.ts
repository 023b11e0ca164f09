import { connect, Socket } from 'node:net'

/** As much as one read takes. Small enough to stay in the processor's cache until it has been copied. */
const READ_BYTES = 64 * 1024

/**
 * After ten seconds without a byte the system asks the peer's system once a second whether the connection still stands,
 * and breaks it after ten that were not answered (Linux, as libuv sets it).
 */
const KEEP_ALIVE_MILLIS = 10_000
export const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MILLIS }

export interface ReadingSocket {
  socket: Socket
  /** From now on what arrives goes to the listener instead of to those of `data`. It is valid until the listener returns. */
  receive(listener: (bytes: Buffer) => void): void
}

/**
 * A socket that reads into one buffer again and again. A buffer for each read, as streams have it, costs as much of a
 * processor's time as all that is done to a row between the database and S3.
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
 * Lets an encrypted socket, whose handshake is done, read into one buffer again and again, too. Node does so only for sockets that
 * encrypt from their first byte, by names of its own; MySQL's begin in plain text.
 *
 * @returns false, and changes nothing, where this Node has other names
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
