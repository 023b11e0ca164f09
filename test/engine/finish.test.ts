import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { finish } from '../../engine/finish.ts'
import { chunkKey } from '../../engine/stores/chunk-key.ts'
import { crc32 } from '../../engine/stores/crc32.ts'
import type { Store, Upload } from '../../engine/stores/store.ts'
import type { Composing, Finished, Manifest, Plan, Prepared, Range } from '../../statemachine/contract.ts'
import { crcFromHex, crcToHex } from '../../statemachine/crc-hex.ts'
import { FileIncomplete, StorageUnavailable, TooManyRows } from '../../statemachine/errors.ts'
import { startStore, type TestStore } from './harness.ts'

const MIB = 1024 ** 2

let store: TestStore
let requests = 0

beforeAll(async () => {
  store = await startStore()
})
afterAll(() => store.close())

describe('a file of one chunk', () => {
  it('is verified where it lies, and never copied', async () => {
    const given = await givenChunks([100])
    const { file } = await finish(given.prepared, { store: without('startUpload') })
    expect(await store.content(file.key)).toEqual(given.content)
    expect(file).toMatchObject({ rows: 1, bytes: 100, crc32: crcToHex(crc32(given.content)), consistency: 'snapshot' })
  })

  it('that was overwritten is incomplete', async () => {
    const { prepared } = await givenChunks([100])
    await overwrite(prepared.plan.key, 'another run’s bytes')
    await expectIncomplete(prepared, /was replaced after it was written/)
  })

  it('that is gone is incomplete', async () => {
    const { prepared } = await givenChunks([100])
    await remove(prepared.plan.key)
    await expectIncomplete(prepared, /is gone/)
  })

  it('whose count of bytes differs is incomplete', async () => {
    const { prepared } = await givenChunks([100])
    prepared.ranges[0]!.bytes = 99
    await expectIncomplete(prepared, /has 100 bytes .* expected 99/)
  })

  it('whose CRC-32 differs is incomplete', async () => {
    const { prepared } = await givenChunks([100])
    prepared.ranges[0]!.crc32 = '00000000'
    await expectIncomplete(prepared, /has 100 bytes with CRC-32 [0-9a-f]{8}; expected 100 bytes with CRC-32 00000000/)
  })
})

