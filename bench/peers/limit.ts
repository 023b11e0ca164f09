/** The upper limit for Node: reads the same rows' bytes from the socket, into one buffer in plain text, and throws them away. */
import { openConnection } from '../../engine/sources/mysql/connection.ts'
import { readTask, report } from '../task.ts'

const { access, rows, query } = readTask()
const { tls } = access
const ca = Array.isArray(tls?.ca) ? tls.ca.join('\n') : tls?.ca
const began = performance.now()
const { connection, plain } = await openConnection({ ...access, tls: tls ? { ca } : 'off' }, access)
const socket = connection.stream
socket.removeAllListeners('data')
const packet = Buffer.concat([Buffer.alloc(5), Buffer.from(query)])
packet.writeUIntLE(packet.length - 4, 0, 3)
packet[4] = 3
let bytes = 0
await new Promise<void>((resolve, reject) => {
  const receive = (chunk: Buffer) => {
    bytes += chunk.length
    // The last packet has five bytes and begins with 0xFE.
    if (chunk.length >= 9 && chunk[chunk.length - 5] === 0xfe && chunk[chunk.length - 9] === 5 && bytes > rows * 20)
      resolve()
  }
  if (plain) plain.receive(receive)
  else socket.on('data', receive)
  socket.on('error', reject)
  socket.write(packet)
})
const seconds = (performance.now() - began) / 1000
socket.destroy()
report({ rows, bytes, seconds })
