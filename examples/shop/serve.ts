/** Serves the sample shop on 127.0.0.1. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Carryout } from '@carryout/client'
import { createAdaptorServer } from '@hono/node-server'
import { createPool, type PoolOptions } from 'mysql2/promise'
import { createShop } from './app.ts'

export interface ServeOptions {
  carryout: Carryout
  database: PoolOptions
  /** With 0, the system chooses a free port. */
  port: number
  /** Seconds by which the old download is slowed down; 15 by default. */
  slowSeconds?: number
}

export interface ServedShop {
  /** `http://127.0.0.1:<port>` */
  url: string
  close(): Promise<void>
}

/** @throws the server's error, such as EADDRINUSE */
export async function serveShop({ carryout, database, port, slowSeconds = 15 }: ServeOptions): Promise<ServedShop> {
  const pool = createPool({ ...database, dateStrings: true, connectionLimit: 5 })
  const { fetch } = await createShop({ carryout, database: pool, slowSeconds })
  const server = createAdaptorServer({
    fetch: (request) => (isOnThisMachine(request) ? fetch(request) : forbidden()),
  }) as Server
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve)
    })
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await pool.end()
    },
  }
}

/** Rejects other host names that resolve to this machine, which protects against DNS rebinding. */
function isOnThisMachine(request: Request): boolean {
  return ['127.0.0.1', 'localhost'].includes(new URL(request.url).hostname)
}

function forbidden(): Response {
  return new Response('Forbidden', { status: 403 })
}