describe('a file of several chunks', () => {
  it.each([
    { what: 'small ones', sizes: [100, 1, 0, 3000] },
    { what: 'large ones', sizes: [6 * MIB, 5 * MIB, 5 * MIB + 1] },
    { what: 'small ones between large ones', sizes: [6 * MIB, 10, 20, 6 * MIB, 7] },
    { what: 'nothing but empty ones', sizes: [0, 0] },
  ])('is composed of $what, in order', async ({ sizes }) => {
    const given = await givenChunks(sizes)
    const { file } = await finish(given.prepared, { store })
    expect((await store.content(file.key)).equals(given.content)).toBe(true)
    expect(file.crc32).toBe(crcToHex(crc32(given.content)))
    expect(file.bytes).toBe(given.content.length)
    expect(await left(given.prepared)).toEqual([file.key, file.manifestKey])
    expect(await store.openUploads()).toBe(0)
  })

  it('is composed of the chunks of several ranges in the ranges’ order', async () => {
    const given = await givenChunks([10, 20, 30, 40], 2)
    const { file } = await finish(given.prepared, { store })
    expect((await store.content(file.key)).equals(given.content)).toBe(true)
    expect(file.consistency).toBe('chunks')
  })

  it('is composed of one chunk of each range', async () => {
    const given = await givenChunks([10, 20], 2)
    const { file } = await finish(given.prepared, { store })
    expect((await store.content(file.key)).equals(given.content)).toBe(true)
  })

  it.each([
    ['snapshot', 'snapshot', ['t', 't']],
    ['chunks', 'snapshot', ['t', 'u']],
    ['chunks', 'snapshot', ['t', undefined]],
    ['chunks', 'chunks', ['t', 't']],
  ] as const)('has the consistency %s if its ranges, %s, were read in the transactions %j', async (whole, own, ids) => {
    const { prepared } = await givenChunks([10, 20], 2)
    for (const [index, range] of prepared.ranges.entries()) {
      const transactionId = ids[index]
      Object.assign(range, { consistency: own, ...(transactionId !== undefined && { transactionId }) })
    }
    expect((await finish(prepared, { store })).file.consistency).toBe(whole)
  })

  it('may not have more rows than the export allows', async () => {
    const { prepared } = await givenChunks([10, 20], 2)
    await expect(finish({ ...prepared, plan: { ...prepared.plan, maxRows: 1 } }, { store })).rejects.toThrow(
      TooManyRows,
    )
    await finish({ ...prepared, plan: { ...prepared.plan, maxRows: 2 } }, { store })
  })

  it('is incomplete without a chunk', async () => {
    const { prepared } = await givenChunks([])
    await expectIncomplete(prepared, /The export has no chunks to compose a file from/)
  })

  it('is complete if another invocation finishes it while its chunks are listed', async () => {
    const given = await givenChunks([6 * MIB, 10])
    const list = async (prefix: string) => {
      await finish(given.prepared, { store })
      return store.list(prefix)
    }
    const { file } = await finish(given.prepared, { store: { ...store, list } })
    expect((await store.content(file.key)).equals(given.content)).toBe(true)
  })

  it.each([
    ['is gone', null, /The file .* is gone/],
    [
      'is another',
      { etag: 'other', bytes: 3, crc32: null },
      /has 3 bytes with CRC-32 \(none\); expected 6291466 bytes/,
    ],
  ])('is incomplete if the composed object %s', async (_, found, message) => {
    const { prepared } = await givenChunks([6 * MIB, 10])
    let looks = 0
    // The first look is for a file that is complete already, the second for the first chunk.
    const head = async (key: string) => (++looks > 2 ? found : store.head(key))
    await expect(finish(prepared, { store: { ...store, head } })).rejects.toThrow(message)
  })

  it('is composed of 5,000 chunks, listed in pages of a thousand', async () => {
    const given = await givenChunks(Array.from({ length: 5000 }, (_, index) => 2000 + (index % 7)))
    const { file } = await finish(given.prepared, { store })
    expect((await store.content(file.key)).equals(given.content)).toBe(true)
    expect(file.rows).toBe(5000)
    expect(await left(given.prepared)).toEqual([file.key, file.manifestKey])
  }, 120_000)

  it('continues where an earlier invocation stopped', async () => {
    const given = await givenChunks([6 * MIB, 10, 6 * MIB, 7 * MIB, 5, 6 * MIB])
    let document: Prepared | Composing | Finished = given.prepared
    let invocations = 0
    // Every invocation is late from the start, and yet composes something.
    while (!('file' in document)) {
      const deadline = invocations++ < 20 ? Date.now() - 1 : Number.POSITIVE_INFINITY
      document = await finish(document, { store, deadline })
      if ('composing' in document && document.composing.done === document.composing.parts) invocations = 20
    }
    expect((await store.content(document.file.key)).equals(given.content)).toBe(true)
    expect(document).not.toHaveProperty('composing')
    expect(await store.openUploads()).toBe(0)
  })

  it('is incomplete while a range is', async () => {
    const { prepared } = await givenChunks([10, 20], 2)
    prepared.ranges[1]!.done = false
    await expectIncomplete(prepared, /Range 1 of 2 is not complete/)
  })

  it.each([
    { size: 10, how: 'merged' },
    { size: 6 * MIB, how: 'copied' },
  ])('is incomplete when a chunk that is $how is gone, truncated or changed', async ({ size }) => {
    const disturbances: [(key: string) => Promise<unknown>, RegExp][] = [
      [remove, /The chunk chunks\/.*\/0\/0000001 is gone: range 0 has 3 chunks/],
      [(key) => overwrite(key, 'x'), /The chunks of range 0 have \d+ bytes; expected \d+/],
      [(key) => overwrite(key, Buffer.alloc(size)), /do not make \d+ bytes with CRC-32/],
    ]
    for (const [disturb, message] of disturbances) {
      const { prepared, keys } = await givenChunks([6 * MIB, size, 6 * MIB])
      await disturb(keys[1]!)
      await expectIncomplete(prepared, message)
    }
  })

  it('is incomplete when its newest chunk is from another run, even with the same length', async () => {
    const { prepared, keys } = await givenChunks([6 * MIB, 10])
    await overwrite(keys[1]!, Buffer.alloc(10))
    await expectIncomplete(prepared, /\/0\/0000001 was replaced after it was written: its ETag is/)
  })

  it.each([
    ['of its range', '0/0000002'],
    ['between others', '0/0000000x'],
    ['of a range that was not planned', '1/0000000'],
  ])('is incomplete when the bucket has a surplus chunk, %s', async (_, place) => {
    const { prepared } = await givenChunks([6 * MIB, 10])
    const extra = `chunks/${prepared.request.id}/${place}`
    await overwrite(extra, 'x')
    await expectIncomplete(prepared, new RegExp(`The chunk ${extra} was not written by this export`))
  })

  it('is incomplete when a chunk is replaced between the listing and its copy', async () => {
    const { prepared, keys } = await givenChunks([6 * MIB, 6 * MIB, 6 * MIB])
    const outcome = finish(prepared, {
      store: {
        ...store,
        async list(prefix) {
          const listed = await store.list(prefix)
          await overwrite(keys[1]!, Buffer.alloc(6 * MIB))
          return listed
        },
      },
    })
    await expect(outcome).rejects.toThrow(/0000001 is gone, or has changed since it was listed/)
  })

  it.each<[string, (ranges: Range[]) => unknown, RegExp]>([
    ['range is missing', (ranges) => ranges.splice(1, 1), /^Range 2 is where range 1 should be/],
    ['range is there twice', (ranges) => ranges.splice(1, 0, ranges[1]!), /^Range 1 is where range 2 should be/],
    ['range is in another’s place', (ranges) => ranges.reverse(), /^Range 2 is where range 0 should be/],
    [
      'range does not go on',
      (ranges) => (ranges[1]!.after = { type: 'integer', value: '7' }),
      /does not begin where the previous one ends/,
    ],
    ['last range is missing', (ranges) => ranges.pop(), /^The range of the last rows is missing/],
    [
      'chunk is not counted',
      (ranges) => ranges[1]!.chunks--,
      /\/1\/0000000 was replaced after it was written|was not written by this export/,
    ],
    ['chunk is counted twice', (ranges) => ranges[0]!.chunks++, /\/0\/0000002 is gone: range 0 has 3 chunks/],
    ['byte is not counted', (ranges) => ranges[2]!.bytes--, /The chunks of range 2 have 110 bytes; expected 109/],
  ])('is incomplete when a %s', async (_, disturb, message) => {
    const { prepared } = await givenChunks([10, 20, 30, 40, 50, 60], 3)
    disturb(prepared.ranges)
    await expectIncomplete(prepared, message)
  })

  it.each([
    ['merged', [10, 20]],
    ['copied', [6 * MIB, 6 * MIB]],
  ])('is incomplete when S3 computes another CRC-32 of the whole, %s', async (_, sizes) => {
    const { prepared } = await givenChunks(sizes)
    prepared.ranges[0]!.crc32 = '12345678'
    await expectIncomplete(prepared, /do not make \d+ bytes with CRC-32 12345678/)
  })

  it('leaves the first chunk under the file’s key unchanged when it fails', async () => {
    const { prepared, keys } = await givenChunks([6 * MIB, 10])
    const before = await store.head(prepared.plan.key)
    await remove(keys[1]!)
    await expectIncomplete(prepared, /is gone/)
    expect(await store.head(prepared.plan.key)).toEqual(before)
  })
})

