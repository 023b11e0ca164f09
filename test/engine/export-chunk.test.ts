/** An export that is cut into chunks and goes on by its key: the same bytes as in one. */
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { defineExport, sql } from '../../engine/catalogue.ts'
import type { Source } from '../../engine/sources/source.ts'
import { orderItems } from '../../exports/order-items.ts'
import { orders } from '../../exports/orders.ts'
import { ExportTooLong, KeyNotUnique, QueryFailed } from '../../statemachine/errors.ts'
import { describeOnce } from '../support/database.ts'
import { givenShop } from '../support/exported-shop.ts'
import { expectFailure, givenExport } from './given-export.ts'
import { run, sourceOf } from './harness.ts'
import { unzstd } from './unzstd.ts'

const ORDERS = 3000
/** The same value as in `sizeFor`. */
const ITEMS = 3 * ORDERS

const shop = givenShop({ orders: ORDERS })
const { options } = shop

const wideItems = defineExport({
  name: 'wide-items',
  title: 'Wide items',
  query: () => sql`SELECT id, REPEAT(CONCAT(sku, title), 20) AS wide FROM order_items`,
  key: 'id',
  columns: { id: 'No.', wide: 'Wide' },
  formats: ['csv', 'tsv', 'jsonl'],
  compressions: ['none', 'gzip', 'zstd'],
})

const year = { params: { from: '2000-01-01', to: '2100-01-01' } }

describeOnce('an export whose file cannot be continued', () => {
  const guessing = (rows: number): Source => ({ ...sourceOf(shop.database), estimate: async () => rows })

  it('is refused before its first row if the estimate is hopeless', async () => {
    const request = { ...year, id: 'hopeless', format: 'xlsx' as const }
    const hopeless = run(orders, options({ source: guessing(1e12), request, budget: 600_000 }))
    await expect(hopeless).rejects.toThrow(ExportTooLong)
    await expect(hopeless).rejects.toThrow(/about 1000000000000 rows by the database’s estimate/)
    expect((await shop.store.keys()).filter((key) => key.includes('hopeless'))).toEqual([])
  })

  it('is exported if the estimate may be wrong', async () => {
    const request = { ...year, format: 'xlsx' as const }
    const { manifest } = await run(orders, options({ source: guessing(1e8), request, budget: 600_000 }))
    expect(manifest.file.rows).toBeGreaterThan(0)
  })
})

describe('an export that is cut', () => {
  const formats = ['csv', 'tsv', 'jsonl'] as const
  const compressions = ['none', 'gzip', 'zstd'] as const
  const every = formats.flatMap((format) => compressions.map((compression) => ({ format, compression })))
  // How rows are written and packed hangs on no product.
  it.each(globalThis.carryoutTestIsFurther ? every.slice(0, 1) : every)(
    'has the same bytes as uncut, as $format with compression $compression',
    async (request) => {
      // Compressed bytes are cut between members only, so there must be several.
      const definition = request.compression === 'none' ? orderItems : wideItems
      const whole = await run(definition, options({ request }))
      const cut = await run(definition, options({ request, budget: 0 }))
      expect(whole.chunks).toBe(1)
      expect(cut.chunks).toBeGreaterThan(2)
      expect(whole.finished.file.rows).toBe(ITEMS)
      expect(cut.content.equals(whole.content)).toBe(true)
      expect(cut.finished.file).toMatchObject({ rows: whole.finished.file.rows, crc32: whole.finished.file.crc32 })
      const unpack = { none: (content: Buffer) => content, gzip: gunzipSync, zstd: unzstd }[request.compression]
      const text = unpack(cut.content).toString()
      const read =
        request.format === 'jsonl'
          ? text.trimEnd().split('\n')
          : (parse(text, { delimiter: request.format === 'tsv' ? '\t' : ',' }) as string[][]).slice(1)
      expect(read).toHaveLength(ITEMS)
      expect(whole.manifest.file.consistency).toBe('snapshot')
      expect(cut.manifest.file.consistency).toBe('chunks')
    },
  )

  it.each(['a_decimal_key', 'a_text_key', 'a_binary_key', 'a_time_key', 'an_unsigned_key'])(
    'continues from the key %s',
    async (key) => {
      await givenKeys()
      const definition = givenExport('SELECT * FROM odd_keys', ['id', key], { key })
      const whole = await run(definition, options())
      const cut = await run(definition, options({ budget: 0 }))
      expect(cut.chunks).toBeGreaterThan(2)
      expect(cut.content.equals(whole.content)).toBe(true)
      expect(whole.finished.file.rows).toBe(ORDERS)
    },
  )

  it('leaves neither chunks nor uploads behind', async () => {
    const { finished } = await run(orderItems, options({ budget: 0 }))
    const id = finished.request.id
    expect((await shop.store.keys()).filter((key) => key.includes(`/${id}/`))).toEqual([
      finished.file.key,
      finished.file.manifestKey,
    ])
    expect(await shop.store.openUploads()).toBe(0)
  })

  it('is refused without a key', async () => {
    const definition = givenExport('SELECT id, title FROM order_items', ['id', 'title'], { key: undefined })
    await expect(run(definition, options())).resolves.toMatchObject({ chunks: 1 })
    await expectFailure(definition, options({ budget: 0 }), ExportTooLong, /has no key, which it needs to be continued/)
  })

  it('is refused as a workbook', async () => {
    await expectFailure(
      orderItems,
      options({ budget: 0, request: { format: 'xlsx' } }),
      ExportTooLong,
      /xlsx cannot be continued/,
    )
  })
})

