/**
 * A proxy that behaves like RDS with IAM authentication: it requests a token in clear text within TLS, checks the token, and
 * forwards the connection to a MariaDB server under an account with a password.
 */

import { createHash } from 'node:crypto'
import { createServer, connect as dial, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { Account } from '../../local/src/database/accounts.ts'
import type { Identity } from './certificates.ts'

export interface IamDatabase {
  port: number
  /** Tokens that clients sent as their password, in the order of their logins. */
  tokens: string[]
  close(): Promise<void>
}

const CLIENT_SSL = 0x0800

export async function startIamDatabase(options: {
  /** Server and account to which connections are forwarded. */
  upstream: { host: string; port: number; account: Account }
  identity: Identity
  /** @returns whether the token opens the account */
  accepts: (user: string, token: string) => boolean
  /** Authentication plugin that the client must use; by default `mysql_clear_password`, like RDS. */
  plugin?: string
}): Promise<IamDatabase> {
  const { upstream, identity, accepts, plugin = 'mysql_clear_password' } = options
  const context = createSecureContext({ cert: identity.certificate, key: identity.key })
  const tokens: string[] = []
  const open = new Set<Socket>()
  const listener = createServer((client) => {
    open.add(client.on('close', () => open.delete(client)).on('error', () => {}))
    void admit(client).catch(() => client.destroy())
  })

  async function admit(client: Socket): Promise<void> {
    const server = dial(upstream.port, upstream.host)
    open.add(server.on('close', () => open.delete(server)).on('error', () => client.destroy()))
    const greeting = await packetFrom(server)
    // The server behind may not offer TLS, so the flag is set here. It follows the version and 13 bytes.
    const flags = greeting.indexOf(0, 5) + 1 + 13
    greeting.writeUInt16LE(greeting.readUInt16LE(flags) | CLIENT_SSL, flags)
    client.write(greeting)
    await packetFrom(client)
    const secure = new TLSSocket(client, { isServer: true, secureContext: context })
    secure.on('error', () => client.destroy()).on('close', () => server.destroy())
    const response = await packetFrom(secure)
    const user = response.toString('utf8', 36, response.indexOf(0, 36))
    secure.write(packet(response[3]! + 1, Buffer.from(`\xfe${plugin}\0`, 'latin1')))
    const answer = await packetFrom(secure)
    const token = answer.toString('utf8', 4, answer.length - 1)
    tokens.push(token)
    if (!accepts(user, token)) {
      const refusal = Buffer.concat([Buffer.of(0xff, 0x15, 0x04), Buffer.from('#28000Access denied')])
      secure.end(packet(answer[3]! + 1, refusal))
      return
    }
    server.write(packet(1, asAccount(response, greeting, upstream.account)))
    const outcome = await packetFrom(server)
    outcome[3] = answer[3]! + 1
    secure.write(outcome)
    secure.pipe(server)
    server.pipe(secure)
  }

  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  return {
    port: (listener.address() as { port: number }).port,
    tokens,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

/** Rewrites the client's response to the greeting: without TLS, and for another account. */
function asAccount(response: Buffer, greeting: Buffer, { username, password }: Account): Buffer {
  const body = Buffer.from(response.subarray(4))
  body.writeUInt16LE(body.readUInt16LE(0) & ~CLIENT_SSL, 0)
  const userEnd = body.indexOf(0, 32)
  const rest = body.subarray(userEnd + 2 + body[userEnd + 1]!)
  const databaseEnd = rest.indexOf(0) + 1
  const scramble1 = greeting.indexOf(0, 5) + 5
  const scramble2 = scramble1 + 8 + 19
  const scramble = [greeting.subarray(scramble1, scramble1 + 8), greeting.subarray(scramble2, scramble2 + 12)]
  const token = nativePassword(password, Buffer.concat(scramble))
  return Buffer.concat([
    body.subarray(0, 32),
    Buffer.from(`${username}\0`),
    Buffer.of(token.length),
    token,
    rest.subarray(0, databaseEnd),
    Buffer.from('mysql_native_password\0'),
    rest.subarray(rest.indexOf(0, databaseEnd) + 1),
  ])
}

/** `mysql_native_password`: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods_native_password_authentication.html */
function nativePassword(password: string, scramble: Buffer): Buffer {
  const sha1 = (bytes: string | Buffer) => createHash('sha1').update(bytes).digest()
  const once = sha1(password)
  const mask = sha1(Buffer.concat([scramble, sha1(once)]))
  return once.map((byte, index) => byte ^ mask[index]!) as Buffer
}

function packet(sequence: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeUIntLE(body.length, 0, 3)
  header[3] = sequence
  return Buffer.concat([header, body])
}

/** Reads one whole packet with its header, and leaves the following bytes in the socket. */
async function packetFrom(socket: Socket): Promise<Buffer> {
  const header = await read(socket, 4)
  const length = header.readUIntLE(0, 3)
  return Buffer.concat([header, await read(socket, length)])
}

async function read(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(length) as Buffer | null
    if (bytes) return bytes
    if (socket.readableEnded || socket.destroyed) throw new Error('The connection ended')
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('readable', done).off('close', done)
        resolve()
      }
      socket.once('readable', done).once('close', done)
    })
  }
}
