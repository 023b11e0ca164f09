import { jest } from '@jest/globals'
import { defineCatalogue } from '../../../engine/catalogue.ts'
import { exportChunk } from '../../../engine/export-chunk.ts'
import { finish } from '../../../engine/finish.ts'
import { prepare } from '../../../engine/prepare.ts'
import { StorageUnavailable } from '../../../statemachine/errors.ts'
import { requestFor, run, sourceOf, type TestStore } from '../harness.ts'
import { type Bench, givenExport, rangeQuery, signal, startBench } from './data-api-support.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterEach(() => bench.endSource())
afterAll(() => bench.close())

describe('a chunk', () => {
  const definition = () =>
    givenExport('SELECT id, title FROM order_items WHERE id <= 400 OR id > 9000', ['id', 'title'], { key: 'id' })
  const uncut = async () => (await run(definition(), { source: sourceOf(bench.database), store: bench.store })).content

  it('continues the transaction of the previous one, whatever is written in the meantime', async () => {
    const expected = await uncut()
    const source = await bench.source()
    let chunks = 0
    const { content, manifest } = await run(definition(), {
      source,
      store: bench.store,
      budget: 0,
      async beforeChunk() {
        await bench.connection.query("INSERT INTO order_items SELECT NULL, 1, 'late', 'late', 1, 1, NULL")
        if (chunks++ === 1)
          await bench.connection.query("UPDATE order_items SET title = CONCAT('new ', title) WHERE id < 500")
      },
    })
    await bench.connection.query("DELETE FROM order_items WHERE sku = 'late'")
    await bench.connection.query('UPDATE order_items SET title = SUBSTRING(title, 5) WHERE id < 500')
    expect(chunks).toBeGreaterThan(4)
    // The first insert was before the first page, and is seen.
    expect(content.subarray(0, expected.length).equals(expected)).toBe(true)
    expect(content.subarray(expected.length).toString().split('\r\n').length).toBe(2)
    expect(manifest.file.consistency).toBe('snapshot')
    expect(bench.api.calls.filter(({ operation }) => operation === 'BeginTransaction').length).toBe(1)
    expect(bench.api.calls.at(-1)!.operation).toBe('CommitTransaction')
    expect(bench.api.transactions).toBe(0)
  })

  it.each([
    ['between chunks', false],
    ['amid a chunk', true],
  ])('whose transaction is lost %s continues in another one, and the manifest says so', async (_, amid) => {
    const expected = await uncut()
    const source = await bench.source()
    let chunks = 0
    bench.api.before = async (call) => {
      if (!(amid ? bench.limits().length === 2 : chunks === 2 && call.sql?.startsWith('SHOW'))) return
      bench.api.before = undefined
      await call.loseTransaction()
    }
    const { content, manifest } = await run(definition(), {
      source,
      store: bench.store,
      ...(amid ? {} : { budget: 0 }),
      beforeChunk: () => void chunks++,
    })
    expect(content.equals(expected)).toBe(true)
    expect(manifest.file.consistency).toBe('chunks')
    expect(bench.api.calls.filter(({ operation }) => operation === 'BeginTransaction').length).toBe(2)
    expect(bench.api.transactions).toBe(0)
  })

  it.each([
    ['first', 1, 2],
    ['third', 3, 1],
  ])('that is retried after a failure of the store keeps the snapshot: the %s', async (_, failing, begun) => {
    const expected = await uncut()
    const source = await bench.source()
    let chunks = 0
    const store: TestStore = {
      ...bench.store,
      put: (...args) =>
        ++chunks === failing ? Promise.reject(new StorageUnavailable('gone')) : bench.store.put(...args),
    }
    const catalogue = defineCatalogue([definition()])
    const { request, plan, ranges } = prepare(requestFor(definition()), { catalogue, now: new Date() })
    let range = ranges[0]!
    while (!range.done) {
      const options = { catalogue, source, store, deadline: 0, signal }
      // The state machine does the same.
      range = await exportChunk({ request, plan, range }, options).catch((error) => {
        expect(error).toBeInstanceOf(StorageUnavailable)
        return range
      })
    }
    expect(chunks).toBeGreaterThan(4)
    expect(range.consistency).toBe('snapshot')
    expect(bench.api.calls.filter(({ operation }) => operation === 'BeginTransaction').length).toBe(begun)
    expect(bench.api.transactions).toBe(0)
    const { file } = await finish({ request, plan, ranges: [range] }, { store })
    expect((await bench.store.content(file.key)).equals(expected)).toBe(true)
  })

  it('that fails permanently leaves no transaction', async () => {
    const source = await bench.source()
    const failing = givenExport('SELECT id FROM order_items', ['id'], {
      key: 'id',
      row: () => {
        throw new Error('no')
      },
    })
    await expect(run(failing, { source, store: bench.store })).rejects.toThrow(
      'The row function threw Error at the row with id 1',
    )
    expect(bench.api.transactions).toBe(0)
  })

  it('that reads slowly keeps its transaction', async () => {
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'],
      advanceTimers: true,
    })
    try {
      const source = await bench.source()
      const rows = await source.open(rangeQuery('SELECT id FROM orders'), signal)
      const batches = rows[Symbol.asyncIterator]()
      await batches.next()
      const last = () => bench.api.calls.at(-1)!
      const tick = () => new Promise((resolve) => setImmediate(resolve))
      // Of the page that was read. It must be answered, since a clock that leaps would time it out.
      while (last().sql !== 'SHOW WARNINGS') await tick()
      for (const answered = performance.now() + 500; performance.now() < answered; ) await tick()
      jest.advanceTimersByTime(130_000)
      while (last().sql !== 'SELECT 1') await tick()
      expect(last().transactionId).toBe(rows.transactionId)
      await batches.next()
      expect(rows.consistency).toBe('snapshot')
      await rows.close()
    } finally {
      jest.useRealTimers()
    }
  })
})