describe('a key', () => {
  it('that is NULL is refused', async () => {
    await expectFailure(
      givenExport('SELECT NULLIF(id, 1) AS id FROM orders', ['id']),
      options(),
      KeyNotUnique,
      /id is NULL/,
    )
  })

  it('that occurs twice is refused and named', async () => {
    const definition = givenExport('SELECT order_id AS id FROM order_items', ['id'])
    await expectFailure(definition, options(), KeyNotUnique, /has the value \d+ twice/)
  })

  it('that occurs twice is refused even at the end of a chunk', async () => {
    const connection = await shop.database.connect()
    await connection.query('CREATE TABLE twice (id INT NOT NULL, n INT NOT NULL PRIMARY KEY)')
    await connection.query('INSERT INTO twice VALUES (1, 1), (2, 2), (2, 3), (3, 4)')
    await connection.end()
    const definition = givenExport('SELECT id, n FROM twice', ['id', 'n'])
    const ended = { type: 'integer', value: '2' } as const
    const beforeChunk = (range: { cursor: unknown }) => {
      range.cursor = ended
    }
    await expectFailure(definition, options({ beforeChunk }), KeyNotUnique, /two rows|the same/)
  })

  it('that is a duplicate only to its collation is refused even at the end of a chunk', async () => {
    const connection = await shop.database.connect()
    await connection.query(
      "CREATE TABLE cases (id VARCHAR(9) NOT NULL) COLLATE utf8mb4_general_ci AS SELECT 'a' AS id UNION SELECT 'B' UNION ALL SELECT 'b' UNION ALL SELECT 'c'",
    )
    await connection.end()
    const beforeChunk = (range: { cursor: unknown }) => {
      range.cursor = { type: 'text', value: 'b' }
    }
    await expectFailure(givenExport('SELECT id FROM cases', ['id']), options({ beforeChunk }), KeyNotUnique, /the same/)
  })

  it.each(['a_double', 'an_enum'])('of a type without an exact order, %s, is refused', async (key) => {
    await expectFailure(
      givenExport('SELECT * FROM everything', ['id', key], { key }),
      options(),
      KeyNotUnique,
      new RegExp(key),
    )
  })

  it('that the query does not return is refused', async () => {
    const definition = givenExport('SELECT id AS number FROM orders', ['number'], { key: 'id' })
    await expectFailure(definition, options(), QueryFailed, /returns no column \w+, which is the export’s key/)
  })
})

let keysGiven = false
async function givenKeys(): Promise<void> {
  if (keysGiven) return
  keysGiven = true
  const connection = await shop.database.connect()
  await connection.query(`CREATE TABLE odd_keys (id INT NOT NULL PRIMARY KEY, a_decimal_key DECIMAL(30,10) NOT NULL UNIQUE,
    a_text_key VARCHAR(100) NOT NULL UNIQUE, a_binary_key VARBINARY(20) NOT NULL UNIQUE, a_time_key DATETIME(6) NOT NULL UNIQUE,
    an_unsigned_key BIGINT UNSIGNED NOT NULL UNIQUE) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`)
  await connection.query(`INSERT INTO odd_keys SELECT id, (id - 1500) * 12345678901.0000000001, CONCAT(CHAR(97 + id % 26), '日本''"\\\\', REPEAT('k', 40), id),
    UNHEX(LEFT(SHA2(id, 256), 40)), '2024-01-01' + INTERVAL id * 1234567 MICROSECOND, 18446744073709551615 - id FROM orders`)
  await connection.end()
}
