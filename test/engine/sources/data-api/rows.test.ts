/** How an export's rows are read page by page, without a Data API. */
import { jest } from '@jest/globals'
import { raw, sql } from '../../../../engine/catalogue.ts'
import { locateFields } from '../../../../engine/rows/batch.ts'
import { selectColumn } from '../../../../engine/sources/data-api/columns.ts'
import { DataApiRows, type RowsOptions } from '../../../../engine/sources/data-api/rows.ts'
import type { RangeQuery } from '../../../../engine/sources/source.ts'
import type { Cursor } from '../../../../statemachine/contract.ts'
import { DatabaseUnavailable, ExportTooLong, KeyNotUnique, QueryFailed } from '../../../../statemachine/errors.ts'
import {
  type Answer,
  type Call,
  type FakeApi,
  failure,
  givenApi,
  lost,
  never,
  number,
  serverError,
  text,
  tooLarge,
  tooSlow,
} from './fake-api.ts'

const STOPPED = new Error('stopped')
const WARNED: Answer = { records: [[text('Warning'), number(1681), text('no')]] }
const CUT: Answer = { records: [[text('Warning'), number(1265), text('cut')]] }

afterEach(() => void jest.useRealTimers())

describe('rows with a key', () => {
  it('are read in pages, each after the last key of the one before, in one transaction', async () => {
    const { rows, pages, steps } = await given({ keys: numbers(1, 800) })
    expect(await keysOf(rows)).toEqual(numbers(1, 800))
    expect(pages()).toEqual([
      [50, undefined],
      [401, '50'],
      [3201, '450'],
    ])
    await rows.close()
    expect(steps()).toEqual(['begin', ...Array(3).fill('SELECT CAST(carryout.`id`'), 'SET SESSION', 'commit'])
    expect([rows.consistency, rows.transactionId, rows.warnings]).toEqual(['snapshot', 't1', {}])
    expect([rows.timeZone, rows.columns.map(({ name }) => name)]).toEqual(['+00:00', ['id']])
  })

  it('end with the first page that is not full', async () => {
    for (const [count, expected] of [
      [0, 1],
      [49, 1],
      [50, 2],
      [449, 2],
      [450, 3],
    ] as const) {
      const { rows, pages } = await given({ keys: numbers(1, count) })
      expect(await keysOf(rows)).toEqual(numbers(1, count))
      expect(pages()).toHaveLength(expected)
    }
  })

  it('begin after the cursor, whether its row is still there or not', async () => {
    for (const keys of [
      [3, 7, 8],
      [3, 8],
    ]) {
      const { rows } = await given({ keys, query: { after: cursor(7) } })
      expect(await keysOf(rows)).toEqual([8])
    }
  })

  it('are refused if two have the key of the cursor', async () => {
    const { rows } = await given({ keys: [7, 7], query: { after: cursor(7) } })
    const error = await keysOf(rows).catch((reason) => reason)
    expect(error).toBeInstanceOf(KeyNotUnique)
    expect(error.message).toContain('has a value twice')
  })

  it.each([50, 40])('are refused if the page after the key 50 begins with %i', async (key) => {
    const { rows, answer } = await given({ keys: numbers(1, 50) })
    answer(({ parameters }) => (parameters.length ? { records: [[text(String(key)), number(0)]] } : undefined))
    await expect(keysOf(rows)).rejects.toThrow(KeyNotUnique)
  })

  it('that are decimals have all digits of their column', async () => {
    const { rows, answer } = await given({ query: { key: null }, type: 'DECIMAL', scale: 2 })
    answer(() => ({ records: [[text('0')], [text('1.50')]] }))
    expect(await textsOf(rows)).toEqual(['0.00', '1.50'])
  })

  it('are sorted by the whole of a text key, in each transaction', async () => {
    const { rows, fail, calls } = await given({ keys: [1], type: 'VARCHAR' })
    fail(1, lost)
    expect(await keysOf(rows)).toEqual([1])
    const sorted = calls.filter(({ sql: statement }) => statement.includes('max_sort_length = CAST('))
    expect(sorted.map(({ transactionId }) => transactionId)).toEqual(['t1', 't2'])
  })

  it('are refused if the cursor is missing because its characters have two codes', async () => {
    const twin: Cursor = { type: 'text', value: '∪' }
    for (const [collation, isRefused] of [
      ['cp932_japanese_ci', true],
      ['utf8mb4_bin', false],
      [null, false],
    ] as const) {
      const { rows, answer } = await given({ keys: [], query: { after: twin }, collation, type: 'VARCHAR' })
      answer(({ parameters }) => (parameters.length ? { records: [[text('や'), number(0)]] } : undefined))
      if (isRefused) await expect(keysOf(rows)).rejects.toThrow(KeyNotUnique)
      else expect(await textsOf(rows)).toEqual(['や'])
    }
    const found = await given({ query: { after: twin }, collation: 'cp932_japanese_ci', type: 'VARCHAR' })
    found.answer(({ parameters }) => (parameters.length ? { records: [[text('∪'), number(1)]] } : undefined))
    expect(await textsOf(found.rows)).toEqual([])
  })
})

