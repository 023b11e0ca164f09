/** Sockets that read into one buffer: plain ones, and encrypted ones that began in plain text, as MySQL's do. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createSecureContext, connect as encrypt, TLSSocket } from 'node:tls'
import { jest } from '@jest/globals'
import { openSocket, readIntoOneBuffer } from '../../../engine/sources/mysql/socket.ts'
import { newAuthority } from '../../support/certificates.ts'

const SENT = Buffer.alloc(1_000_003, 'rows of a table, ')

test('reads every byte into one buffer on the functions’ version of Node, and notices the end', async () => {
  const authority = newAuthority()
  const { certificate: cert, key } = authority.sign('localhost')
  const server = createServer((socket) => {
    const secure = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext({ cert, key }) })
    secure.once('data', () => secure.end(SENT))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const plain = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(plain, 'connect')
  const socket = encrypt({ socket: plain, ca: authority.certificate, servername: 'localhost' })
  await once(socket, 'secureConnect')
  const memories = new Set<ArrayBufferLike>()
  const received: Buffer[] = []
  const isOne = readIntoOneBuffer(socket, (bytes) => {
    memories.add(bytes.buffer)
    received.push(Buffer.from(bytes))
  })
  socket.resume()
  socket.write('a query')
  await once(socket, 'close')
  server.close()
  expect(isOne).toBe(true)
  expect(memories.size).toBe(1)
  expect(Buffer.concat(received).equals(SENT)).toBe(true)
})

test('a plain socket emits its first bytes in buffers of their own, and then reads every byte into one', async () => {
  const server = createServer((socket) => {
    socket.write('greeting')
    socket.once('data', () => socket.end(SENT))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { socket, receive } = openSocket('127.0.0.1', (server.address() as AddressInfo).port)
  const keptAlive = jest.spyOn(handleOf(socket), 'setKeepAlive')
  const undelayed = jest.spyOn(handleOf(socket), 'setNoDelay')
  const [greeting] = (await once(socket, 'data')) as [Buffer]
  const memories = new Set<ArrayBufferLike>()
  const received: Buffer[] = []
  receive((bytes) => {
    memories.add(bytes.buffer)
    received.push(Buffer.from(bytes))
  })
  socket.write('a query')
  await once(socket, 'close')
  server.close()
  expect(greeting.toString()).toBe('greeting')
  expect(memories.size).toBe(1)
  expect(memories.has(greeting.buffer)).toBe(false)
  expect(Buffer.concat(received).equals(SENT)).toBe(true)
  // The system asks a peer that is silent for ten seconds.
  expect(keptAlive.mock.calls).toEqual([[true, 10]])
  // No packet waits for the answer to the one before it.
  expect(undelayed.mock.calls).toEqual([[true]])
})

test('a socket stays as it is if this version of Node cannot read into one buffer', () => {
  const other = { _handle: {} } as unknown as Socket
  expect(readIntoOneBuffer(other, () => {})).toBe(false)
  expect(other).toEqual({ _handle: {} })
})

interface Handle {
  setKeepAlive(enable: boolean, seconds: number): void
  setNoDelay(enable: boolean): void
}

function handleOf(socket: Socket): Handle {
  return (socket as unknown as { _handle: Handle })._handle
}
