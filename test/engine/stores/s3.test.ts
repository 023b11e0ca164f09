import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { streamStore } from '../../../bench/stream-upload.ts'
import { crc32 } from '../../../engine/stores/crc32.ts'
import { ObjectWriter } from '../../../engine/stores/object-writer.ts'
import { s3Store } from '../../../engine/stores/s3.ts'
import type { Store } from '../../../engine/stores/store.ts'
import { StorageUnavailable } from '../../../statemachine/errors.ts'
import { startStore, type TestStore } from '../harness.ts'

let store: TestStore

beforeAll(async () => {
  store = await startStore()
})
afterAll(() => store.close())

const bytes = Buffer.from('bytes')
/** A file that is large enough for two parts with either way to upload. */
const large = Buffer.alloc(11 << 20, 'some content that repeats\n')
const WAYS = ['parts', 'stream'] as const
/** How uploads go. */
function storeOf(how: (typeof WAYS)[number]): Store {
  return how === 'parts' ? store : streamStore(store)
}
const headers = { contentType: 'text/csv; charset=utf-8', contentDisposition: 'attachment; filename="a.csv"' }

it('writes an object with its headers and a CRC-32 that S3 verified', async () => {
  const written = await store.put('a', bytes, crc32(bytes), headers)
  expect(await store.head('a')).toEqual(written)
  const found = await store.client.send(new HeadObjectCommand({ Bucket: store.bucket, Key: 'a' }))
  expect(found).toMatchObject({ ContentType: headers.contentType, ContentDisposition: headers.contentDisposition })
})

it('fails when the bytes do not match the CRC-32', async () => {
  await expect(store.put('b', bytes, 1, headers)).rejects.toThrow(StorageUnavailable)
  expect(await store.head('b')).toBeNull()
})

it('reads a part of the intended object, and nothing if it was replaced', async () => {
  const { etag } = await store.put('c', bytes, crc32(bytes), headers)
  expect(Buffer.from((await store.read('c', etag, 1, 3))!).toString()).toBe('yt')
  expect(await store.read('c', '"another"', 1, 3)).toBeNull()
  expect(await store.read('nowhere', etag, 1, 3)).toBeNull()
})

it.each(WAYS)('does not complete an object of %s whose length or CRC-32 differs', async (how) => {
  for (const whole of [
    { bytes: large.length, crc32: 1 },
    { bytes: 1, crc32: crc32(large) },
  ]) {
    const upload = await storeOf(how).startUpload('d', headers)
    await upload.part(1, large, crc32(large))
    expect(await upload.complete(whole)).toBeNull()
    await upload.abort()
    await upload.abort()
  }
  expect(await store.head('d')).toBeNull()
  expect(await store.openUploads()).toBe(0)
})

it('discards everything under a prefix, including uploads in progress, and nothing else', async () => {
  for (const key of ['e/1', 'e/2', 'eternal']) await store.put(key, bytes, crc32(bytes), headers)
  const upload = await store.startUpload('e/3', headers)
  await upload.part(1, bytes, crc32(bytes))
  expect((await store.list('e')).map(({ key }) => key)).toEqual(['e/1', 'e/2', 'eternal'])
  await store.discard('e/')
  await store.discard('nowhere/')
  const { etag } = (await store.head('eternal'))!
  expect(await store.list('e')).toEqual([{ key: 'eternal', etag, bytes: bytes.length }])
  expect(await store.openUploads()).toBe(0)
})

it('reports a missing bucket', async () => {
  const gone = s3Store({ client: store.client, bucket: 'gone-bucket' })
  await expect(gone.put('a', bytes, crc32(bytes), headers)).rejects.toThrow(StorageUnavailable)
  await expect(gone.put('a', bytes, crc32(bytes), headers)).rejects.toThrow(
    /no bucket gone-bucket: deploy the stack again/,
  )
  await expect(gone.startUpload('a', headers)).rejects.toThrow(/no bucket gone-bucket/)
})

it('reports an unreachable S3', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const away = s3Store({ client, bucket: 'any' })
  await expect(away.head('a')).rejects.toThrow(StorageUnavailable)
  await expect(away.head('a')).rejects.toThrow(/S3 could not be reached to look at a/)
})

describe('an object written front to back', () => {
  it.each(WAYS.flatMap((how) => [0, 1, 8 << 20, 30_000_000].map((length) => [length, how] as const)))(
    'of %d bytes in %s has the written bytes',
    async (length, how) => {
      const content = Buffer.alloc(length, 'some content that repeats\n')
      const writer = new ObjectWriter(storeOf(how), `written-${length}`, headers)
      for (let at = 0; at < length; at += 300_000) {
        writer.output.write(content.subarray(at, at + 300_000))
        await writer.drain()
      }
      const written = await writer.close()
      expect(await store.head(`written-${length}`)).toEqual(written)
      expect((await store.content(`written-${length}`)).equals(content)).toBe(true)
    },
  )

  it('in a stream ends with the first part that fails, and leaves nothing', async () => {
    const send = store.client.send.bind(store.client) as (command: { input: object }) => Promise<unknown>
    let sent = 0
    const refusing = Object.create(store.client, {
      send: {
        value: (command: { input: object }) =>
          'PartNumber' in command.input && ++sent === 2
            ? Promise.reject(Object.assign(new Error('Slow down'), { name: 'SlowDown' }))
            : send(command),
      },
    }) as S3Client
    const writer = new ObjectWriter(streamStore({ client: refusing, bucket: store.bucket }), 'refused', headers)
    let written = 0
    const write = async () => {
      for (; written < 50; written++) {
        writer.output.write(Buffer.alloc(4 << 20, written))
        await writer.drain()
      }
    }
    await expect(write()).rejects.toThrow(StorageUnavailable)
    expect(written).toBeLessThan(20)
    await writer.abort()
    expect(await store.head('refused')).toBeNull()
    expect(await store.openUploads()).toBe(0)
  })

  it('in a stream is not written if another object was written in the meantime', async () => {
    await store.put('taken', bytes, crc32(bytes), headers)
    const writer = new ObjectWriter(storeOf('stream'), 'taken', { ...headers, replaces: null })
    writer.output.write(large)
    await writer.drain()
    await expect(writer.close()).rejects.toThrow(StorageUnavailable)
    await writer.abort()
    expect((await store.head('taken'))?.bytes).toBe(bytes.length)
    expect(await store.openUploads()).toBe(0)
  })

  it('keeps few parts in memory while the store is slow', async () => {
    let inFlight = 0
    let most = 0
    const slow = {
      ...store,
      async startUpload(...args: Parameters<typeof store.startUpload>) {
        const upload = await store.startUpload(...args)
        return {
          ...upload,
          abort: () => upload.abort(),
          copy: upload.copy.bind(upload),
          complete: upload.complete.bind(upload),
          async part(...part: Parameters<typeof upload.part>) {
            most = Math.max(most, ++inFlight)
            await new Promise((resolve) => setTimeout(resolve, 20))
            await upload.part(...part)
            inFlight--
          },
        }
      },
    }
    const writer = new ObjectWriter(slow, 'slow', headers)
    const piece = Buffer.alloc(4 << 20)
    for (let count = 0; count < 20; count++) {
      writer.output.write(piece)
      await writer.drain()
    }
    await writer.close()
    // Four on their way, and one that waits for its turn.
    expect(most).toBeLessThanOrEqual(5)
  })
})