describe('rows without a key', () => {
  it('are one result', async () => {
    for (const limited of [true, false]) {
      const { rows, calls, answer } = await given({ query: { key: null }, limited })
      answer(({ sql: statement }) => (/^SELECT/.test(statement) ? { records: [[text('1')], [text('1')]] } : undefined))
      expect(await keysOf(rows)).toEqual([1, 1])
      const statements = calls.filter(({ sql: statement }) => /^SELECT/.test(statement))
      expect(statements.map(({ sql: statement }) => /LIMIT \d+ \) AS carryout/.test(statement))).toEqual([limited])
    }
  })

  it.each([
    ['larger than one response', tooLarge, /has no key, and its result is larger than the 1 MiB/],
    ['slower than one statement', tooSlow, /45 seconds/],
  ])('may not be %s', async (_, error, message) => {
    const { rows, answer } = await given({ query: { key: null } })
    answer(() => {
      throw error()
    })
    const reason = await keysOf(rows).catch((found) => found)
    expect(reason).toBeInstanceOf(ExportTooLong)
    expect(reason.message).toMatch(message)
    expect(reason.cause.name).toBe(error().name)
  })
})

describe('a transaction', () => {
  it('is continued from the previous chunk', async () => {
    const { rows, steps } = await given({ keys: [1], query: { transactionId: 'earlier' } })
    expect(await keysOf(rows)).toEqual([1])
    expect(steps()).toEqual(['SELECT CAST(carryout.`id`'])
    expect([rows.transactionId, rows.consistency]).toEqual(['earlier', 'snapshot'])
  })

  it('that the previous chunk lost is replaced by another snapshot', async () => {
    const { rows, calls } = await given({
      keys: [1],
      query: { transactionId: 'earlier' },
      first: ({ transactionId }) => {
        if (transactionId === 'earlier') throw lost()
      },
    })
    expect([rows.transactionId, rows.consistency]).toEqual(['t1', 'chunks'])
    expect(calls.filter(({ operation }) => operation === 'rollback')).toEqual([])
  })

  it('that cannot be continued for another reason is an error', async () => {
    const first = ({ transactionId }: Call) => {
      if (transactionId === 'earlier') throw failure('AccessDeniedException', 'denied')
    }
    const opened = given({ query: { transactionId: 'earlier' }, first })
    await expect(opened).rejects.toThrow(DatabaseUnavailable)
  })

  it('that cannot begin ends with the reason of an abort', async () => {
    const stop = new AbortController()
    const first = () => stop.abort(STOPPED)
    await expect(given({ signal: stop.signal, first })).rejects.toBe(STOPPED)
  })

  it('without a snapshot is reported', async () => {
    const first = ({ sql: statement }: Call) =>
      statement.startsWith('SHOW SESSION')
        ? { records: [[text('transaction_isolation'), text('READ-COMMITTED')]] }
        : undefined
    for (const query of [{}, { transactionId: 'earlier' }]) {
      const { rows } = await given({ query, first })
      expect(rows.consistency).toBe('chunks')
    }
  })

  it('that is lost is not kept alive', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] })
    const { rows, fail, calls } = await given({ keys: [1] })
    fail(1, lost)
    await rows[Symbol.asyncIterator]().next()
    calls.length = 0
    await jest.advanceTimersByTimeAsync(60_000)
    expect(calls.map(({ transactionId }) => transactionId)).toEqual(['t2'])
  })

  it('that is lost before the first page is still one snapshot, afterwards another', async () => {
    for (const [page, consistency] of [
      [1, 'snapshot'],
      [2, 'chunks'],
    ] as const) {
      const { rows, fail, steps } = await given({ keys: numbers(1, 100) })
      fail(page, lost)
      expect(await keysOf(rows)).toEqual(numbers(1, 100))
      expect([rows.consistency, rows.transactionId]).toEqual([consistency, 't2'])
      expect(steps()).not.toContain('rollback')
    }
  })

  it('may be lost three times before the same page, and again after the page became smaller', async () => {
    const threeTimes = [lost, lost, lost]
    for (const smaller of [tooLarge, tooSlow]) {
      const { rows, fail } = await given({ keys: [1] })
      fail(1, ...threeTimes, smaller, ...threeTimes)
      expect(await keysOf(rows)).toEqual([1])
    }
    const { rows, fail } = await given({ keys: [1] })
    fail(1, ...threeTimes, lost)
    const error = await keysOf(rows).catch((reason) => reason)
    expect(error).toBeInstanceOf(DatabaseUnavailable)
    expect(error.message).toContain('loses each transaction at once')
  })

  it('that cannot be replaced is an error, or the reason of an abort', async () => {
    for (const isStopped of [false, true]) {
      const stop = new AbortController()
      const { rows, fail, answer } = await given({ keys: [1], signal: stop.signal })
      fail(1, lost)
      answer(({ operation }) => {
        if (operation !== 'begin') return
        if (isStopped) stop.abort(STOPPED)
        throw failure('AccessDeniedException', 'denied')
      })
      const error = await keysOf(rows).catch((reason) => reason)
      if (isStopped) expect(error).toBe(STOPPED)
      else expect(error.message).toContain('The Data API denied access')
    }
  })
})

