/** What a chunk asks of its source and its store, and what it returns, by a source and a store in memory. */
import { gunzipSync } from 'node:zlib'
import { defineCatalogue, defineExport, type ExportDefinition, sql } from '../../engine/catalogue.ts'
import { type ExportChunkOptions, exportChunk } from '../../engine/export-chunk.ts'
import { prepare } from '../../engine/prepare.ts'
import type { Batch } from '../../engine/rows/batch.ts'
import type { SourceColumn } from '../../engine/rows/column.ts'
import type { Rows, Source } from '../../engine/sources/source.ts'
import type { Store, StoredObject } from '../../engine/stores/store.ts'
import type { Range } from '../../statemachine/contract.ts'
import {
  DatabaseUnavailable,
  ExportTooLong,
  QueryFailed,
  StorageUnavailable,
  TooManyRows,
} from '../../statemachine/errors.ts'
import { requestFor } from './harness.ts'
import { memberEndFrom } from './keys/keys.ts'

const LATE = 0
const IN_TIME = Number.POSITIVE_INFINITY
const KEY_2 = { type: 'integer', value: '2' } as const
const noon = () => new Date('2026-01-01T12:00:00Z')

describe('a chunk', () => {
  it('that ends its range frees the database before its last bytes are sent', async () => {
    const { chunk, asked, content } = given({ batches: [[1, 2], [3]] })
    const range = await chunk()
    expect(asked).toEqual(['estimate', 'open', 'close false', 'put files/request/given_2026-01-01.csv'])
    expect(content()).toBe('Id\r\n1\r\n2\r\n3\r\n')
    expect(range).toMatchObject({
      done: true,
      chunks: 1,
      rows: 3,
      bytes: 13,
      consistency: 'snapshot',
      estimatedRows: 3,
    })
    expect(range.last).toMatchObject({ rows: 3, bytes: 13, firstRowAt: '2026-01-01T12:00:00.000Z' })
    expect(range.firstRowAt).toBe('2026-01-01T12:00:00.000Z')
    expect(range.columns).toEqual([{ name: 'id', heading: 'Id', type: 'integer' }])
    expect(range).not.toHaveProperty('warnings')
    expect(range).not.toHaveProperty('transactionId')
  })

  it('that ends the file ends it as its format and compression require', async () => {
    const parquet = given({ batches: [[1, 2]], definition: { formats: ['parquet'] } })
    await parquet.chunk()
    expect(parquet.content()).toMatch(/^PAR1.*PAR1$/s)
    const zip = given({ batches: [[1, 2]], definition: { compressions: ['zip'] } })
    await zip.chunk()
    // The header of the entry, and the end of the directory.
    expect([zip.content().startsWith('PK\x03\x04'), zip.content().includes('PK\x05\x06')]).toEqual([true, true])
    const earlier = given({ batches: [[1]], definition: { compressions: ['gzip'] }, range: { upTo: KEY_2 } })
    await earlier.chunk()
    expect(gunzipSync(earlier.bytes()).toString()).toBe('Id\r\n1\r\n')
  })

  it('that finds a key twice fails, and says which', async () => {
    await expect(given({ batches: [[1], [2, 2]] }).chunk()).rejects.toThrow(/The key id has the value 2 twice/)
  })

  it('names a row by its number in the file if there is no key', async () => {
    const row = ({ id }: Record<string, unknown>) => {
      if (Number(id) === 9) throw new RangeError('nine')
      return { id }
    }
    const failing = given({ batches: [[1, 2], [9]], key: undefined, definition: { row: row as never } })
    await expect(failing.chunk()).rejects.toThrow(/row 3\b/)
  })

  it('leaves no timer behind', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
    const before = timers()
    await given({ batches: [[1], [2], [3]], deadline: Date.now() + 600_000 }).chunk()
    expect(timers()).toBe(before)
  })

  it('that is cut leaves its transaction open for the next one, which continues after its key', async () => {
    const first = given({ batches: [[1, 2], [3]], deadline: LATE, rows: { transactionId: 't' } })
    const range = await first.chunk()
    expect(first.asked).toContain('close true')
    expect(range).toMatchObject({ done: false, cursor: KEY_2, rows: 2, chunks: 1, transactionId: 't' })
    const second = given({ batches: [[3]], rows: { transactionId: 't' }, range })
    const done = await second.chunk()
    expect(second.asked).toEqual(['open 2 t', 'close false', 'put chunks/request/0/0000001'])
    expect(second.content()).toBe('3\r\n')
    expect(done).toMatchObject({ done: true, rows: 3, chunks: 2, bytes: 13, consistency: 'snapshot' })
    expect(done.cursor).toEqual({ type: 'integer', value: '3' })
  })

  it('that is cut within a compressed member leaves its rows to the next one', async () => {
    const mark = memberEndFrom(1)
    const batches = [[mark - 1, mark, mark + 1], [mark + 2]]
    const { chunk, bytes } = given({ batches, deadline: LATE, definition: { compressions: ['gzip'] } })
    expect(await chunk()).toMatchObject({ done: false, rows: 2, cursor: { value: String(mark) } })
    expect(gunzipSync(bytes()).toString()).toBe(`Id\r\n${mark - 1}\r\n${mark}\r\n`)
  })

  it.each<[Range['consistency'], Partial<Range>, Partial<Rows>]>([
    ['snapshot', { transactionId: 't' }, { transactionId: 't' }],
    ['chunks', { transactionId: 't' }, { transactionId: 'u' }],
    ['chunks', {}, {}],
    ['chunks', { transactionId: 't' }, { transactionId: 't', consistency: 'chunks' }],
    ['chunks', { transactionId: 't', consistency: 'chunks' }, { transactionId: 't' }],
  ])(
    'leaves its range with the consistency %s after one of %j, if its rows are of %j',
    async (expected, before, rows) => {
      const { chunk } = given({
        batches: [[3]],
        rows,
        range: { chunks: 1, rows: 2, cursor: KEY_2, last: LAST, ...before },
      })
      expect((await chunk()).consistency).toBe(expected)
    },
  )

  it('of a later range without rows is none, and its range has no columns', async () => {
    const { chunk, asked } = given({ batches: [], range: { index: 1, after: KEY_2 } })
    const range = await chunk()
    expect(asked).toContain('open 2')
    expect(asked.some((each) => each.startsWith('put'))).toBe(false)
    expect(range).toMatchObject({ done: true, chunks: 0, rows: 0, last: null, firstRowAt: null, cursor: null })
    expect(range).not.toHaveProperty('columns')
  })

  it('counts the warnings of its range and tells them', async () => {
    const { chunk, warned } = given({
      batches: [[3]],
      rows: { warnings: { 1287: 2, 1441: 1 } },
      range: { chunks: 1, rows: 2, cursor: KEY_2, last: LAST, warnings: { 1441: 1 } },
    })
    expect((await chunk()).warnings).toEqual({ 1287: 2, 1441: 2 })
    expect(warned).toEqual([
      'The database gave warnings about given, none of them about a lost or changed value: 1287 (2 times), 1441 (1 times)',
    ])
    const single = given({ batches: [[3]], rows: { warnings: { 1441: 1 } } })
    await single.chunk()
    expect(single.warned).toEqual([expect.stringMatching(/: 1441 \(1 times\)$/)])
  })

  it('may not exceed the limit of rows, together with those before it', async () => {
    const range = { chunks: 1, rows: 2, cursor: KEY_2, last: LAST }
    const chunk = (maxRows: number) => given({ batches: [[3], [4]], definition: { maxRows }, range }).chunk()
    await expect(chunk(3)).rejects.toThrow(TooManyRows)
    expect((await chunk(4)).rows).toBe(4)
  })

  it('is not begun if the execution has no room for it, or the invocation has been stopped', async () => {
    const full = given({ batches: [[1]], range: { chunks: 3400, last: LAST }, listed: 3400 })
    await expect(full.chunk()).rejects.toThrow(ExportTooLong)
    expect(full.asked).toEqual([])
    const stopped = given({ batches: [[1]] })
    stopped.stop.abort(new Error('stopped'))
    await expect(stopped.chunk()).rejects.toThrow('stopped')
    expect(stopped.asked).toEqual([])
  })

  it('starts its range over if the chunks before it are gone', async () => {
    const range = { chunks: 2, rows: 2, bytes: 10, crc32: '12345678', cursor: KEY_2, last: LAST, transactionId: 't' }
    const { chunk, asked, content, warned } = given({ batches: [[1]], range, isGone: true })
    expect(await chunk()).toMatchObject({ chunks: 1, rows: 1, bytes: 7, done: true, consistency: 'snapshot' })
    expect(asked).toContain('open')
    expect(content()).toBe('Id\r\n1\r\n')
    expect(warned).toContain('The chunks of range 0 are gone. The range starts over')
  })

  it('of an export that cannot be continued fails after its time, but never before a row', async () => {
    const keyless = { key: undefined, deadline: LATE }
    await expect(given({ batches: [[1], [2]], ...keyless }).chunk()).rejects.toThrow(/has no key, which it needs/)
    expect((await given({ batches: [[1]], ...keyless }).chunk()).done).toBe(true)
  })
})

