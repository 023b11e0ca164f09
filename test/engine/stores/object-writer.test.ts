import { ObjectWriter } from '../../../engine/stores/object-writer.ts'
import { MIN_PART_BYTES } from '../../../engine/stores/part-size.ts'
import type { Store } from '../../../engine/stores/store.ts'
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