describe('a page', () => {
  it('that is too large is read again with half the rows, down to one', async () => {
    const { rows, fail, pages } = await given({ keys: [1, 2] })
    fail(1, ...Array(5).fill(tooLarge))
    expect(await keysOf(rows)).toEqual([1, 2])
    expect(pages().map(([limit]) => limit)).toEqual([50, 25, 12, 6, 3, 1, 3])
  })

  it('of two rows that is too large is read again with one', async () => {
    const { rows, fail, pages } = await given({ keys: [1, 2, 3] })
    fail(1, ...Array(5).fill(tooLarge))
    fail(2, tooLarge)
    expect(await keysOf(rows)).toEqual([1, 2, 3])
    expect(pages().map(([limit]) => limit)).toEqual([50, 25, 12, 6, 3, 1, 3, 2, 3])
  })

  it('that is slow is read again with a quarter of the rows, down to one', async () => {
    const { rows, fail, pages } = await given({ keys: [] })
    fail(1, ...Array(3).fill(tooSlow))
    expect(await keysOf(rows)).toEqual([])
    expect(pages().map(([limit]) => limit)).toEqual([50, 12, 3, 1])
  })

  it('of one row may not be slow', async () => {
    const { rows, fail } = await given({ keys: [] })
    fail(1, ...Array(4).fill(tooSlow))
    const error = await keysOf(rows).catch((reason) => reason)
    expect(error).toBeInstanceOf(ExportTooLong)
    expect(error.message).toMatch(/45 seconds/)
  })

  it('of one row may not be too large, and the error says which row it is', async () => {
    for (const [after, where] of [
      [null, 'that comes first'],
      [cursor(7), 'after the one with the id 7'],
    ] as const) {
      const { rows, fail } = await given({ keys: [8], query: { after } })
      fail(1, ...Array(6).fill(tooLarge))
      const error = await keysOf(rows).catch((reason) => reason)
      expect(error).toBeInstanceOf(QueryFailed)
      expect(error.message).toContain(`The row ${where} is larger than the 64 KB`)
    }
  })

  it('that the server refuses is an error, which does not quote the statement’s values', async () => {
    for (const [refusal, kind] of [
      [serverError(1242, "wrong 'secret'"), QueryFailed],
      [failure('ValidationException', "wrong 'secret'"), DatabaseUnavailable],
    ] as const) {
      const { rows, fail } = await given({ keys: [1], query: { query: sql`SELECT ${'secret'}` } })
      fail(1, () => refusal)
      const error = await keysOf(rows).catch((reason) => reason)
      expect(error).toBeInstanceOf(kind)
      expect(error.message).toMatch(/1242|ValidationException/)
      expect(error.message).not.toContain('secret')
    }
  })

  it('that the server refuses is an error, which does not quote the rows', async () => {
    const { rows, fail } = await given({ keys: [1] })
    fail(1, () => serverError(1305, 'FUNCTION shop.secret does not exist'))
    const error = await keysOf(rows).catch((reason) => reason)
    expect(error).toBeInstanceOf(QueryFailed)
    expect(error.message).not.toContain('secret')
  })

  it('fails with the reason of an abort', async () => {
    const stop = new AbortController()
    const { rows, fail, steps } = await given({ keys: [1], signal: stop.signal })
    fail(1, () => {
      stop.abort(STOPPED)
      return tooLarge()
    })
    await expect(keysOf(rows)).rejects.toBe(STOPPED)
    await rows.close()
    expect(steps().slice(1)).toEqual(['SELECT CAST(carryout.`id`', 'SET SESSION', 'rollback'])
  })
})

