/** A server that accepts every log-in, answers a session's set-up, and then sends what a test tells it to. */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const OK = Buffer.of(0, 0, 0, 2, 0, 0, 0)
const COM_QUIT = 1
const COM_QUERY = 3
const COM_PREPARE = 0x16
const COM_EXECUTE = 0x17
const COM_CLOSE = 0x19

export interface FakeServer {
  port: number
  /** Statements that it was sent as text, in order. */
  statements: string[]
  /** The flags of each client that has logged in. */
  capabilities: number[]
  /** How many sessions were ended by a quit command. */
  quits(): number
  /** Refuses new connections; existing ones stay open. */
  refuse(): void
  /** Waits until no connection is open. */
  emptied(): Promise<void>
  close(): Promise<void>
}

export interface Answer {
  socket: Socket
  /** The connection's number. */
  id: number
  /** Sends a packet with its header; packets are numbered on. */
  send(payload: Buffer): void
}

/**
 * @param answers answers a statement, or returns false for the default answer, which suits a session's set-up
 * @param options.command the command that its process list shows for every session
 */
export async function startFakeServer(
  answers: (statement: string, answer: Answer) => false | undefined,
  {
    host = '127.0.0.1',
    port = 0,
    name = 'fake',
    command = 'Query',
  }: { host?: string; port?: number; name?: string; command?: 'Query' | 'Sleep' } = {},
): Promise<FakeServer> {
  const sockets = new Set<Socket>()
  const statements: string[] = []
  const capabilities: number[] = []
  const killed = new Set<string>()
  let connections = 0
  let quits = 0
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true))
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    let sequence = 0
    const send = (payload: Buffer) => socket.write(framed(payload, sequence++))
    let loggedIn = false
    let buffered = Buffer.alloc(0)
    const id = ++connections
    send(handshake(id))
    socket.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk])
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readUIntLE(0, 3)) {
        const packet = buffered.subarray(4, 4 + buffered.readUIntLE(0, 3))
        sequence = buffered[3]! + 1
        buffered = buffered.subarray(4 + packet.length)
        if (!loggedIn) {
          loggedIn = true
          capabilities.push(packet.readUInt32LE(0))
          send(OK)
        } else if (sequence === 1) answer(packet, { socket, send, id })
        // A command begins a sequence of packets. Servers end a session that breaks the order.
        else socket.destroy()
      }
    })
  })
  const answer = (packet: Buffer, to: Answer) => {
    const statement = packet.toString('utf8', 1)
    if (packet[0] === COM_QUIT) {
      quits++
      return to.socket.end()
    }
    if (packet[0] === COM_CLOSE) return
    if (packet[0] === COM_QUERY) statements.push(statement)
    if (statement.startsWith('KILL')) killed.add(statement.split(' ').at(-1)!)
    if (packet[0] === COM_QUERY && answers(statement, to) !== false) return
    if (packet[0] === COM_PREPARE) return prepared(statement, to)
    if (packet[0] === COM_QUERY && statement === 'SHOW PROCESSLIST') {
      // Who was killed is not in the list any more.
      const ids = Array.from({ length: connections }, (_, index) => String(index + 1))
      return rows(
        to,
        ['Id', 'Command'],
        ids.filter((each) => !killed.has(each)).map((each) => [each, command]),
      )
    }
    if (packet[0] === COM_EXECUTE || !/^\s*SELECT/.test(statement)) return to.send(OK)
    rows(to, ['version', 'server', 'id'], [['9.7.0', `${name}/1/1`, String(to.id)]])
  }
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    statements,
    capabilities,
    quits: () => quits,
    refuse: () => void server.close(),
    emptied: () => until(() => sockets.size === 0),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 600) throw new Error('The condition was not met within three seconds')
    await sleep(5)
  }
}

export function rows({ send }: Answer, names: string[], values: string[][], warnings = 0): void {
  send(Buffer.of(names.length))
  for (const name of names) send(definition(name))
  send(eof())
  for (const row of values) send(textRow(row))
  send(eof(warnings))
}

export function textRow(values: string[]): Buffer {
  return Buffer.concat(values.map((value) => lengthEncoded(value)))
}

export function eof(warnings = 0, status = 2): Buffer {
  return Buffer.of(0xfe, warnings & 0xff, warnings >> 8, status & 0xff, status >> 8)
}

export function err(number: number, message: string): Buffer {
  return Buffer.concat([Buffer.of(0xff, number & 0xff, number >> 8), Buffer.from(`#HY000${message}`)])
}

export function definition(name: string): Buffer {
  const fixed = Buffer.alloc(13)
  fixed[0] = 12
  fixed.writeUInt16LE(224, 1)
  fixed.writeUInt32LE(80, 3)
  fixed[7] = 253
  return Buffer.concat([...['def', '', '', '', name, name].map(lengthEncoded), fixed])
}

export function framed(payload: Buffer, sequence: number): Buffer {
  const header = Buffer.alloc(4)
  header.writeUIntLE(payload.length, 0, 3)
  header[3] = sequence & 0xff
  return Buffer.concat([header, payload])
}

function lengthEncoded(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

/** One column, and as many parameters as there are `?`. */
function prepared(statement: string, { send }: Answer): void {
  const parameters = statement.split('?').length - 1
  const header = Buffer.alloc(12)
  header[1] = 1
  const columns = /^\s*SELECT/.test(statement) ? 1 : 0
  header.writeUInt16LE(columns, 5)
  header.writeUInt16LE(parameters, 7)
  send(header)
  for (let index = 0; index < parameters; index++) send(definition('?'))
  if (parameters > 0) send(eof())
  if (columns > 0) {
    send(definition('id'))
    send(eof())
  }
}

function handshake(connection: number): Buffer {
  // Protocol 4.1, secure connection, plugin authentication, transactions, multiple results; no deprecated EOF.
  const low = 0x0200 | 0x8000 | 0x2000 | 0x0008
  const high = 0x0008 | 0x0002
  const id = Buffer.alloc(4)
  id.writeUInt32LE(connection)
  return Buffer.concat([
    Buffer.of(10),
    Buffer.from('9.7.0\0'),
    id,
    Buffer.from('abcdefgh\0'),
    Buffer.of(low & 0xff, low >> 8, 224, 2, 0, high & 0xff, high >> 8, 21),
    Buffer.alloc(10),
    Buffer.from('ijklmnopqrst\0'),
    Buffer.from('mysql_native_password\0'),
  ])
}
