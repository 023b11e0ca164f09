/** Parts that go to S3 by TLS, also to an endpoint that breaks the first attempt off in the middle of the body. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { crc32 } from '../../../engine/stores/crc32.ts'
import { s3Store } from '../../../engine/stores/s3.ts'
import { sendInSlices } from '../../../engine/stores/sliced-body.ts'
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

describe('a body', () => {
  test('goes over TLS in slices of at most 64 KiB if it is large, whether it ends with a whole slice or not', async () => {
    for (const length of [1_048_576, 1_000_001]) {
      const body = Buffer.alloc(length, 'a row of the export;')
      const sent = await sentBody('https', body)
      expect(sent).toBeInstanceOf(Readable)
      const slices: Buffer[] = await (sent as Readable).toArray()
      expect(Buffer.concat(slices).equals(body)).toBe(true)
      expect(Math.max(...slices.map((slice) => slice.length))).toBe(65_536)
    }
  })

  test('goes as it is if it is small, not bytes, or not encrypted', async () => {
    const [small, text, large] = [Buffer.alloc(10_000), 'x'.repeat(1_000_000), Buffer.alloc(1_000_000)]
    expect(await sentBody('https', small)).toBe(small)
    expect(await sentBody('https', text)).toBe(text)
    expect(await sentBody('http', large)).toBe(large)
  })
})

/** Returns the body that the client passes to its connection. */
async function sentBody(protocol: 'http' | 'https', Body: Buffer | string): Promise<unknown> {
  let sent: unknown
  const client = new S3Client({
    endpoint: `${protocol}://s3.example.com`,
    region: 'eu-central-1',
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: {
      handle: async ({ body }: { body: unknown }) => {
        sent = body
        throw new Error('not sent')
      },
    },
  })
  sendInSlices(client)
  await expect(client.send(new PutObjectCommand({ Bucket: 'files', Key: 'a', Body }))).rejects.toThrow('not sent')
  return sent
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}
