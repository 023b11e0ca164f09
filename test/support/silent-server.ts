/** A server that accepts connections but never responds, like a peer behind a network that drops packets. */
import { createServer, type Socket } from 'node:net'

export interface SilentServer {
  port: number
  endpoint: string
  /** Number of accepted connections. */
  accepted(): number
  close(): Promise<void>
}

export async function startSilentServer(): Promise<SilentServer> {
  const open = new Set<Socket>()
  let accepted = 0
  const server = createServer((socket) => {
    accepted++
    open.add(socket.on('error', () => {}).on('close', () => open.delete(socket)))
    socket.resume()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    accepted: () => accepted,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
