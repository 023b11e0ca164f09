/** How the rows of a chunk become its bytes, and up to which row they could be cut. */
import type { Compressor } from '../../../engine/compressions/compression.ts'
import type { Encoder } from '../../../engine/formats/format.ts'
import type { KeyWatch } from '../../../engine/keys/key.ts'
import { MEMBER_BYTES } from '../../../engine/keys/member.ts'
import type { Batch } from '../../../engine/rows/batch.ts'
import { Output } from '../../../engine/rows/output.ts'
import type { Transform } from '../../../engine/rows/transform.ts'
import { ChunkFile } from '../../../engine/stores/chunk-file.ts'
import type { ObjectWriter } from '../../../engine/stores/object-writer.ts'

const key = (row: number) => ({ type: 'integer', value: String(row) }) as const

describe('a chunk without compression', () => {
  it('can be cut after any row', async () => {
    const { file, encoded, text, drained } = given({})
    expect([file.canStop, file.isEmpty, file.rows, file.cursor]).toEqual([false, true, 0, null])
    await file.head()
    expect([file.canStop, file.isEmpty]).toEqual([false, false])
    await file.write(batchOf(1))
    expect([file.canStop, file.rows, file.cursor]).toEqual([true, 1, key(0)])
    await file.write(batchOf(3))
    expect([file.rows, file.cursor]).toEqual([4, key(2)])
    expect(encoded).toEqual(['0-1', '0-3'])
    expect(text()).toBe('head;0;0;1;2;')
    expect(drained()).toBe(3)
  })

  it.each([false, true])('is encoded on from where the format stopped, asynchronous: %s', async (isAsync) => {
    const { file, encoded, text } = given({ atOnce: 2, isAsync })
    await file.write(batchOf(5))
    expect([file.rows, file.cursor]).toEqual([5, key(4)])
    expect(encoded).toEqual(['0-5', '2-5', '4-5'])
    expect(text()).toBe('0;1;2;3;4;')
  })

  it('has no cursor without a key', async () => {
    const { file } = given({ keys: false })
    await file.write(batchOf(3))
    expect([file.rows, file.cursor]).toEqual([3, null])
  })

  it('ends with what the format puts after the last row of the file, and only there', async () => {
    for (const isLast of [false, true]) {
      const { file, text, drained } = given({})
      await file.write(batchOf(1))
      const before = drained()
      await file.end(true, isLast)
      expect(text()).toBe(isLast ? '0;tail' : '0;')
      expect(drained()).toBeGreaterThan(before)
    }
  })
})

describe('a compressed chunk', () => {
  it('can be cut where a member ends, after a row with a certain key', async () => {
    const { file, encoded, text } = given({ isCompressed: true, marks: [1, 3] })
    await file.write(batchOf(1))
    expect([file.canStop, file.rows, file.cursor, text()]).toEqual([false, 0, null, ''])
    await file.write(batchOf(6))
    expect([file.canStop, file.rows, file.cursor]).toEqual([true, 5, key(3)])
    expect(encoded).toEqual(['0-1', '0-2', '2-4', '4-6'])
    expect(text()).toBe('[0;0;1;][2;3;]')
  })

  it('can be cut where a member is full', async () => {
    const { file, text } = given({ isCompressed: true, rowBytes: MEMBER_BYTES / 2, atOnce: 1 })
    await file.write(batchOf(5))
    expect([file.rows, file.cursor]).toEqual([4, key(3)])
    expect(
      text()
        .split('[')
        .map(({ length }) => length),
    ).toEqual([0, MEMBER_BYTES + 1, MEMBER_BYTES + 1])
  })

  it('may have a heading line that fills a member', async () => {
    const short = given({ isCompressed: true })
    await short.file.head()
    expect([short.text(), short.drained()]).toEqual(['', 1])
    const long = given({ isCompressed: true, headBytes: MEMBER_BYTES })
    await long.file.head()
    expect(long.text()).toHaveLength(MEMBER_BYTES + 2)
    expect(long.file.rows).toBe(0)
  })

  it('is cut by length alone without a key', async () => {
    const { file, encoded } = given({ isCompressed: true, keys: false })
    await file.write(batchOf(4))
    expect([file.rows, file.cursor, encoded]).toEqual([0, null, ['0-4']])
    await file.end(true, true)
    expect([file.rows, file.cursor]).toEqual([4, null])
  })

  it('ends with its last rows, and with the file if it is the last', async () => {
    for (const isLast of [false, true]) {
      const { file, text } = given({ isCompressed: true, marks: [0] })
      await file.write(batchOf(2))
      await file.end(false, isLast)
      expect([file.rows, text()]).toEqual([2, isLast ? '[0;][1;tail]end' : '[0;][1;]'])
    }
    const single = given({ isCompressed: true, rowBytes: 1 })
    await single.file.write(batchOf(1))
    await single.file.end(false, false)
    expect([single.file.rows, single.text()]).toEqual([1, '[r]'])
  })

  it('has a member without rows only if the file would have none', async () => {
    const ended = async (rows: number, isFirst: boolean) => {
      const { file, text } = given({ isCompressed: true, marks: [0], tail: '' })
      if (rows > 0) await file.write(batchOf(rows))
      await file.end(isFirst, false)
      return text()
    }
    expect(await ended(0, true)).toBe('[]')
    expect(await ended(0, false)).toBe('')
    expect(await ended(1, true)).toBe('[0;]')
  })
})

