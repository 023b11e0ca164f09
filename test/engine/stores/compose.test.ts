/** Composing in memory, and over several invocations with a store that takes its time and keeps only lengths. */
import { setImmediate } from 'node:timers/promises'
import { compose } from '../../../engine/stores/compose.ts'
import { crc32 } from '../../../engine/stores/crc32.ts'
import { copyBytes, MAX_PARTS } from '../../../engine/stores/part-size.ts'
import type { CopySource, ListedObject, Store, Upload } from '../../../engine/stores/store.ts'
import type { Composition } from '../../../statemachine/contract.ts'
import { FileIncomplete, StorageUnavailable } from '../../../statemachine/errors.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const S3_SMALLEST_PART = 5 * MIB

test('a terabyte is composed by several invocations, and no part is copied twice', async () => {
  const chunks = given(1200, 870 * 1024 ** 2)
  const slow = slowStore(2)
  const { invocations, result } = await composeAll(chunks, slow, 150)
  expect(invocations).toBeGreaterThan(2)
  expect(result).toMatchObject({ bytes: total(chunks) })
  expect(slow.copied.size).toBe(slow.copies)
  expect([...slow.copied.values()].reduce((sum, bytes) => sum + bytes, 0)).toBe(total(chunks))
  expect(slow.most).toBe(32)
})

test('an invocation that starts after its deadline still copies one part, so that there is progress', async () => {
  const chunks = given(3, GIB)
  const slow = slowStore(1)
  const { invocations } = await composeAll(chunks, slow, -1)
  expect(invocations).toBeGreaterThan(1)
  expect(slow.copied.size).toBe(slow.copies)
})

test('a missing upload is started over', async () => {
  const chunks = given(2, GIB)
  const slow = slowStore(1)
  const composing = { uploadId: 'expired', done: 1, parts: 16 }
  const options = { store: slow.store, deadline: Number.POSITIVE_INFINITY, composing }
  expect(await compose('file', headers, chunks, whole(chunks), options)).toMatchObject({ bytes: total(chunks) })
})

test.each([1, 100, 1000, 5000])('a file of %i GiB has pieces of an allowed size, and few enough', (gib) => {
  const bytes = copyBytes(gib * GIB)
  expect(bytes).toBeGreaterThanOrEqual(128 * 1024 ** 2)
  expect(bytes).toBeLessThanOrEqual(5 * GIB)
  // Chunks of a few MiB become separate parts next to them.
  expect((gib * GIB) / bytes + 3400).toBeLessThanOrEqual(MAX_PARTS)
})

describe('the bytes of a file', () => {
  test('are those of its chunks, large ones copied and small ones merged', async () => {
    const bucket = givenBucket([6 * MIB, 10, 20, 11 * MIB, S3_SMALLEST_PART, 3])
    expect(await bucket.compose()).toEqual({ etag: 'file', bytes: bucket.content.length, crc32: '00000000' })
    expect(bucket.file?.equals(bucket.content)).toBe(true)
    const copies = ['copy 1', 'copy 3', 'copy 4', 'copy 5']
    expect(bucket.calls).toEqual([...copies, 'read', 'read', 'read', 'part 2', 'complete'])
  })

  test('may be divided between two merged parts within a chunk', async () => {
    const bucket = givenBucket([MIB, 6 * MIB, 8 * MIB])
    await bucket.compose()
    expect(bucket.file?.equals(bucket.content)).toBe(true)
    expect(bucket.calls.filter((call) => call !== 'read').sort()).toEqual(['complete', 'copy 3', 'part 1', 'part 2'])
  })

  test('may be none', async () => {
    const bucket = givenBucket([0, 0])
    expect(await bucket.compose()).toEqual({ etag: 'empty', bytes: 0, crc32: '00000000' })
    expect(bucket.calls).toEqual(['put'])
  })

  test('are written in up to as many parts as S3 allows', async () => {
    const composed = (count: number) => {
      const chunks = given(count, S3_SMALLEST_PART)
      const options = { store: slowStore(0).store, deadline: Number.POSITIVE_INFINITY, composing: undefined }
      return compose('file', headers, chunks, whole(chunks), options)
    }
    expect(await composed(10_000)).toMatchObject({ bytes: 10_000 * S3_SMALLEST_PART })
    await expect(composed(10_001)).rejects.toThrow('10001 chunks need more parts than an object can have')
  })

  test.each([
    ['to copy', [6 * MIB, 6 * MIB]],
    ['to merge', [6 * MIB, 10, 10]],
  ])('are incomplete if a chunk %s is gone, or a shorter one is in its place', async (_, sizes) => {
    for (const bytes of [undefined, Buffer.alloc(1)]) {
      const bucket = givenBucket(sizes)
      bucket.replace(1, bytes)
      await expect(bucket.compose()).rejects.toThrow(FileIncomplete)
      expect(bucket.calls.at(-1)).toBe('abort')
      expect(bucket.file).toBeUndefined()
    }
  })

  test('are incomplete if the store has others in the end', async () => {
    const bucket = givenBucket([6 * MIB, 10])
    bucket.complete = async () => null
    const { compose } = bucket
    await expect(compose()).rejects.toThrow(FileIncomplete)
    await expect(compose()).rejects.toThrow('The chunks of file do not make 6291466 bytes with CRC-32 00000000')
    expect(bucket.calls.at(-1)).toBe('abort')
  })
})