describe('the warnings', () => {
  it('of all pages are counted', async () => {
    const { rows, answer } = await given({ keys: numbers(1, 60) })
    answer(({ sql: statement }) => {
      if (statement === 'SHOW WARNINGS') return WARNED
      return statement === 'SHOW COUNT(*) WARNINGS' ? { records: [[number(1)]] } : undefined
    })
    expect(await keysOf(rows)).toEqual(numbers(1, 60))
    expect(rows.warnings).toEqual({ 1681: 2 })
  })

  it('of a loss are an error, even after a page without rows', async () => {
    for (const keys of [numbers(1, 60), []]) {
      const { rows, answer } = await given({ keys })
      answer(({ sql: statement }) => (statement === 'SHOW WARNINGS' ? CUT : undefined))
      await expect(keysOf(rows)).rejects.toThrow('warning 1265')
    }
  })

  it('of a loss are an error when another chunk would continue, and end the transaction', async () => {
    const { rows, answer, steps } = await given({ keys: numbers(1, 60) })
    answer(({ sql: statement }) => (statement === 'SHOW WARNINGS' ? CUT : undefined))
    await rows[Symbol.asyncIterator]().next()
    await expect(rows.close({ continued: true })).rejects.toThrow('warning 1265')
    expect(steps().at(-1)).toBe('rollback')
  })

  it('of a loss do not reach a consumer that has left before them', async () => {
    const unhandled: unknown[] = []
    const onUnhandled = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', onUnhandled)
    try {
      const { rows, answer } = await given({ keys: numbers(1, 60) })
      answer(({ sql: statement }) => (statement === 'SHOW WARNINGS' ? CUT : undefined))
      for await (const _ of rows) break
      await new Promise(setImmediate)
      await rows.close()
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', onUnhandled)
    }
  })

  it('that cannot be read are an error, or the reason of an abort', async () => {
    for (const isStopped of [false, true]) {
      const stop = new AbortController()
      const { rows, answer } = await given({ keys: [1], signal: stop.signal })
      answer(({ sql: statement }) => {
        if (statement !== 'SHOW WARNINGS') return
        if (isStopped) stop.abort(STOPPED)
        throw lost()
      })
      const error = await keysOf(rows).catch((reason) => reason)
      if (isStopped) expect(error).toBe(STOPPED)
      else expect(error).toBeInstanceOf(DatabaseUnavailable)
    }
  })
})

describe('closing', () => {
  it('commits once after the last row, even if another chunk would continue', async () => {
    for (const continued of [false, true]) {
      const { rows, steps } = await given({ keys: [1] })
      await keysOf(rows)
      await rows.close({ continued })
      await rows.close()
      expect(steps().slice(2)).toEqual(['SET SESSION', 'commit'])
    }
  })

  it('rolls back once before the last row was taken', async () => {
    const { rows, steps } = await given({ keys: [1] })
    await rows[Symbol.asyncIterator]().next()
    await new Promise(setImmediate)
    await rows.close()
    await rows.close()
    expect(steps().slice(2)).toEqual(['SET SESSION', 'rollback'])
  })

  it('leaves the transaction to the chunk that continues', async () => {
    const { rows, steps } = await given({ keys: [1] })
    await rows[Symbol.asyncIterator]().next()
    await rows.close({ continued: true })
    expect(steps().slice(2)).toEqual([])
    expect(rows.transactionId).toBe('t1')
  })

  it('ends the pages: none is requested afterwards', async () => {
    const { rows, pages } = await given({ keys: numbers(1, 500) })
    const batches = rows[Symbol.asyncIterator]()
    await batches.next()
    await rows.close({ continued: true })
    expect(await batches.next()).toEqual({ done: true, value: undefined })
    expect(pages()).toHaveLength(1)
  })

  it('while a page is read leaves its rows to the next chunk, and does not repeat it after an error', async () => {
    for (const error of [undefined, tooLarge, lost]) {
      const { rows, pages, answer } = await given({ keys: [1] })
      const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
      answer(async ({ sql: statement }) => {
        if (!statement.includes('ORDER BY')) return
        await finished
        if (error) throw error()
        return undefined
      })
      const next = rows[Symbol.asyncIterator]().next()
      await new Promise(setImmediate)
      let isClosed = false
      const closed = rows.close({ continued: true }).then(() => {
        isClosed = true
      })
      await new Promise(setImmediate)
      expect(isClosed).toBe(false)
      finish()
      if (error) await expect(next).rejects.toThrow()
      else expect(await next).toEqual({ done: true, value: undefined })
      await closed
      expect(pages()).toHaveLength(1)
    }
  })

  it('stops listening to the signal', async () => {
    const stop = new AbortController()
    const { rows, steps } = await given({ keys: [1], signal: stop.signal })
    await rows.close({ continued: true })
    stop.abort()
    await new Promise(setImmediate)
    expect(steps()).toEqual(['begin'])
  })

  it('of rows that never began does nothing', async () => {
    const { api, calls } = givenApi()
    const rows = new DataApiRows(optionsOf({ api }))
    await rows.close()
    await rows.close({ continued: true })
    expect(calls).toEqual([])
    expect(rows.transactionId).toBeUndefined()
  })
})