it('rows go through the row function before the format, and their keys are those of the query', async () => {
  const doubled: Batch = { ...batchOf(2), rows: 2 }
  const transform = { apply: () => doubled } as unknown as Transform
  const { file, batches, keyed } = given({ transform })
  const batch = batchOf(2)
  await file.write(batch)
  expect(batches).toEqual([doubled])
  expect(batches[0]).toBe(doubled)
  expect(keyed[0]).toBe(batch)
})

it('is closed or aborted with its object', async () => {
  const { file, ended } = given({})
  expect(await file.close()).toMatchObject({ etag: 'e' })
  await file.abort()
  expect(ended).toEqual(['close', 'abort'])
})

function batchOf(rows: number): Batch {
  return { bytes: Buffer.of(), rows, starts: new Int32Array(rows), ends: new Int32Array(rows) }
}

interface Given {
  isCompressed?: boolean
  keys?: boolean
  /** Rows of each batch whose keys end a member. */
  marks?: number[]
  /** The most rows that the format encodes in one call. */
  atOnce?: number
  isAsync?: boolean
  headBytes?: number
  rowBytes?: number
  tail?: string
  transform?: Transform
}

function given({ isCompressed = false, keys = true, marks = [], tail = 'tail', ...more }: Given) {
  const { atOnce = Number.POSITIVE_INFINITY, isAsync = false, headBytes, rowBytes, transform = null } = more
  const [encoded, ended]: string[][] = [[], []]
  const [batches, keyed]: Batch[][] = [[], []]
  let drains = 0
  const output = new Output(1 << 10)
  const writer = {
    output,
    get bytes() {
      return output.length
    },
    drain: async () => void drains++,
    close: async () => {
      ended!.push('close')
      return { etag: 'e', bytes: output.length, crc32: '00000000' }
    },
    abort: async () => void ended!.push('abort'),
  } as unknown as ObjectWriter
  const encoder: Encoder = {
    head: (target) => target.write(headBytes === undefined ? 'head;' : 'h'.repeat(headBytes)),
    rows: (batch, from, to, target) => {
      encoded!.push(`${from}-${to}`)
      batches!.push(batch)
      const end = Math.min(from + atOnce, to)
      for (let row = from; row < end; row++) target.write(rowBytes === undefined ? `${row};` : 'r'.repeat(rowBytes))
      return isAsync ? Promise.resolve(end) : end
    },
    tail: (target) => target.write(tail),
  }
  const compressor: Compressor = {
    member: async (bytes, target) => target.write(`[${bytes}]`),
    end: async (target) => target.write('end'),
  }
  const watch = {
    nextMark: (batch: Batch, from: number) => marks.find((row) => row >= from && row < batch.rows) ?? batch.rows,
    cursorAt: (batch: Batch, row: number) => {
      keyed!.push(batch)
      return key(row)
    },
  } as unknown as KeyWatch
  const parts = { writer, encoder, transform, compressor: isCompressed ? compressor : null, keys: keys ? watch : null }
  const text = () => output.written.toString()
  return { file: new ChunkFile(parts), encoded, ended, batches: batches!, keyed: keyed!, text, drained: () => drains }
}