describe('a chunk that fails', () => {
  it.each([
    { what: 'leaves', Failure: DatabaseUnavailable, transactionId: 't', continued: true },
    { what: 'leaves', Failure: StorageUnavailable, transactionId: 't', continued: true },
    { what: 'ends', Failure: QueryFailed, transactionId: 't', continued: false },
    { what: 'ends', Failure: DatabaseUnavailable, transactionId: undefined, continued: false },
  ])('$what the transaction $transactionId of its range, after $Failure.name', async (each) => {
    const { Failure, transactionId, continued } = each
    const error = new Failure('the first failure')
    const range = {
      chunks: 1,
      rows: 2,
      cursor: KEY_2,
      last: LAST,
      ...(transactionId !== undefined && { transactionId }),
    }
    const { chunk, asked } = given({ batches: [[3], error], range })
    await expect(chunk()).rejects.toBe(error)
    expect(asked.at(-1)).toBe(`close ${continued}`)
  })

  it('because it is stopped ends its transaction, and fails with the reason', async () => {
    const range = { chunks: 1, rows: 2, cursor: KEY_2, last: LAST, transactionId: 't' }
    const stopping = given({ batches: [[3], new DatabaseUnavailable('gone')], range })
    stopping.onOpen(() => stopping.stop.abort(new Error('stopped')))
    await expect(stopping.chunk()).rejects.toThrow('stopped')
    expect(stopping.asked.at(-1)).toBe('close false')
    const late = given({ batches: [[3], new DatabaseUnavailable('gone')], range })
    late.onOpen(() => late.stop.abort(new DOMException('late', 'TimeoutError')))
    await expect(late.chunk()).rejects.toThrow(ExportTooLong)
  })
})

