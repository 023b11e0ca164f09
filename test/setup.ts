/**
 * Before the whole run: a small desk that starts one database server of each product the first time a test asks for
 * it, so that a run of pure tests pays nothing. Jest imports this file as it is; imports are kept light.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openRights } from './support/rights.ts'
import type { TestServer } from './support/server.ts'

declare global {
  var carryoutTestDesk: { listener: Server; servers: Map<string, Promise<TestServer>> } | undefined
}

export default async function setup(): Promise<void> {
  // CloudFormation's own rules take seconds in each process that synthesizes; test/cdk/nag.test.ts asks for them.
  process.env.CDK_VALIDATION = 'false'
  if (!process.env.CARRYOUT_TEST_DATABASE_URL) {
    const { unpackServers } = await import('./support/server.ts')
    await unpackServers((process.env.CARRYOUT_TEST_DATABASES || 'mariadb,mysql').split(','))
  }
  openRights()
  const listener = createServer(async ({ url }, response) => {
    const product = url?.slice(1) ?? ''
    try {
      const server =
        desk.servers.get(product) ??
        import('./support/server.ts').then(({ startTestServer }) => startTestServer(product))
      desk.servers.set(product, server)
      // A kept-alive connection could be closed just as a worker that rarely asks sends its next request.
      response.setHeader('connection', 'close').end(JSON.stringify((await server).facts))
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error))
    }
  })
  const desk: NonNullable<typeof globalThis.carryoutTestDesk> = { listener, servers: new Map() }
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  listener.unref()
  globalThis.carryoutTestDesk = desk
  process.env.CARRYOUT_TEST_DESK = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
}