describe('an upload', () => {
  test('is aborted if a store fails in the invocation that began it, and kept for a retry if another one did', async () => {
    const failing = async () => {
      throw new StorageUnavailable('the connection broke')
    }
    const fresh = givenBucket([6 * MIB, 6 * MIB])
    fresh.complete = failing
    await expect(fresh.compose()).rejects.toThrow('the connection broke')
    expect(fresh.calls.at(-1)).toBe('abort')
    const resumed = givenBucket([6 * MIB, 6 * MIB])
    resumed.complete = failing
    await expect(resumed.compose({ composing: RESUMED })).rejects.toThrow('the connection broke')
    expect(resumed.calls).not.toContain('abort')
  })

  test('is aborted if it is found that the file cannot be composed from it', async () => {
    const resumed = givenBucket([6 * MIB, 6 * MIB])
    resumed.replace(1, undefined)
    await expect(resumed.compose({ composing: RESUMED })).rejects.toThrow(FileIncomplete)
    expect(resumed.calls.at(-1)).toBe('abort')
  })

  test('is not completed after the deadline, but by the next invocation', async () => {
    const bucket = givenBucket([6 * MIB])
    expect(await bucket.compose({ deadline: 0 })).toEqual({ uploadId: 'upload', done: 1, parts: 1 })
    expect(bucket.calls).toEqual(['copy 1'])
    expect(await bucket.compose({ composing: RESUMED })).toMatchObject({ etag: 'file' })
    expect(bucket.calls).toEqual(['copy 1', 'complete'])
  })

  test('gets no further parts after one has failed', async () => {
    const chunks = given(200, S3_SMALLEST_PART)
    const slow = slowStore(1, (number) => number !== 1)
    const options = { store: slow.store, deadline: Number.POSITIVE_INFINITY, composing: undefined }
    await expect(compose('file', headers, chunks, whole(chunks), options)).rejects.toThrow(FileIncomplete)
    expect(slow.copies).toBeLessThan(200)
  })

  test('is merged four parts at a time, because each takes memory', async () => {
    const bucket = givenBucket(Array.from({ length: 30 }, () => MIB))
    await bucket.compose()
    expect(bucket.file?.equals(bucket.content)).toBe(true)
    expect(bucket.mostMerges).toBe(4)
  })
})

const headers = { contentType: 'text/csv' }
const RESUMED = { uploadId: 'upload', done: 0, parts: 1 }
const total = (chunks: ListedObject[]) => chunks.reduce((sum, { bytes }) => sum + bytes, 0)
const whole = (chunks: ListedObject[]) => ({ bytes: total(chunks), crc32: 0 })

function given(count: number, bytes: number): ListedObject[] {
  return Array.from({ length: count }, (_, number) => ({ key: `chunks/a/0/${number}`, etag: 'e', bytes }))
}

async function composeAll(chunks: ListedObject[], { store }: ReturnType<typeof slowStore>, millis: number) {
  let composing: Composition | undefined
  for (let invocations = 1; ; invocations++) {
    // The last call may complete: S3 has all parts then.
    const done = composing !== undefined && composing.done === composing.parts
    const deadline = done ? Number.POSITIVE_INFINITY : Date.now() + millis
    const result = await compose('file', headers, chunks, whole(chunks), { store, deadline, composing })
    if (!('uploadId' in result)) return { invocations, result }
    expect(result.done).toBeGreaterThan(composing?.done ?? 0)
    composing = result
  }
}

