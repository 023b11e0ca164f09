/** Where a range's next chunk is written, in a bucket in memory that earlier attempts may have left objects in. */
import { clearPlace } from '../../../engine/stores/place.ts'
import type { Store } from '../../../engine/stores/store.ts'
import type { Range } from '../../../statemachine/contract.ts'

const KEY_7 = { type: 'integer', value: '7' } as const
const KEY_9 = { type: 'integer', value: '9' } as const
/** Range 2 of four. */
const MIDDLE = { index: 2, after: KEY_7, upTo: KEY_9 }

describe('the place of a chunk', () => {
  it('is the file itself for the first chunk of a single range, and a numbered key for others', async () => {
    expect(await given().clear({})).toEqual({ key: 'files/a/a.csv', replaces: null })
    expect(await given().clear({ chunks: 1 })).toEqual({ key: 'chunks/a/0/0000001', replaces: null })
    expect(await given().clear(MIDDLE)).toEqual({ key: 'chunks/a/2/0000000', replaces: null })
  })

  it('names the object of an earlier attempt that the chunk will replace', async () => {
    const { clear, warned, discarded } = given('chunks/a/0/0000001')
    expect(await clear({ chunks: 1 })).toEqual({ key: 'chunks/a/0/0000001', replaces: 'chunks/a/0/0000001 as it is' })
    expect([...warned, ...discarded]).toEqual([])
  })
})

describe('chunks from before a range was started over', () => {
  it('are deleted before its first chunk, with a warning, and those of other ranges are kept', async () => {
    const kept = ['chunks/a/1/0000000', 'chunks/a/3/0000000', 'chunks/a/20/0000000', 'chunks/ab/2/0000000']
    const bucket = given('chunks/a/2/0000000', 'chunks/a/2/0000001', ...kept)
    expect(await bucket.clear(MIDDLE)).toEqual({ key: 'chunks/a/2/0000000', replaces: null })
    expect(bucket.discarded).toEqual(['chunks/a/2/'])
    expect(bucket.keys()).toEqual(kept)
    expect(bucket.warned).toEqual(['Chunks of an earlier run of range 2 were deleted'])
  })

  it('are deleted with those of later ranges, of which the last range has none', async () => {
    const bucket = given(...[8, 9, 10, 11].map((index) => `chunks/a/${index}/0000000`))
    await bucket.clear({ index: 9, after: KEY_9 })
    expect(bucket.discarded).toEqual(['chunks/a/9/', 'chunks/a/10/', 'chunks/a/11/'])
    expect(bucket.keys()).toEqual(['chunks/a/8/0000000'])
  })

  it('are not looked for once the range has a chunk', async () => {
    const bucket = given('chunks/a/2/0000000', 'chunks/a/2/0000001')
    await bucket.clear({ ...MIDDLE, chunks: 1 })
    expect(bucket.discarded).toEqual([])
  })

  it('cause no warning if there are none', async () => {
    const { clear, warned, discarded } = given('chunks/a/1/0000000')
    await clear(MIDDLE)
    expect([...warned, ...discarded]).toEqual([])
  })
})

/** A bucket with these objects. */
function given(...present: string[]) {
  const objects = new Set(present)
  const warned: string[] = []
  const discarded: string[] = []
  const under = (prefix: string) => [...objects].filter((key) => key.startsWith(prefix))
  const store = {
    list: async (prefix: string) => under(prefix).map((key) => ({ key, etag: '', bytes: 1 })),
    head: async (key: string) => (objects.has(key) ? { etag: `${key} as it is`, bytes: 1, crc32: null } : null),
    discard: async (prefix: string) => {
      discarded.push(prefix)
      for (const key of under(prefix)) objects.delete(key)
    },
  } as unknown as Store
  const clear = (range: Partial<Range>) =>
    clearPlace(
      {
        request: { id: 'a' },
        plan: { key: 'files/a/a.csv' },
        range: { index: 0, after: null, upTo: null, chunks: 0, ...range } as Range,
      },
      { store, warn: (message) => void warned.push(message) },
    )
  return { clear, warned, discarded, keys: () => [...objects] }
}
