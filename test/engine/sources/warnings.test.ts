/** What the server warned of is known: a lost or changed value fails the export, by either source, however it is cut. */
import { defineExport, type Export, sql } from '../../../engine/catalogue.ts'
import { prepare } from '../../../engine/sources/mysql/prepared.ts'
import { Session } from '../../../engine/sources/mysql/session.ts'
import { countWarnings, withoutData } from '../../../engine/sources/mysql/warnings.ts'
import type { Source } from '../../../engine/sources/source.ts'
import { QueryFailed } from '../../../statemachine/errors.ts'
import { run, sourceOf } from '../harness.ts'
import { type Bench, startBench } from './data-api-support.ts'

let bench: Bench
let direct: Source
let dataApi: Source
beforeAll(async () => {
  bench = await startBench()
  direct = sourceOf(bench.database)
  dataApi = await bench.source()
})
afterAll(() => bench.close())

describe('a warning of a loss fails the export', () => {
  it.each([
    ['1292', "SELECT id, CAST(CONCAT('secret', id) AS SIGNED) AS n FROM orders WHERE id <= 60", /warning 1292/],
    ['1292 in WHERE', "SELECT id, 1 AS n FROM orders WHERE id <= 60 AND CONCAT('secret', id) = 5", /warning 1292/],
    ['1411', "SELECT id, STR_TO_DATE('secret', '%Y') AS n FROM orders WHERE id <= 60", /warning 1411/],
    ['1264', 'SELECT id, CAST(id * 1000 AS DECIMAL(3,1)) AS n FROM orders WHERE id <= 60', /warning 1264/],
  ])('by either source, and without the value: %s', async (_, query, message) => {
    for (const source of [direct, dataApi]) {
      const failure = await run(given(query), { source, store: bench.store }).catch((error) => error)
      expect(failure).toBeInstanceOf(QueryFailed)
      expect(failure.message).toMatch(message)
      expect(failure.message).not.toMatch(/secret/)
    }
  })

  it('of a value beyond max_allowed_packet', async () => {
    const query = "SELECT id, REPEAT('x', 100000000) AS n FROM orders WHERE id = 1"
    await expect(run(given(query), { source: direct, store: bench.store })).rejects.toThrow(/warning 1301/)
  })

  it('of a chunk that was cut before the server had told of it', async () => {
    // The chunks behind it have nothing to tell.
    const query = `SELECT id, CAST(IF(id < 9, CONCAT('secret', id), '5') AS SIGNED) AS n, REPEAT('x', 2000) AS x FROM orders`
    await expect(run(given(query), { source: direct, store: bench.store, budget: 0 })).rejects.toThrow(/warning 1292/)
  })

  it('of a value on its way to the server', async () => {
    const { host, port, exporter, database } = bench.database
    const { username: user, password } = exporter
    const session = await Session.connect({ host, port, user, password, database, tls: 'off' })
    try {
      await session.prepareForExport('+00:00')
      const clamped = { type: 'integer', expression: 'CAST(? AS UNSIGNED)', marker: '?', value: '7 secrets' } as const
      await expect(prepare(session, { text: 'SELECT ?', parameters: [clamped] })).rejects.toThrow(/warning 1292/)
    } finally {
      await session.leave()
    }
  })

  it('unless it is a note, but for one that MariaDB calls a note', () => {
    const message = "Incorrect value: 'secret'"
    expect(countWarnings([{ level: 'Note', code: 1292, message }], 1)).toEqual({ 1292: 1 })
    expect(() => countWarnings([{ level: 'Note', code: 1916, message }], 1)).toThrow(
      /warning 1916: Incorrect value: \(a value\)/,
    )
  })
})

describe('what is no loss', () => {
  it('is counted in the manifest, over all chunks', async () => {
    // Of a division by zero nobody is warned, so it is a date beyond the last year.
    const query = `SELECT id, DATE_ADD('9999-12-31', INTERVAL 1 DAY) AS n, REPEAT('x', 8000) AS x FROM orders WHERE id <= 60`
    const whole = await run(given(query), { source: direct, store: bench.store })
    const paged = await run(given(query), { source: dataApi, store: bench.store })
    const cut = await run(given(query), { source: direct, store: bench.store, budget: 0 })
    expect(Object.keys(whole.manifest.warnings)).toEqual(['1441'])
    expect(Object.keys(paged.manifest.warnings)).toEqual(['1441'])
    expect(cut.manifest.warnings['1441']).toBeGreaterThan(0)
    expect(cut.content.equals(whole.content)).toBe(true)
  })

  it('is nothing of a division by zero, however often', async () => {
    const { manifest } = await run(given('SELECT id, id / 0 AS n FROM orders'), { source: direct, store: bench.store })
    expect(manifest.warnings).toEqual({})
    const paged = await run(given('SELECT id, id / 0 AS n FROM orders'), { source: dataApi, store: bench.store })
    expect(paged.manifest.warnings).toEqual({})
  })
})

test.each([
  [
    "Can't create more than max_prepared_stmt_count statements",
    "Can't create more than max_prepared_stmt_count statements",
  ],
  ["Can't find 'secret'", "Can't find (a value)"],
  ["Incorrect value: 'it isn't this' for column `shop`.`a`", 'Incorrect value: (a value) for column `shop`.`a`'],
  ["Column'secret' is not one", 'Column(a value) is not one'],
])('of the message %s no value is kept, and no more is lost', (message, expected) => {
  expect(withoutData({ message })).toBe(expected)
})

test('a GROUP_CONCAT is not cut at 1024 bytes, by either source', async () => {
  const query = 'SELECT 1 AS id, LENGTH(GROUP_CONCAT(id)) AS n FROM orders'
  for (const source of [direct, dataApi]) {
    const { content } = await run(given(query), { source, store: bench.store })
    expect(content.toString()).toBe('id,n\r\n1,13892\r\n')
  }
})

function given(query: string): Export {
  return defineExport({
    name: 'warned',
    title: 'Warned',
    key: 'id',
    columns: { id: 'id', n: 'n' },
    query: () => sql([query] as never),
  })
}