describe('finishing again after dying', () => {
  const steps = ['startUpload', 'complete', 'put', 'discard'] as const
  it.each(steps)('before %s makes the same file', async (step) => {
    const given = await givenChunks([6 * MIB, 10, 20])
    await expect(finish(given.prepared, { store: failingAt(step, 'before') })).rejects.toThrow(StorageUnavailable)
    const { file } = await finish(given.prepared, { store })
    expect((await store.content(file.key)).equals(given.content)).toBe(true)
    expect(await left(given.prepared)).toEqual([file.key, file.manifestKey])
  })

  it.each(['complete', 'put', 'discard'] as const)('after %s makes the same file', async (step) => {
    const given = await givenChunks([6 * MIB, 10, 20])
    await expect(finish(given.prepared, { store: failingAt(step, 'after') })).rejects.toThrow(StorageUnavailable)
    const { file } = await finish(given.prepared, { store })
    expect((await store.content(file.key)).equals(given.content)).toBe(true)
    expect(await left(given.prepared)).toEqual([file.key, file.manifestKey])
    expect(await store.openUploads()).toBe(0)
  })

  it('returns the same file every time', async () => {
    const given = await givenChunks([6 * MIB, 10])
    const first = await finish(given.prepared, { store })
    expect(await finish(given.prepared, { store })).toEqual(first)
  })
})

