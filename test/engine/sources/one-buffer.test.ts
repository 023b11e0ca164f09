/** An encrypted socket that began in plain text, as MySQL's do, and then reads into one buffer. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { createSecureContext, connect as encrypt, TLSSocket } from 'node:tls'
import { readIntoOneBuffer } from '../../../engine/sources/mysql/socket.ts'
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
