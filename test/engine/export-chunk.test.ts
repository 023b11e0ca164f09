import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import JSZip from 'jszip'
import type { RowDataPacket } from 'mysql2'
import { defineExport, type Row, sql, z } from '../../engine/catalogue.ts'
import type { Source } from '../../engine/sources/source.ts'
import type { Store } from '../../engine/stores/store.ts'
import { customers } from '../../exports/customers.ts'
import { orderItems } from '../../exports/order-items.ts'
import { orders } from '../../exports/orders.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import { ExportTooLong, KeyNotUnique, QueryFailed, StorageUnavailable, TooManyRows } from '../../statemachine/errors.ts'
import { describeOnce, type FreshDatabase, freshDatabase } from '../support/database.ts'
import { expectFailure, givenExport } from './given-export.ts'
import { exportAll, type RunOptions, run, sourceOf, startStore, type TestStore } from './harness.ts'
import { unzstd } from './unzstd.ts'

const ORDERS = 3000
/** As sizeFor() has it. */
const ITEMS = 3 * ORDERS

let database: FreshDatabase
let store: TestStore

beforeAll(async () => {
  database = await freshDatabase()
  store = await startStore()
  await fillShop(database.connection, { orders: ORDERS })
})
afterAll(async () => {
  store.close()
  await database.drop()
})

const wideItems = defineExport({
  name: 'wide-items',
  title: 'Wide items',
  query: () => sql`SELECT id, REPEAT(CONCAT(sku, title), 20) AS wide FROM order_items`,
  key: 'id',
  columns: { id: 'No.', wide: 'Wide' },
  formats: ['csv', 'tsv', 'jsonl'],
  compressions: ['none', 'gzip', 'zstd'],
})

const options = (more: Partial<RunOptions> = {}): RunOptions => ({ source: sourceOf(database), store, ...more })
const year = { params: { from: '2000-01-01', to: '2100-01-01' } }

describe('what a file holds', () => {
  it('is the server’s own text of every type of column', async () => {
    const { names, texts } = await serversText('SELECT * FROM everything ORDER BY id')
    const definition = givenExport('SELECT * FROM everything', names, { csv: { neutralizeFormulas: false } })
    const { content, finished, manifest } = await run(definition, options())
    const [heading, ...rows] = parse(content) as string[][]
    expect(heading).toEqual(names)
    expect(rows).toEqual(texts)
    expect(finished.file.rows).toBe(texts.length)
    expect(new Set(manifest.columns.map((column) => column.type))).toEqual(
      new Set([
        'integer',
        'decimal',
        'float',
        'bit',
        'date',
        'time',
        'datetime',
        'timestamp',
        'year',
        'text',
        'json',
        'binary',
      ]),
    )
  })

  it('is the same through a row function that changes nothing', async () => {
    const { names } = await serversText('SELECT * FROM everything LIMIT 1')
    const plain = await run(givenExport('SELECT * FROM everything', names), options())
    const through = await run(givenExport('SELECT * FROM everything', names, { row: (row) => ({ ...row }) }), options())
    expect(through.content.equals(plain.content)).toBe(true)
  })

  it('shows TIMESTAMP in the export’s time zone', async () => {
    const columns = ['id', 'created_at']
    const query = 'SELECT id, created_at FROM customers WHERE id = 1'
    const utc = await run(givenExport(query, columns), options())
    const tokyo = await run(givenExport(query, columns, { timeZone: '+09:00' }), options())
    const at = (content: Buffer) => Date.parse(`${(parse(content) as string[][])[1]![1]}Z`)
    expect(at(tokyo.content) - at(utc.content)).toBe(9 * 3_600_000)
  })

  it('has its heading line when there are no rows', async () => {
    const { content, finished } = await run(
      orders,
      options({ request: { params: { from: '1990-01-01', to: '1990-01-02' }, language: 'ja', encoding: 'utf-8-bom' } }),
    )
    expect(content.toString()).toBe('\uFEFF受注番号,受注日時,顧客名,国,金額,状態,備考\r\n')
    expect(finished.file.rows).toBe(0)
    expect(finished.plan.fileName).toBe('受注一覧 1990-01-01 1990-01-02.csv')
  })

  it('has the columns in the export’s order, and only those', async () => {
    const { content } = await run(
      givenExport('SELECT id, name, email FROM customers WHERE id = 1', ['email', 'id']),
      options(),
    )
    const [heading, row] = parse(content) as string[][]
    expect(heading).toEqual(['email', 'id'])
    expect(row![1]).toBe('1')
    expect(row![0]).toContain('@')
  })

  it('hides what the row function hides', async () => {
    const { content, finished } = await run(customers, options({ request: { params: { country: 'JP' } } }))
    const rows = (parse(content) as string[][]).slice(1)
    expect(rows.length).toBe(finished.file.rows)
    expect(rows.length).toBeGreaterThan(100)
    for (const row of rows) {
      expect(row[2]).toMatch(/^.\*\*\*@|^\*\*\*$|^$/)
      expect(row[3]).toBe('JP')
    }
  })
})