it('describes the file beside it', async () => {
  const given = await givenChunks([10, 20])
  const { file } = await finish(given.prepared, { store, now: () => new Date('2026-01-02T03:04:05Z') })
  const manifest = JSON.parse((await store.content(file.manifestKey)).toString()) as Manifest
  expect(manifest).toMatchObject({
    request: given.prepared.request,
    file: { key: file.key, rows: 2, bytes: 30, format: 'csv', compression: 'none', consistency: 'chunks' },
    columns: [{ name: 'id', heading: 'No.', type: 'integer' }],
    ranges: [{ chunks: 2, rows: 2, bytes: 30, crc32: file.crc32 }],
    timings: {
      preparedAt: '2026-01-01T00:00:00.000Z',
      firstRowAt: '2026-01-01T00:00:02.000Z',
      finishedAt: '2026-01-02T03:04:05.000Z',
    },
  })
  expect(JSON.stringify(manifest)).not.toContain('chunks/')
})

it('describes the warnings of all ranges, and when the first row arrived', async () => {
  const { prepared } = await givenChunks([10, 20, 30], 3)
  Object.assign(prepared.ranges[0]!, { firstRowAt: null, warnings: { 1441: 1 } })
  Object.assign(prepared.ranges[1]!, { firstRowAt: '2026-01-01T00:00:05.000Z', warnings: { 1441: 2, 1287: 1 } })
  const { file } = await finish(prepared, { store })
  const manifest = JSON.parse((await store.content(file.manifestKey)).toString()) as Manifest
  expect(manifest.warnings).toEqual({ 1441: 3, 1287: 1 })
  expect(manifest.timings.firstRowAt).toBe('2026-01-01T00:00:05.000Z')
})

