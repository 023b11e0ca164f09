/** Composing within the time of one invocation, and over several: by a store that takes its time, and keeps only lengths. */
import { compose } from '../../../engine/stores/compose.ts'
import { copyBytes, MAX_PARTS } from '../../../engine/stores/part-size.ts'
import type { ListedObject, Store, Upload } from '../../../engine/stores/store.ts'
import type { Composition } from '../../../statemachine/contract.ts'

const GIB = 1024 ** 3

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

const headers = { contentType: 'text/csv' }
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

function slowStore(copyMillis: number) {
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
      slow.copied.set(number, to - from)
      return true
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