describeOnce('what a packed file holds', () => {
  it('is the same bytes as a gzip, a zstd or a zip, even of no rows', async () => {
    const plain = await run(orders, options({ request: year }))
    const gzip = await run(orders, options({ request: { ...year, compression: 'gzip' } }))
    const zstd = await run(orders, options({ request: { ...year, compression: 'zstd' } }))
    expect(gunzipSync(gzip.content).equals(plain.content)).toBe(true)
    expect(unzstd(zstd.content).equals(plain.content)).toBe(true)
    expect(gzip.content.length).toBeLessThan(plain.content.length / 2)
    const zip = await run(orders, options({ request: { ...year, compression: 'zip', language: 'ja' } }))
    const archive = await JSZip.loadAsync(zip.content)
    expect(Object.keys(archive.files)).toEqual(['受注一覧 2000-01-01 2100-01-01.csv'])
    const [entry] = Object.values(archive.files)
    const japanese = await run(orders, options({ request: { ...year, language: 'ja' } }))
    expect(japanese.content.equals(await entry!.async('nodebuffer'))).toBe(true)
    const nothing = givenExport('SELECT 1 AS id WHERE FALSE', ['id'], { formats: ['jsonl'], compressions: ['gzip'] })
    expect(gunzipSync((await run(nothing, options())).content)).toHaveLength(0)
  })
})

