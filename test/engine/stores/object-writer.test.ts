import { setImmediate } from 'node:timers/promises'
import { crc32 } from '../../../engine/stores/crc32.ts'
import { ObjectWriter } from '../../../engine/stores/object-writer.ts'
import { MIN_PART_BYTES } from '../../../engine/stores/part-size.ts'
import type { Store, Upload } from '../../../engine/stores/store.ts'
import { crcFromHex, crcToHex } from '../../../statemachine/crc-hex.ts'
import { StorageUnavailable } from '../../../statemachine/errors.ts'
import { startStore, type TestStore } from '../harness.ts'

const PARTS = 6
const LINE = Buffer.alloc(1 << 16, 'x')

let store: TestStore
beforeAll(async () => {
  store = await startStore()
})
afterAll(() => store.close())

test('parts have the scheduled sizes, even beyond their initial buffer', async () => {
  const sizes: number[] = []
  const watched: Store = {
    ...store,
    async startUpload(key, headers) {
      const upload = await store.startUpload(key, headers)
      const part = upload.part.bind(upload)
      return Object.assign(upload, {
        part(number: number, bytes: Uint8Array, crc32: number) {
          sizes[number - 1] = bytes.length
          return part(number, bytes, crc32)
        },
      })
    },
  }
  const schedule = (number: number) => MIN_PART_BYTES + (number - 1) * 8 * LINE.length
  const writer = new ObjectWriter(watched, 'grown', { contentType: 'text/plain' }, schedule)
  const expected = Array.from({ length: PARTS }, (_, index) => schedule(index + 1))
  for (const part of expected) {
    for (let written = 0; written < part; written += LINE.length) {
      writer.output.write(LINE)
      await writer.drain()
    }
  }
  const { bytes } = await writer.close()
  expect(sizes).toEqual(expected)
  expect(bytes).toBe(sizes.reduce((sum, size) => sum + size, 0))
})

describe('an object in parts of one byte', () => {
  test('has the bytes, their sum and the parts that were written, and reuses its buffers', async () => {
    const fake = fakeStore()
    const writer = writerOf(fake.store)
    for (const byte of [1, 2, 3]) {
      writer.output.write(Buffer.of(byte))
      await writer.drain()
      expect(writer.bytes).toBe(byte)
      fake.finish()
      await settled()
    }
    const written = await writer.close()
    expect(fake.parts).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
    expect(written).toMatchObject({ bytes: 3, etag: 'whole' })
    expect(crcFromHex(written.crc32)).toBe(crc32(Buffer.of(1, 2, 3)))
    expect(fake.completed).toEqual([{ bytes: 3, crc32: crc32(Buffer.of(1, 2, 3)) }])
    expect(fake.buffers.size).toBe(2)
  })

  test('may have a last part that is not full', async () => {
    const fake = fakeStore()
    const writer = new ObjectWriter(fake.store, 'key', { contentType: 'text/plain' }, () => 2)
    for (const byte of [1, 2, 3]) {
      writer.output.write(Buffer.of(byte))
      expect(writer.bytes).toBe(byte)
      if (byte < 3) await writer.drain()
      fake.finish()
    }
    const closing = writer.close()
    await settled()
    fake.finish()
    expect(await closing).toMatchObject({ bytes: 3, crc32: crcToHex(crc32(Buffer.of(1, 2, 3))) })
    expect(fake.parts.map(([, byte]) => byte)).toEqual([1, 3])
  })

  test('has four of them on their way while the next one fills, and no more', async () => {
    const fake = fakeStore()
    const writer = writerOf(fake.store)
    for (const byte of [1, 2, 3, 4]) {
      writer.output.write(Buffer.of(byte))
      await writer.drain()
    }
    writer.output.write(Buffer.of(5))
    let drained = false
    const draining = writer.drain().then(() => {
      drained = true
    })
    await settled()
    expect(drained).toBe(false)
    fake.finish()
    await draining
  })

  test('is completed only when all of them have arrived', async () => {
    const fake = fakeStore()
    const writer = writerOf(fake.store)
    writer.output.write(Buffer.of(1))
    await writer.drain()
    const closing = writer.close()
    await settled()
    expect(fake.completed).toEqual([])
    fake.finish()
    await closing
    expect(fake.completed).toHaveLength(1)
  })

  test('fails with the first one that fails, while it is written or at its end, and is not completed', async () => {
    const fake = fakeStore()
    const [early, late] = [writerOf(fake.store), writerOf(fake.store)]
    for (const writer of [early, late]) {
      writer.output.write(Buffer.of(1))
      await writer.drain()
    }
    fake.fail(new StorageUnavailable('the connection broke'))
    await settled()
    early.output.write(Buffer.of(2))
    await expect(early.drain()).rejects.toThrow('the connection broke')
    await expect(late.close()).rejects.toThrow('the connection broke')
    expect(fake.completed).toEqual([])
  })

  test('fails if the store did not receive them as they were sent', async () => {
    const fake = fakeStore(null)
    const writer = writerOf(fake.store)
    writer.output.write(Buffer.of(1))
    await writer.drain()
    fake.finish()
    await expect(writer.close()).rejects.toThrow('The store did not receive the bytes of key as they were sent')
  })

  test('is aborted once those on their way have ended, if there are any', async () => {
    const fake = fakeStore()
    const writer = writerOf(fake.store)
    await writer.abort()
    expect(fake.aborts).toBe(0)
    writer.output.write(Buffer.of(1))
    await writer.drain()
    const aborting = writer.abort()
    await settled()
    expect(fake.aborts).toBe(0)
    fake.fail(new StorageUnavailable('the connection broke'))
    await aborting
    expect(fake.aborts).toBe(1)
  })

  test('has no more of them than S3 allows', async () => {
    const fake = fakeStore()
    const writer = writerOf(fake.store)
    for (let part = 1; part <= 10_000; part++) {
      writer.output.write(Buffer.of(1))
      const draining = writer.drain()
      fake.finish()
      await draining
    }
    writer.output.write(Buffer.of(1))
    await expect(writer.drain()).rejects.toThrow('key has more than 10000 parts')
  })
})

function writerOf(store: Store): ObjectWriter {
  return new ObjectWriter(store, 'key', { contentType: 'text/plain' }, () => 1)
}

/** Lets everything run that does not wait for a part. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}

/** A store whose parts are on their way until the test lets them arrive or fail. */
function fakeStore(stored: { etag: string } | null = { etag: 'whole' }) {
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  const fake = {
    /** Each part's number and first byte. */
    parts: [] as [number: number, byte: number][],
    buffers: new Set<ArrayBufferLike>(),
    completed: [] as object[],
    aborts: 0,
    finish() {
      for (const { resolve } of waiting.splice(0)) resolve()
    },
    fail(error: Error) {
      for (const { reject } of waiting.splice(0)) reject(error)
    },
    store: undefined as unknown as Store,
  }
  const upload = {
    part(number: number, bytes: Uint8Array) {
      fake.parts.push([number, bytes[0]!])
      fake.buffers.add(bytes.buffer)
      return new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }))
    },
    complete: async (whole: object) => {
      fake.completed.push(whole)
      return stored
    },
    abort: async () => {
      fake.aborts++
    },
  } as unknown as Upload
  fake.store = { startUpload: async () => upload } as unknown as Store
  return fake
}
