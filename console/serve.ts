/** Serves the console on one's own machine with one's own credentials: `npx carryout console`. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Console } from './console.ts'

export interface ServedConsole {
  /** `http://127.0.0.1:<port>/` */
  url: string
  close(): Promise<void>
}

/**
 * Listens on 127.0.0.1 only, and refuses a Host header that is not this machine. Otherwise a web page elsewhere could
 * reach it through a name of its own that resolves to 127.0.0.1 (DNS rebinding).
 *
 * @param options.port 0 lets the system choose
 * @throws the server's error, such as EADDRINUSE
 */
export async function serveConsole(site: Console, { port }: { port: number }): Promise<ServedConsole> {
  const server = createAdaptorServer({
    fetch: (request) => (isOnThisMachine(request) ? site.fetch(request) : new Response('Forbidden', { status: 403 })),
  }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function isOnThisMachine(request: Request): boolean {
  const { hostname } = new URL(request.url)
  return hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]'
}
