/** Parts that go to S3 by TLS, to an endpoint that breaks the first attempt off in the middle of the body. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { S3Client } from '@aws-sdk/client-s3'
import { crc32 } from '../../../engine/stores/crc32.ts'
import { s3Store } from '../../../engine/stores/s3.ts'
import { newAuthority } from '../../support/certificates.ts'

const BYTES = 3_000_001

test('sends a large body in slices over TLS, and repeats it completely if an attempt breaks off', async () => {
  const authority = newAuthority()
  const { certificate: cert, key } = authority.sign('localhost', { address: '127.0.0.1' })
  const received: { bytes: Buffer; length: string | undefined }[] = []
  let attempts = 0
  const server = createServer({ cert, key }, async (request, response) => {
    if (++attempts === 1) {
      await once(request, 'data')
      return request.socket.destroy()
    }
    const bytes = await bodyOf(request)
    received.push({ bytes, length: request.headers['content-length'] })
    response.setHeader('etag', '"sent"').end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = new S3Client({
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: { httpsAgent: new Agent({ ca: authority.certificate }) },
    maxAttempts: 2,
  })
  const bytes = Buffer.alloc(BYTES, 'a row of the export;')
  try {
    const stored = await s3Store({ client, bucket: 'files' }).put('file.csv', bytes, crc32(bytes), {
      contentType: 'text/csv',
      contentDisposition: 'attachment',
    })
    expect(stored.bytes).toBe(BYTES)
    expect(attempts).toBe(2)
    expect(received.map(({ length }) => length)).toEqual([String(BYTES)])
    expect(received[0]!.bytes.equals(bytes)).toBe(true)
  } finally {
    client.destroy()
    server.closeAllConnections()
    server.close()
  }
})

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}
