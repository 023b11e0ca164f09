/** A TCP proxy in front of the database, which counts concurrent connections, can be down, and can stall. */
import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import type { FreshDatabase } from './database.ts'

export interface DatabaseProxy {
  /** `DATABASE_URL` of the exporter through the proxy. */
  url: string
  /** Number of open connections. */
  now(): number
  /** The most connections that were open at the same time. */
  most(): number
  /** Resets `most`. */
  forgetMost(): void
  /** Number of all connections since the start. */
  total(): number
  /** Refuses new connections and breaks open ones. */
  down(): Promise<void>
  up(): Promise<void>
  /** Holds back everything that the server sends after about this many more bytes, over all connections. */
  stallAfter(bytes: number): void
  /** Breaks the server's side of each open connection without notifying the client. */
  halfOpen(): void
  /** Number of connections that are held back. */
  stalled(): number
  close(): Promise<void>
}

/** @param options.password password for `url`, instead of the exporter's */
export async function startDatabaseProxy(
  { host, port, database, exporter }: FreshDatabase,
  { password = exporter.password }: { password?: string } = {},
): Promise<DatabaseProxy> {
  const open = new Set<Socket>()
  let most = 0
  let total = 0
  let left = Number.POSITIVE_INFINITY
  const held = new Set<Socket>()
  const upstreams = new Map<Socket, Socket>()
  const accept = (client: Socket) => {
    const upstream = dial(port, host)
    open.add(client)
    total++
    most = Math.max(most, open.size)
    client.on('end', () => open.delete(client)).on('close', () => open.delete(client))
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => to.destroy()).pipe(to)
    }
    upstreams.set(client, upstream)
    client.on('close', () => upstreams.delete(client) && upstream.destroy())
    upstream.on('close', () => held.delete(upstream))
    upstream.on('data', ({ length }) => {
      left -= length
      if (left < 0) held.add(upstream.unpipe(client).pause())
    })
  }
  let server: Server | undefined
  const up = async (at: number) => {
    server = createServer(accept)
    await new Promise<void>((resolve) => server!.listen(at, '127.0.0.1', resolve))
    return (server.address() as { port: number }).port
  }
  const down = async () => {
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
    server = undefined
  }
  const own = await up(0)
  return {
    url: `mysql://${exporter.username}:${encodeURIComponent(password)}@127.0.0.1:${own}/${database}`,
    now: () => open.size,
    most: () => most,
    forgetMost() {
      most = open.size
    },
    total: () => total,
    down,
    up: async () => void (await up(own)),
    halfOpen() {
      for (const [client, upstream] of upstreams) {
        client.unpipe(upstream).resume()
        upstream.unpipe(client).destroy()
      }
    },
    stalled: () => held.size,
    stallAfter: (bytes) => {
      left = bytes
    },
    close: down,
  }
}