/** Objects as `exportChunk` leaves them: of one range the first lies under the file's key. */
async function givenChunks(
  sizes: number[],
  ranges = 1,
): Promise<{ prepared: Prepared; content: Buffer; keys: string[] }> {
  const id = `finish-${++requests}`
  const plan: Plan = {
    title: 'Given',
    fileName: 'Given.csv',
    key: `files/${id}/given.csv`,
    format: 'csv',
    compression: 'none',
    encoding: 'utf-8',
    language: 'en',
    contentType: 'text/csv; charset=utf-8',
    parallelism: 1,
    maxRows: null,
    estimatedRows: null,
    preparedAt: '2026-01-01T00:00:00.000Z',
  }
  const pieces = sizes.map((size, index) => Buffer.alloc(size, `${index}/${id}\n`))
  const each = Math.ceil(pieces.length / ranges)
  const request = { id, export: 'given', params: {}, requestedBy: 'reader@example.com' }
  const keys: string[] = []
  const given: Range[] = []
  for (let index = 0; index < ranges; index++) {
    const range: Range = {
      index,
      after: index === 0 ? null : { type: 'integer', value: String(index) },
      upTo: index === ranges - 1 ? null : { type: 'integer', value: String(index + 1) },
      cursor: null,
      done: true,
      ...{ chunks: 0, rows: 0, bytes: 0, crc32: '00000000', firstRowAt: '2026-01-01T00:00:02.000Z', last: null },
      consistency: pieces.length > 1 && ranges === 1 ? 'chunks' : 'snapshot',
      ...(index === 0 ? { columns: [{ name: 'id', heading: 'No.', type: 'integer' }] } : {}),
    }
    const own = pieces.slice(index * each, (index + 1) * each)
    const written = await putAll(own.map((bytes, number) => [chunkKey({ request, plan }, range, number), bytes]))
    for (const [number, bytes] of own.entries()) {
      const { key, etag } = written[number]!
      range.last = {
        key,
        etag,
        rows: 1,
        bytes: bytes.length,
        crc32: crcToHex(crc32(bytes)),
        startedAt: '2026-01-01T00:00:01.000Z',
        firstRowAt: range.firstRowAt,
        finishedAt: '2026-01-01T00:00:03.000Z',
      }
      range.chunks++
      range.rows++
      range.bytes += bytes.length
      range.crc32 = crcToHex(crc32(bytes, crcFromHex(range.crc32)))
      keys.push(key)
    }
    given.push(range)
  }
  return { prepared: { request, plan, ranges: given }, content: Buffer.concat(pieces), keys }
}

/** Writes chunks like `exportChunk`, or in the quickest way if there are thousands. */
async function putAll(objects: [key: string, bytes: Buffer][]): Promise<{ key: string; etag: string }[]> {
  if (objects.length > 100) return await store.place(objects)
  return await Promise.all(
    objects.map(async ([key, bytes]) => {
      const { etag } = await store.put(key, bytes, crc32(bytes), { contentType: 'text/csv' })
      return { key, etag }
    }),
  )
}

async function expectIncomplete(prepared: Prepared, message: RegExp) {
  const outcome = finish(prepared, { store })
  await expect(outcome).rejects.toThrow(FileIncomplete)
  await expect(outcome).rejects.toThrow(message)
  expect(await store.head(`${prepared.plan.key}.manifest.json`)).toBeNull()
  expect(await store.openUploads()).toBe(0)
}

async function left({ request }: Prepared): Promise<string[]> {
  return (await store.keys()).filter((key) => key.includes(`/${request.id}/`))
}

const at = (Key: string) => ({ Bucket: store.bucket, Key })
const overwrite = (key: string, Body: string | Buffer) => store.client.send(new PutObjectCommand({ ...at(key), Body }))
const remove = (key: string) => store.client.send(new DeleteObjectCommand(at(key)))

function without(method: keyof Store): Store {
  return { ...store, [method]: () => Promise.reject(new Error(`${method} was not expected`)) }
}

/** A store that dies once at a step: before it did anything, or after it did all of it. */
function failingAt(step: 'startUpload' | 'complete' | 'put' | 'discard', when: 'before' | 'after'): Store {
  const dying =
    <T extends unknown[], R>(run: (...args: T) => Promise<R>) =>
    async (...args: T): Promise<R> => {
      if (when === 'after') await run(...args)
      throw new StorageUnavailable('the connection broke')
    }
  if (step !== 'complete') return { ...store, [step]: dying(store[step] as (...args: unknown[]) => Promise<unknown>) }
  return {
    ...store,
    async startUpload(key, headers) {
      const upload = await store.startUpload(key, headers)
      const complete = dying((whole: Parameters<Upload['complete']>[0]) => upload.complete(whole))
      return {
        id: upload.id,
        parts: upload.parts,
        part: upload.part.bind(upload),
        copy: upload.copy.bind(upload),
        abort: () => upload.abort(),
        complete,
      }
    },
  }
}
