import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { BUCKET, bytesOf, closeAll, givenS3, MIB, raw, type TestS3 } from './support.ts'

afterEach(closeAll)

const at = { Bucket: BUCKET, Key: 'k' }

async function text({ client }: TestS3): Promise<string> {
  return (await client.send(new GetObjectCommand(at))).Body!.transformToString()
}

test('objects, uploads and parts outlive a restart', async () => {
  const before = await givenS3()
  await before.client.send(new PutObjectCommand({ ...at, Body: 'kept', Metadata: { a: 'b' } }))
  const { UploadId } = await before.client.send(
    new CreateMultipartUploadCommand({ ...at, Key: 'parts', ChecksumAlgorithm: 'CRC32' }),
  )
  const part = { Bucket: BUCKET, Key: 'parts', UploadId, PartNumber: 1 }
  const { ETag, ChecksumCRC32 } = await before.client.send(new UploadPartCommand({ ...part, Body: 'part' }))
  const after = await before.reopen()
  expect(await text(after)).toBe('kept')
  await after.client.send(
    new CompleteMultipartUploadCommand({
      ...part,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] },
    }),
  )
  const got = await after.client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'parts' }))
  expect(await got.Body?.transformToString()).toBe('part')
})

test('data without an object is deleted at the start', async () => {
  const before = await givenS3()
  await before.client.send(new PutObjectCommand({ ...at, Body: 'kept' }))
  writeFileSync(join(before.directory, 's3', 'blobs', 'orphan'), 'left by a death in the middle')
  const after = await before.reopen()
  expect(after.blobs()).toBe(1)
  expect(await text(after)).toBe('kept')
})

test('objects and parts with missing or truncated data are dropped at the start and named', async () => {
  const before = await givenS3()
  const blobs = join(before.directory, 's3', 'blobs')
  const put = async (Key: string) => {
    const known = new Set(readdirSync(blobs))
    await before.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'bytes' }))
    return join(blobs, readdirSync(blobs).find((name) => !known.has(name))!)
  }
  await put('whole')
  rmSync(await put('missing'))
  const cut = await put('cut')
  truncateSync(cut, 3)
  // Before the next start a reader is told, without a path of this machine.
  const lost = before.client
    .send(new GetObjectCommand({ Bucket: BUCKET, Key: 'missing' }))
    .then(({ Body }) => Body?.transformToString())
  await expect(lost).rejects.toThrow()
  const told: string[][] = []
  const after = await before.reopen({ onLost: (keys) => told.push(keys.sort()) })
  expect(told).toEqual([['cut', 'missing']])
  const get = (Key: string) => after.client.send(new GetObjectCommand({ Bucket: BUCKET, Key }))
  await expect(get('missing')).rejects.toThrow(expect.objectContaining({ name: 'NoSuchKey' }))
  await expect(get('cut')).rejects.toThrow(expect.objectContaining({ name: 'NoSuchKey' }))
  expect(await (await get('whole')).Body?.transformToString()).toBe('bytes')
  expect(await after.blobCount(1)).toBe(1)
})

describe('in a process of its own', () => {
  let directory: string
  let child: ChildProcess | undefined

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'carryout-s3-'))
  })
  afterEach(() => {
    child?.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })

  /** A child process that serves the directory, and reports its memory when asked for `/memory`. */
  async function serve(): Promise<{ port: number }> {
    const root = join(import.meta.dirname, '..', '..', 'src')
    const script = `
      import { createServer } from 'node:http'
      import { createS3 } from ${JSON.stringify(join(root, 's3', 's3.ts'))}
      import { openStore } from ${JSON.stringify(join(root, 'store.ts'))}
      const directory = ${JSON.stringify(directory)}
      const s3 = createS3({ store: openStore(directory), directory: directory + '/s3', region: 'us-east-1' })
      s3.createBucket('${BUCKET}')
      let peak = 0
      const measure = () => { peak = Math.max(peak, process.memoryUsage().rss) }
      setInterval(measure, 10)
      const server = createServer((request, response) => {
        if (request.url === '/memory') { measure(); response.end(String(peak)); peak = 0 }
        else void s3.handler(request, response)
      })
      server.listen(0, '127.0.0.1', () => console.log(server.address().port))`
    child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(child.stdout!, 'data')
    return { port: Number(String(line)) }
  }

  function put(port: number, size: number, pieces: Iterable<Buffer>): Promise<number> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: 'AWS4-', 'content-length': size }
      const call = request({ host: '127.0.0.1', port, method: 'PUT', path: `/${BUCKET}/k`, headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
      call.on('error', reject)
      pipeline(Readable.from(pieces), call).catch(reject)
    })
  }

  async function get(port: number): Promise<Buffer> {
    const answer = await fetch(`http://127.0.0.1:${port}/${BUCKET}/k`, { headers: { authorization: 'AWS4-' } })
    return Buffer.from(await answer.arrayBuffer())
  }

  test('that is killed at any moment of an overwrite, the object is the old one or the new one', async () => {
    const versions = [bytesOf(3 * MIB, 1), bytesOf(3 * MIB, 2)] as const
    let { port } = await serve()
    expect(await put(port, 3 * MIB, [versions[0]])).toBe(200)
    for (let round = 0; round < 4; round++) {
      const writing = put(port, 3 * MIB, [versions[(round + 1) % 2]!]).catch(() => 0)
      await new Promise((resolve) => setTimeout(resolve, round * 8))
      child!.kill('SIGKILL')
      await writing
      ;({ port } = await serve())
      const found = await get(port)
      expect(versions.some((version) => version.equals(found))).toBe(true)
      expect(readdirSync(join(directory, 's3', 'blobs'))).toHaveLength(1)
    }
  })

  test('memory does not grow while 300 MiB are uploaded and downloaded', async () => {
    const { port } = await serve()
    const memory = async () => Number(await (await fetch(`http://127.0.0.1:${port}/memory`)).text())
    const piece = bytesOf(MIB)
    expect(await put(port, 10 * MIB, Array(10).fill(piece))).toBe(200)
    await get(port)
    const small = await memory()
    expect(await put(port, 300 * MIB, Array(300).fill(piece))).toBe(200)
    const answer = await fetch(`http://127.0.0.1:${port}/${BUCKET}/k`, { headers: { authorization: 'AWS4-' } })
    let received = 0
    for await (const chunk of answer.body!) received += chunk.length
    expect(received).toBe(300 * MIB)
    expect((await memory()) - small).toBeLessThan(100 * MIB)
  })
})

test('a refused upload leaves neither an object nor data', async () => {
  const s3 = await givenS3()
  await raw(s3, 'PUT', `/${BUCKET}/k`, { 'content-length': 1, 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }, 'a')
  expect((await s3.reopen()).blobs()).toBe(0)
})
