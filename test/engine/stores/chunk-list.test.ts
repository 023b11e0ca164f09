/** The chunks that an export has in its bucket, and those that it must have. */
import { listChunks } from '../../../engine/stores/chunk-list.ts'
import type { ListedObject, Store } from '../../../engine/stores/store.ts'
import type { Prepared, Range } from '../../../statemachine/contract.ts'
import { FileIncomplete } from '../../../statemachine/errors.ts'

const KEY_7 = { type: 'integer', value: '7' } as const
const FILE = 'files/a/a.csv'
const chunk = (key: string, bytes: number): ListedObject => ({ key, etag: `${key} of ${bytes}`, bytes })

describe('the chunks of a single range', () => {
  const first = chunk(FILE, 3)
  const second = chunk('chunks/a/0/0000001', 4)
  const range = { chunks: 2, bytes: 7, last: second }

  it('begin with the one under the file’s key', async () => {
    expect(await listed([range], [first, second])).toMatchObject([first, second])
  })

  it('are incomplete if that one is gone', async () => {
    const gone = listed([range], [second])
    await expect(gone).rejects.toThrow(FileIncomplete)
    await expect(gone).rejects.toThrow('The chunk files/a/a.csv is gone: range 0 has 2 chunks')
  })
})

describe('the chunks of several ranges', () => {
  const first = chunk('chunks/a/0/0000000', 3)
  const last = chunk('chunks/a/2/0000000', 4)
  const ranges = [
    { chunks: 1, bytes: 3, last: first, upTo: KEY_7 },
    { index: 1, after: KEY_7, upTo: KEY_7 },
    { index: 2, chunks: 1, bytes: 4, last, after: KEY_7 },
  ]

  it('are in the order of the ranges, of which some may have none', async () => {
    expect(await listed(ranges, [first, last])).toEqual([first, last])
  })

  it('may lie beside a file that an earlier attempt composed', async () => {
    expect(await listed(ranges, [first, last, chunk(FILE, 7)])).toEqual([first, last])
  })

  it.each<[string, ListedObject[], string]>([
    ['is missing', [first], 'The chunk chunks/a/2/0000000 is gone: range 2 has 1 chunks'],
    ['is surplus', [first, chunk('chunks/a/1/0000000', 1), last], 'The chunk chunks/a/1/0000000 was not written by'],
    [
      'was replaced',
      [chunk(first.key, 5), last],
      'The chunk chunks/a/0/0000000 was replaced after it was written: its ETag is chunks/a/0/0000000 of 5, expected chunks/a/0/0000000 of 3',
    ],
    ['has another length', [{ ...first, bytes: 5 }, last], 'The chunks of range 0 have 5 bytes; expected 3'],
  ])('are incomplete if one %s', async (_, present, message) => {
    await expect(listed(ranges, present)).rejects.toThrow(message)
  })
})

function listed(ranges: readonly object[], present: readonly ListedObject[]) {
  const store = {
    list: async (prefix: string) => present.filter(({ key }) => key.startsWith(prefix)),
    head: async (key: string) => {
      const found = present.find((object) => object.key === key)
      return found ? { etag: found.etag, bytes: found.bytes, crc32: null } : null
    },
  } as unknown as Store
  const whole = { index: 0, after: null, upTo: null, chunks: 0, bytes: 0, last: null }
  const prepared = {
    request: { id: 'a' },
    plan: { key: FILE },
    ranges: ranges.map((range) => ({ ...whole, ...range })),
  }
  return listChunks(prepared as unknown as Prepared & { ranges: Range[] }, store)
}
