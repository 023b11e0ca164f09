import { crc32 } from 'node:zlib'
import { discard } from '../../engine/discard.ts'
import { startStore, type TestStore } from './harness.ts'

let store: TestStore
beforeAll(async () => {
  store = await startStore()
})
afterAll(() => store.close())

test('an abandoned export is deleted completely, and others are kept', async () => {
  await given('chunks/a/0/1', 'chunks/a/1/0', 'files/a/a.csv', 'chunks/ab/0/1', 'files/ab/ab.csv')
  await store.startUpload('files/a/a.csv', { contentType: 'text/csv' })
  await discard({ id: 'a' }, store)
  expect(await store.keys()).toEqual(['chunks/ab/0/1', 'files/ab/ab.csv'])
  expect(await store.openUploads()).toBe(0)
})

test('a finished file is kept, because a redrive continues with its announcement', async () => {
  await given('chunks/b/0/1', 'files/b/b.csv', 'files/b/b.csv.manifest.json')
  await discard({ id: 'b' }, store)
  expect((await store.keys()).filter((key) => key.includes('/b/'))).toEqual([
    'files/b/b.csv',
    'files/b/b.csv.manifest.json',
  ])
})

async function given(...keys: string[]): Promise<void> {
  const bytes = Buffer.from('x')
  for (const key of keys) await store.put(key, bytes, crc32(bytes), { contentType: 'text/plain' })
}
