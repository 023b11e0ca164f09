import { ObjectWriter } from '../../engine/object-writer.ts'
import { partSizeBytes } from '../../engine/part-size.ts'
import type { Store } from '../../engine/store.ts'
import { startStore, type TestStore } from './harness.ts'

const PARTS = 30
const LINE = Buffer.alloc(1 << 16, 'x')

let store: TestStore
beforeAll(async () => {
  store = await startStore()
})
afterAll(() => store.close())

test('parts grow as the schedule says', async () => {
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
  const writer = new ObjectWriter(watched, 'grown', { contentType: 'text/plain' })
  for (let part = 1; part <= PARTS; part++) {
    for (let written = 0; written < partSizeBytes(part); written += LINE.length) {
      writer.output.write(LINE)
      await writer.drain()
    }
  }
  const { bytes } = await writer.close()
  expect(sizes).toEqual(Array.from({ length: PARTS }, (_, index) => partSizeBytes(index + 1)))
  expect(sizes.at(-1)).toBeGreaterThan(sizes[0]!)
  expect(bytes).toBe(sizes.reduce((sum, size) => sum + size, 0))
})