/** @param isThere whether the chunk of a part can be copied */
function slowStore(copyMillis: number, isThere = (_: number) => true) {
  const slow = { copies: 0, most: 0, copied: new Map<number, number>(), store: undefined as unknown as Store }
  let inFlight = 0
  const upload = {
    id: 'upload',
    parts: slow.copied,
    async copy(number: number, { from, to }: { from: number; to: number }) {
      slow.copies++
      slow.most = Math.max(slow.most, ++inFlight)
      await new Promise((resolve) => setTimeout(resolve, copyMillis))
      inFlight--
      if (isThere(number)) slow.copied.set(number, to - from)
      return isThere(number)
    },
    complete: async ({ bytes }: { bytes: number }) => ({ etag: 'e', bytes, crc32: '00000000' }),
    abort: async () => {},
  }
  slow.store = {
    startUpload: async () => upload as unknown as Upload,
    resumeUpload: async (_: string, id: string) => (id === 'upload' ? (upload as unknown as Upload) : null),
  } as unknown as Store
  return slow
}

/** A bucket in memory with chunks of these sizes, which notes what it is asked. */
function givenBucket(sizes: number[]) {
  const objects = new Map<string, Buffer>()
  const chunks = sizes.map((bytes, number) => {
    const key = `chunks/a/0/${number}`
    objects.set(key, Buffer.alloc(bytes, `${number},`))
    return { key, etag: 'e', bytes }
  })
  const content = Buffer.concat([...objects.values()])
  const pieces: Buffer[] = []
  const parts = new Map<number, number>()
  const add = (number: number, bytes: Buffer) => {
    pieces[number - 1] = bytes
    parts.set(number, bytes.length)
  }
  let merges = 0
  const bucket = {
    content,
    file: undefined as Buffer | undefined,
    calls: [] as string[],
    mostMerges: 0,
    complete: async ({ bytes }: { bytes: number }): Promise<{ etag: string; bytes: number; crc32: string } | null> => {
      bucket.file = Buffer.concat(pieces)
      return { etag: 'file', bytes, crc32: '00000000' }
    },
    replace(chunk: number, bytes: Buffer | undefined) {
      if (bytes) objects.set(chunks[chunk]!.key, bytes)
      else objects.delete(chunks[chunk]!.key)
    },
    compose: (given: { deadline?: number; composing?: Composition } = {}) => {
      const options = { store, deadline: Number.POSITIVE_INFINITY, composing: undefined, ...given }
      return compose('file', headers, chunks, { bytes: content.length, crc32: 0 }, options)
    },
  }
  const upload = {
    id: 'upload',
    parts,
    async copy(number: number, { key, from, to, whole }: CopySource) {
      bucket.calls.push(`copy ${number}`)
      await setImmediate()
      const source = objects.get(key)
      if (!source || source.length < to) return false
      expect(whole).toBe(from === 0 && to === source.length)
      add(number, source.subarray(from, to))
      return true
    },
    async part(number: number, bytes: Buffer, crc: number) {
      bucket.calls.push(`part ${number}`)
      bucket.mostMerges = Math.max(bucket.mostMerges, ++merges)
      await setImmediate()
      merges--
      expect(crc).toBe(crc32(bytes))
      add(number, bytes)
    },
    complete: (whole: { bytes: number }) => {
      bucket.calls.push('complete')
      return bucket.complete(whole)
    },
    abort: async () => void bucket.calls.push('abort'),
  } as unknown as Upload
  const store = {
    put: async (_: string, bytes: Uint8Array, crc: number) => {
      bucket.calls.push('put')
      expect(crc).toBe(crc32(bytes))
      return { etag: 'empty', bytes: bytes.length, crc32: '00000000' }
    },
    read: async (key: string, _: string, from: number, to: number) => {
      bucket.calls.push('read')
      return objects.get(key)?.subarray(from, to) ?? null
    },
    startUpload: async () => upload,
    resumeUpload: async (_: string, id: string) => (id === 'upload' ? upload : null),
  } as unknown as Store
  return bucket
}