describeOnce('an export whose file cannot be continued', () => {
  const guessing = (rows: number): Source => ({ ...sourceOf(database), estimate: async () => rows })

  it('is refused before its first row where the estimate is hopeless', async () => {
    const request = { ...year, id: 'hopeless', format: 'xlsx' as const }
    const hopeless = run(orders, options({ source: guessing(1e12), request, budget: 600_000 }))
    await expect(hopeless).rejects.toThrow(ExportTooLong)
    await expect(hopeless).rejects.toThrow(/about 1000000000000 rows by the database’s estimate/)
    expect((await store.keys()).filter((key) => key.includes('hopeless'))).toEqual([])
  })

  it('is exported all the same where the estimate may be wrong', async () => {
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
    'goes on from the key %s',
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
    expect((await store.keys()).filter((key) => key.includes(`/${id}/`))).toEqual([
      finished.file.key,
      finished.file.manifestKey,
    ])
    expect(await store.openUploads()).toBe(0)
  })

  it('is refused without a key', async () => {
    const definition = givenExport('SELECT id, title FROM order_items', ['id', 'title'], { key: undefined })
    await expect(run(definition, options())).resolves.toMatchObject({ chunks: 1 })
    await expectFailure(definition, options({ budget: 0 }), ExportTooLong, /has no key to be continued by/)
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

  it('that comes twice is refused, and named', async () => {
    const definition = givenExport('SELECT order_id AS id FROM order_items', ['id'])
    await expectFailure(definition, options(), KeyNotUnique, /has the value \d+ twice/)
  })

  it('that comes twice is refused just where a chunk ended', async () => {
    const connection = await database.connect()
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

  it('that only its collation takes for the same is refused just where a chunk ended', async () => {
    const connection = await database.connect()
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

  it('that the query does not give is refused', async () => {
    const definition = givenExport('SELECT id AS number FROM orders', ['number'], { key: 'id' })
    await expectFailure(definition, options(), QueryFailed, /gives no column \w+, which is the export’s key/)
  })
})

describe('a ZEROFILL column', () => {
  it('is always the exact number in JSON Lines, and its own text in CSV, with and without a row function', async () => {
    const connection = await database.connect()
    await connection.query(
      'CREATE TABLE filled (id INT PRIMARY KEY, z INT(5) ZEROFILL, d DECIMAL(8,2) ZEROFILL, y YEAR)',
    )
    await connection.query('INSERT INTO filled VALUES (1, 42, 1.5, 0), (2, 12345, 123456.75, 2026)')
    await connection.end()
    const names = ['id', 'z', 'd', 'y']
    for (const more of [{}, { row: (row: Row) => ({ ...row }) }]) {
      const definition = givenExport('SELECT * FROM filled', names, { formats: ['csv', 'jsonl'], ...more })
      const { content } = await run(definition, options())
      expect(content.toString()).toBe('id,z,d,y\r\n1,00042,000001.50,0000\r\n2,12345,123456.75,2026\r\n')
      const lines = await run(definition, options({ request: { format: 'jsonl' } }))
      expect(lines.content.toString()).toBe(
        '{"id":1,"z":42,"d":1.50,"y":0}\n{"id":2,"z":12345,"d":123456.75,"y":2026}\n',
      )
    }
    const padded = givenExport('SELECT id FROM filled WHERE id = 1', ['id'], {
      formats: ['jsonl'],
      row: ({ id }) => ({ id: String(id).padStart(5, '0') }),
    })
    expect((await run(padded, options())).content.toString()).toBe('{"id":"00001"}\n')
  })
})

describe('parameters', () => {
  it('are never SQL', async () => {
    const definition = givenExport('', ['id'], {
      params: z.strictObject({ name: z.string() }),
      query: ({ name }) => sql`SELECT id FROM customers WHERE name = ${name}`,
    })
    const request = { params: { name: "x' OR 1=1 -- ?" } }
    expect((await run(definition, options({ request }))).finished.file.rows).toBe(0)
  })

  it('keep their exact values', async () => {
    const definition = givenExport('', ['id', 'a', 'b', 'c', 'd', 'e', 'f', 'g'], {
      query: () =>
        sql`SELECT 1 AS id, ${2n ** 63n - 1n} + 0 AS a, ${2n ** 64n - 1n} AS b, ${0.1} AS c, HEX(${Buffer.of(0, 255)}) AS d,
            CAST(${new Date('2024-02-29T12:34:56.789Z')} AS CHAR) AS e, ${null} AS f, ${true} + ${7} AS g`,
    })
    const [, row] = parse((await run(definition, options())).content) as string[][]
    expect(row).toEqual([
      '1',
      '9223372036854775807',
      '18446744073709551615',
      '0.1',
      '00FF',
      '2024-02-29 12:34:56.789',
      '',
      '8',
    ])
  })

  it('may stand beside question marks and comments', async () => {
    const definition = givenExport('', ['id', 'q'], { query: () => sql`SELECT ${1} AS id, '?' AS q -- why?;` })
    expect((await run(definition, options())).content.toString()).toBe('id,q\r\n1,?\r\n')
  })
})

describe('a failure', () => {
  it('of the SQL says what the server said', async () => {
    await expectFailure(givenExport('SELEKT 1', ['id']), options(), QueryFailed, /error 1064/)
    await expectFailure(givenExport('SELECT id FROM nowhere', ['id']), options(), QueryFailed, /nowhere/)
  })

  it.each<[unknown, RegExp]>([
    [() => 'SELECT 1', /^The query function of \w+ returned a value of type string: it must return sql`…`$/],
    [async () => sql`SELECT 1`, /returned a promise: it must return sql`…`$/],
    [() => undefined, /returned a value of type undefined/],
    [
      () => {
        throw new RangeError('no such country')
      },
      /^The query function of \w+ threw RangeError$/,
    ],
  ])('of a query function that makes no query says so: %p', async (query, message) => {
    for (const parallelism of [1, 3])
      await expectFailure(givenExport('', ['id'], { query, parallelism } as object), options(), QueryFailed, message)
  })

  it('of the SQL in the middle of the rows leaves nothing behind', async () => {
    const query = 'SELECT id, CASE WHEN id > 2500 THEN (SELECT id FROM customers) ELSE 1 END AS x FROM orders'
    await expectFailure(givenExport(query, ['id', 'x']), options(), QueryFailed, /error 1242/)
  })

  it('of the SQL shows no parameter', async () => {
    const definition = givenExport('', ['id'], {
      query: () => sql`SELECT EXTRACTVALUE('<a/>', ${'~secret-value'}) AS id`,
    })
    await exportAll(definition, options()).then(
      () => expect(true).toBe(false),
      (error) => {
        expect(error).toBeInstanceOf(QueryFailed)
        expect(error.message).not.toContain('secret-value')
      },
    )
  })

  it('of a column that the query lacks names those it has', async () => {
    await expectFailure(
      givenExport('SELECT id, status FROM orders', ['id', 'state']),
      options(),
      QueryFailed,
      /no column state; it has id, status/,
    )
  })

  it('by more rows than the export may have leaves nothing', async () => {
    await expectFailure(
      givenExport('SELECT id FROM orders', ['id'], { maxRows: ORDERS - 1 }),
      options(),
      TooManyRows,
      /exceeds its limit of 2999 rows/,
    )
    await expect(
      run(givenExport('SELECT id FROM orders', ['id'], { maxRows: ORDERS }), options()),
    ).resolves.toMatchObject({ chunks: 1 })
    const cut = givenExport('SELECT id, title FROM order_items', ['id', 'title'], { maxRows: ITEMS - 1 })
    await expectFailure(cut, options({ budget: 0 }), TooManyRows, /exceeds its limit of 8999 rows/)
  })

  it('of the store ends the query and aborts the upload', async () => {
    let parts = 0
    const failing: Store = {
      ...store,
      async startUpload(key, headers) {
        const upload = await store.startUpload(key, headers)
        const part: typeof upload.part = async (number, bytes, crc) => {
          if (++parts > 1) throw new StorageUnavailable('the disk is full')
          await upload.part(number, bytes, crc)
        }
        return {
          id: upload.id,
          parts: upload.parts,
          part,
          copy: upload.copy.bind(upload),
          complete: upload.complete.bind(upload),
          abort: () => upload.abort(),
        }
      },
    }
    const definition = givenExport("SELECT id, REPEAT('x', 2000) AS x FROM order_items", ['id', 'x'])
    await expectFailure(definition, options({ store: { ...store, ...failing } }), StorageUnavailable, /disk is full/)
    expect(await runningQueries()).toEqual([])
    expect(await store.openUploads()).toBe(0)
  })
})

/** What the server itself writes in its text protocol, with the documented exceptions for bytes, BIT and NULL. */
async function serversText(query: string): Promise<{ names: string[]; texts: string[][] }> {
  const connection = await database.connect()
  await connection.query("SET time_zone = '+00:00'")
  const [rows, fields] = await connection.query<RowDataPacket[]>({
    sql: query,
    rowsAsArray: true,
    typeCast: (field) => field.buffer() as never,
  })
  await connection.end()
  const texts = (rows as unknown as (Buffer | null)[][]).map((row) =>
    row.map((value, index) => {
      if (value === null) return ''
      const { columnType, characterSet } = fields[index] as unknown as { columnType: number; characterSet: number }
      if (columnType === 16) return BigInt(`0x${value.toString('hex')}`).toString()
      if (columnType >= 249 && columnType <= 254 && characterSet === 63) return value.toString('base64')
      return value.toString()
    }),
  )
  return { names: fields.map((field) => field.name), texts }
}

let keysGiven = false
async function givenKeys(): Promise<void> {
  if (keysGiven) return
  keysGiven = true
  const connection = await database.connect()
  await connection.query(`CREATE TABLE odd_keys (id INT NOT NULL PRIMARY KEY, a_decimal_key DECIMAL(30,10) NOT NULL UNIQUE,
    a_text_key VARCHAR(100) NOT NULL UNIQUE, a_binary_key VARBINARY(20) NOT NULL UNIQUE, a_time_key DATETIME(6) NOT NULL UNIQUE,
    an_unsigned_key BIGINT UNSIGNED NOT NULL UNIQUE) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`)
  await connection.query(`INSERT INTO odd_keys SELECT id, (id - 1500) * 12345678901.0000000001, CONCAT(CHAR(97 + id % 26), '日本''"\\\\', REPEAT('k', 40), id),
    UNHEX(LEFT(SHA2(id, 256), 40)), '2024-01-01' + INTERVAL id * 1234567 MICROSECOND, 18446744073709551615 - id FROM orders`)
  await connection.end()
}

async function runningQueries(): Promise<unknown[]> {
  const connection = await database.connect()
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT ID, INFO FROM information_schema.PROCESSLIST WHERE DB = ? AND USER = ? AND ID <> CONNECTION_ID()',
    [database.database, database.exporter.username],
  )
  await connection.end()
  return rows
}
