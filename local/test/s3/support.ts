/** A local S3 behind a real HTTP server, the real SDK in front of it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { createS3, type S3, type S3Options } from '../../src/s3/s3.ts'
import { openStore } from '../../src/store.ts'

export const BUCKET = 'downloads'
export const MIB = 1024 * 1024

export interface TestS3 {
  s3: S3
  client: S3Client
  port: number
  endpoint: string
  directory: string
  newClient(config?: S3ClientConfig): S3Client
  /** As after a `kill -9`: the process's memory is gone, the directory is as it was. */
  reopen(options?: Partial<S3Options>): Promise<TestS3>
  /** How many files of bytes there are. */
  blobs(): number
  /** Waits up to a second for the expected number, because files are deleted in the background. @returns the number */
  blobCount(expected: number): Promise<number>
  close(): Promise<void>
}

/** Drops the SDK's warnings about streams that it cannot send twice, which these tests use on purpose. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

const directories: string[] = []
const open: TestS3[] = []

/** Closes and deletes whatever a test opened. */
export async function closeAll(): Promise<void> {
  for (const one of open.splice(0)) await one.close()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
}

export async function givenS3(options: Partial<S3Options> = {}): Promise<TestS3> {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-s3-'))
  directories.push(directory)
  const test = await openS3(directory, options)
  test.s3.createBucket(BUCKET)
  return test
}

async function openS3(directory: string, options: Partial<S3Options>): Promise<TestS3> {
  const store = openStore(directory)
  const s3 = createS3({ store, directory: join(directory, 's3'), region: 'us-east-1', ...options })
  const server = createServer((request, response) => void s3.handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const endpoint = `http://127.0.0.1:${port}`
  const clients: S3Client[] = []
  const newClient = (config: S3ClientConfig = {}) => {
    const client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
      logger: SILENT,
      ...config,
    })
    clients.push(client)
    return client
  }
  let closed = false
  const test: TestS3 = {
    s3,
    client: newClient(),
    port,
    endpoint,
    directory,
    newClient,
    blobs: () => readdirSync(join(directory, 's3', 'blobs')).length,
    async blobCount(expected) {
      for (let tries = 0; test.blobs() !== expected && tries < 100; tries++) await setTimeout(10)
      return test.blobs()
    },
    async reopen(again = {}) {
      await test.close()
      return openS3(directory, { ...options, ...again })
    },
    async close() {
      if (closed) return
      closed = true
      s3.close()
      for (const client of clients) client.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      store.close()
    },
  }
  open.push(test)
  return test
}

/** Bytes that do not repeat within a MiB, the same for the same seed. */
export function bytesOf(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size)
  let state = seed
  for (let at = 0; at + 4 <= size; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    bytes.writeInt32LE(state, at)
  }
  return bytes
}

/** What a call throws, for a closer look than `toThrow` takes. */
export async function errorOf(call: Promise<unknown>): Promise<{ name: string; status: number; message: string }> {
  try {
    await call
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
    return { name, message, status: $metadata?.httpStatusCode ?? 0 }
  }
  throw new Error('The call succeeded, though it should not have.')
}

export interface RawAnswer {
  /** Whether `100 Continue` came first. */
  continued: boolean
  status: number
  headers: Record<string, string>
  body: string
}

/**
 * A request byte by byte, for what no SDK would send.
 *
 * @param hangUp closes the connection after the body instead of waiting for an answer
 */
export function raw(
  { port }: TestS3,
  method: string,
  path: string,
  headers: Record<string, string | number> = {},
  body: Buffer | string = '',
  { hangUp = false } = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const all = {
      host: `127.0.0.1:${port}`,
      authorization: 'AWS4-HMAC-SHA256 trusted',
      connection: 'close',
      ...headers,
    }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
    socket.write(body)
    if (hangUp) void setTimeout(50).then(() => socket.destroy())
    const received: Buffer[] = []
    socket.on('data', (chunk) => received.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(parseAnswer(Buffer.concat(received))))
  })
}

function parseAnswer(bytes: Buffer): RawAnswer {
  // Headers are Latin-1, bodies UTF-8.
  const text = bytes.toString('latin1')
  const final = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
  const [head = '', ...rest] = final.split('\r\n\r\n')
  const [status = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 2),
  ])
  return {
    continued: final !== text,
    status: Number(status.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: Buffer.from(rest.join('\r\n\r\n'), 'latin1').toString(),
  }
}