describe('the estimate', () => {
  it('is asked for once, before the first chunk of a range that has none', async () => {
    const asked = async (range: Partial<Range>) => {
      const { chunk, asked } = given({ batches: [[3]], range })
      const { estimatedRows } = await chunk()
      return [asked.includes('estimate'), estimatedRows]
    }
    expect(await asked({})).toEqual([true, 3])
    expect(await asked({ estimatedRows: 7 })).toEqual([false, 7])
    expect(await asked({ estimatedRows: null })).toEqual([false, null])
    expect(await asked({ chunks: 1, cursor: KEY_2, last: LAST })).toEqual([false, undefined])
  })

  it('is not needed: a refused one is told, another failure is left to the query', async () => {
    const refused = given({ batches: [[1]], estimate: new QueryFailed('EXPLAIN is refused') })
    expect((await refused.chunk()).estimatedRows).toBeNull()
    expect(refused.warned).toEqual(['No forecast for given: EXPLAIN is refused'])
    const failed = given({ batches: [[1]], estimate: new DatabaseUnavailable('gone') })
    expect((await failed.chunk()).estimatedRows).toBeNull()
    expect(failed.warned).toEqual([])
  })

  it('warns of an export that cannot be continued if it will hardly fit into its time', async () => {
    const soon = Date.now() + 100_000
    const keyless = (estimate: number) => given({ batches: [[1]], key: undefined, deadline: soon, estimate })
    const long = keyless(100e6)
    await long.chunk()
    expect(long.warned).toEqual([
      expect.stringMatching(/take about 250 s as csv; .* after the (100|99) s of one invocation/),
    ])
    const short = keyless(30e6)
    await short.chunk()
    expect(short.warned).toEqual([])
    // An invocation that is late from the start is taken for one of a second.
    const late = given({ batches: [[1]], key: undefined, deadline: LATE, estimate: 500_000 })
    await late.chunk()
    expect(late.warned).toEqual([expect.stringMatching(/after the 1 s of one invocation/)])
  })

  it('of a chunk that is stopped meanwhile does not matter', async () => {
    const { chunk, asked, stop } = given({ batches: [[1]], estimate: () => stop.abort(new Error('stopped')) })
    await expect(chunk()).rejects.toThrow('stopped')
    expect(asked).toEqual(['estimate'])
  })
})

