/** Content of an export's file: the values as on the server, and the columns and rows that the export asks for. */
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import JSZip from 'jszip'
import type { RowDataPacket } from 'mysql2'
import type { Row } from '../../engine/catalogue.ts'
import { customers } from '../../exports/customers.ts'
import { orders } from '../../exports/orders.ts'
import { describeOnce } from '../support/database.ts'
import { givenShop } from '../support/exported-shop.ts'
import { givenExport } from './given-export.ts'
import { run } from './harness.ts'
import { unzstd } from './unzstd.ts'

const shop = givenShop({ orders: 3000 })
const { options } = shop
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

  it('has its heading line even without rows', async () => {
    const { content, finished } = await run(
      orders,
      options({ request: { params: { from: '1990-01-01', to: '1990-01-02' }, language: 'ja', encoding: 'utf-8-bom' } }),
    )
    expect(content.toString()).toBe('\uFEFF受注番号,受注日時,顧客名,国,金額,状態,備考\r\n')
    expect(finished.file.rows).toBe(0)
    expect(finished.plan.fileName).toBe('受注一覧 1990-01-01 1990-01-02.csv')
  })

  it('has only the export’s columns, in its order', async () => {
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

describe('a ZEROFILL column', () => {
  it('is always the exact number in JSON Lines, and its own text in CSV, with and without a row function', async () => {
    const connection = await shop.database.connect()
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

/** The server's own text for a value, with the documented exceptions for bytes, BIT and NULL. */
async function serversText(query: string): Promise<{ names: string[]; texts: string[][] }> {
  const connection = await shop.database.connect()
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