test('an abort rolls back at once, and closing waits for it', async () => {
  const stop = new AbortController()
  const { rows, steps } = await given({ keys: [1], signal: stop.signal })
  stop.abort()
  await rows.close({ continued: true })
  expect(steps()).toEqual(['begin', 'SET SESSION', 'rollback'])
})

interface Given extends Omit<Partial<RowsOptions>, 'query'> {
  /** Of the table, in order. */
  keys?: number[]
  query?: Partial<RangeQuery>
  /** Of the key. */
  type?: string
  scale?: number
  /** Answers calls before the rows have started. */
  first?: (call: Call) => unknown
}

/** Rows that have started, over a table with these keys. */
async function given({ keys = [], first, ...options }: Given) {
  let answers = first
  let pagesRead = 0
  const faults = new Map<number, (() => Error)[]>()
  const fake: FakeApi = givenApi(async (call) => {
    const isPage = call.sql.includes(' ORDER BY ')
    if (isPage) {
      const fault = faults.get(pagesRead + 1)?.shift()
      if (fault) throw fault()
      pagesRead++
    }
    const answer = await answers?.(call)
    if (answer || !isPage) return answer
    const after = call.parameters.at(-1)?.value?.stringValue ?? ''
    const limit = Number(/LIMIT (\d+)$/.exec(call.sql)![1])
    if (!call.sql.includes('carryout_same')) return { records: keys.slice(0, limit).map((key) => [text(String(key))]) }
    const found = keys.filter((key) => key >= Number(after)).slice(0, limit)
    return { records: found.map((key) => [text(String(key)), number(Number(String(key) === after))]) }
  })
  const rows = new DataApiRows(optionsOf({ api: fake.api, ...options }))
  await rows.start()
  answers = undefined
  return {
    rows,
    ...fake,
    /** Answers calls from now on. */
    answer: (next: Given['first']) => {
      answers = next
    },
    /** Fails a page, counted from 1, as often as there are errors. */
    fail: (page: number, ...errors: (() => Error)[]) => void faults.set(page, errors),
    /** How many rows each page might have, and after which key. */
    pages: () =>
      fake.calls
        .filter(({ sql: statement }) => statement.includes(' ORDER BY '))
        .map(({ sql: statement, parameters }) => [
          Number(/LIMIT (\d+)$/.exec(statement)![1]),
          parameters.at(-1)?.value?.stringValue,
        ]),
  }
}

function optionsOf({ query, type = 'INT', scale, ...options }: Given & Pick<RowsOptions, 'api'>): RowsOptions {
  return {
    query: {
      query: raw('SELECT id FROM orders') as never,
      key: 'id',
      after: null,
      upTo: null,
      timeZone: null,
      ...query,
    },
    columns: [selectColumn({ label: 'id', typeName: type, nullable: 0, precision: 10, scale, isSigned: true })],
    ...{ limited: true, collation: null, timeZone: '+00:00', signal: never },
    ...options,
  }
}

function cursor(value: number): Cursor {
  return { type: 'integer', value: String(value) }
}

async function keysOf(rows: DataApiRows): Promise<number[]> {
  return (await textsOf(rows)).map(Number)
}

async function textsOf(rows: DataApiRows): Promise<string[]> {
  const texts: string[] = []
  const [starts, ends] = [new Int32Array(1), new Int32Array(1)]
  for await (const batch of rows) {
    expect(batch.rows).toBeGreaterThan(0)
    for (let row = 0; row < batch.rows; row++) {
      locateFields(batch.bytes, batch.starts[row]!, 1, starts, ends)
      texts.push(batch.bytes.toString('utf8', starts[0], ends[0]))
    }
  }
  return texts
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