const LAST = {
  ...{ key: 'chunks/request/0/0000000', etag: 'last', rows: 2, bytes: 10, crc32: '12345678' },
  ...{ startedAt: '2026-01-01T00:00:00.000Z', firstRowAt: null, finishedAt: '2026-01-01T00:00:00.000Z' },
}
const COLUMN: SourceColumn = {
  ...{ name: 'id', kind: 'integer', precision: null, scale: null },
  ...{ unsigned: false, nullable: false, zerofill: false, sortsBy: 'value' },
}

interface Given {
  /** Ids of the rows of each batch, or an error in its place. */
  batches: readonly (readonly number[] | Error)[]
  rows?: Partial<Rows>
  range?: Partial<Range>
  deadline?: number
  key?: undefined
  definition?: Partial<ExportDefinition>
  estimate?: number | Error | (() => void)
  /** Whether the last chunk was deleted. */
  isGone?: boolean
  /** How many chunks lie in the bucket. */
  listed?: number
}

function given({ batches, range = {}, deadline = IN_TIME, definition = {}, estimate = 3, ...more }: Given) {
  const catalogue = defineCatalogue([
    defineExport({
      ...{ name: 'given', title: 'Given', columns: { id: 'Id' }, query: () => sql`SELECT id FROM numbers` },
      ...('key' in more ? {} : { key: 'id' }),
      ...definition,
    }),
  ])
  const { request, plan, ranges } = prepare(
    { ...requestFor(catalogue.get('given')), id: 'request' },
    { catalogue, now: noon() },
  )
  const asked: string[] = []
  const warned: string[] = []
  const stop = new AbortController()
  let opened = () => {}
  let written = Buffer.alloc(0)
  const rows: Rows = {
    ...{ columns: [COLUMN], timeZone: '+00:00', warnings: {} },
    close: async (options) => void asked.push(`close ${options?.continued ?? false}`),
    async *[Symbol.asyncIterator]() {
      for (const batch of batches) {
        if (batch instanceof Error) throw batch
        yield batchOf(batch)
      }
    },
    ...more.rows,
  }
  const source: Source = {
    async open({ after, transactionId }) {
      asked.push(['open', after?.value, transactionId].filter((each) => each !== undefined).join(' '))
      opened()
      return rows
    },
    async estimate() {
      asked.push('estimate')
      if (estimate instanceof Error) throw estimate
      if (typeof estimate === 'number') return estimate
      estimate()
      return null
    },
  }
  const store = {
    head: async (key: string): Promise<StoredObject | null> =>
      key === range.last?.key && !more.isGone ? range.last : null,
    list: async () => Array.from({ length: more.listed ?? 0 }, () => ({ key: LAST.key, etag: '', bytes: 1 })),
    discard: async () => {},
    put: async (key: string, bytes: Uint8Array) => {
      asked.push(`put ${key}`)
      written = Buffer.from(bytes)
      return { etag: 'new', bytes: bytes.length, crc32: '00000000' }
    },
  } as unknown as Store
  const options: ExportChunkOptions = {
    ...{ catalogue, source, store, deadline, signal: stop.signal, now: noon },
    warn: (message) => void warned.push(message),
  }
  return {
    asked,
    warned,
    stop,
    content: () => written.toString(),
    bytes: () => written,
    onOpen: (call: () => void) => {
      opened = call
    },
    chunk: () => exportChunk({ request, plan, range: { ...ranges[0]!, ...range } }, options),
  }
}

/** Rows that only have an id. */
function batchOf(ids: readonly number[]): Batch {
  const rows = ids.map((id) => Buffer.from(String(id))).map((text) => Buffer.concat([Buffer.of(text.length), text]))
  const ends = rows.map((_, row) => rows.slice(0, row + 1).reduce((sum, { length }) => sum + length, 0))
  return {
    bytes: Buffer.concat(rows),
    rows: rows.length,
    starts: Int32Array.from([0, ...ends.slice(0, -1)]),
    ends: Int32Array.from(ends),
  }
}
