/** The examples' mounts, each as a server on loopback. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { HttpEvent } from '../../../client/web/lambda.ts'
import { functionUrls } from '../../../local/src/lambda/function-url.ts'

export interface Mount {
  /** The address that downloads are below. */
  base: string
  close(): Promise<void>
}

/** Each starts the example as it stands: its clients find AWS by the environment. */
export const MOUNTS: Record<string, () => Promise<Mount>> = {
  async Express() {
    const { app } = await import('../../../examples/mounts/express.ts')
    return listening(createServer(app))
  },
  async Fastify() {
    const { app } = await import('../../../examples/mounts/fastify.ts')
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    return { base: `${address}/downloads`, close: () => app.close() }
  },
  async Hono() {
    const { app } = await import('../../../examples/mounts/hono.ts')
    return listening(createServer(getRequestListener(app.fetch)))
  },
  /** As Next.js does: the function of the method's name, with the request. */
  async Next() {
    const route = await import('../../../examples/mounts/next.ts')
    const handle = (request: Request) => (request.method === 'POST' ? route.POST : route.GET)(request)
    return listening(createServer(getRequestListener(handle)))
  },
  /** Behind the local cloud's function URL, which makes the events. */
  async Lambda() {
    const { handler } = await import('../../../examples/mounts/lambda.ts')
    const lambda = {
      invoke: async (_name: string, payload: string) => ({
        payload: JSON.stringify(await handler(JSON.parse(payload) as HttpEvent)),
      }),
      getFunction: () => ({}),
    }
    const urls = functionUrls({ lambda: lambda as never, accountId: '000000000000' })
    urls.add('downloads', { name: 'downloads', authType: 'NONE' })
    return listening(
      createServer((request, response) => {
        request.url = `/lambda-url/downloads${request.url}`
        void urls.handler(request, response)
      }),
    )
  },
}

async function listening(server: Server): Promise<Mount> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/downloads`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
