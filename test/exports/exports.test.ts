import { parse } from 'csv-parse/sync'
import type { RowDataPacket } from 'mysql2'
import { customers, mask } from '../../exports/customers.ts'
import { catalogue } from '../../exports/index.ts'
import { orders } from '../../exports/orders.ts'
import { run } from '../engine/harness.ts'
import { givenShop } from '../support/exported-shop.ts'

const shop = givenShop({ orders: 500 })

const params: Record<string, object> = { orders: { from: '2000-01-01', to: '2100-01-01' } }
const exported = (name: string, request: object = {}) =>
  run(catalogue.get(name), shop.options({ request: { params: (params[name] ?? {}) as never, ...request } }))

const offers = catalogue.names.flatMap((name) => {
  const { formats, encodings } = catalogue.get(name)
  return [
    ...formats.map((format) => [name, { format }] as const),
    ...encodings.map((encoding) => [name, { format: 'csv', encoding }] as const),
  ]
})

it.each(offers)('%s works in every offered form: %j', async (name, request) => {
  const connection = await shop.database.connect()
  await connection.query("UPDATE customers SET name = 'Jürgen Müller 🎂' WHERE id = 1")
  await connection.query("UPDATE orders SET customer_id = 1, note = 'für 髙橋' WHERE id = 7")
  await connection.end()
  const { content, manifest } = await exported(name, request)
  expect(manifest.file.rows).toBeGreaterThan(0)
  if (name !== 'orders' || !('encoding' in request)) return
  const isCp932 = request.encoding === 'cp932'
  const text = new TextDecoder(isCp932 ? 'shift_jis' : 'utf-8').decode(content)
  expect(text).toContain(isCp932 ? 'J?rgen M?ller ?' : 'Jürgen Müller 🎂')
  expect(text).toContain(isCp932 ? 'f?r 髙橋' : 'für 髙橋')
})

it.each(catalogue.names)('%s has a title and headings in English and Japanese', async (name) => {
  const [english, japanese] = [await exported(name), await exported(name, { language: 'ja' })]
  const [englishHeading, ...englishRows] = parse(english.content) as string[][]
  const [japaneseHeading, ...japaneseRows] = parse(japanese.content) as string[][]
  expect(englishHeading!.join('')).toMatch(/^[ -~]+$/)
  for (const heading of japaneseHeading!) expect(heading).toMatch(/[^ -~]|^SKU$/)
  expect(english.finished.plan.fileName).toMatch(/^[ -~]+$/)
  expect(japanese.finished.plan.fileName).toMatch(/[^ -~]/)
  expect(japaneseRows).toEqual(englishRows)
})

it.each(catalogue.names)('%s has one row per row of the shop', async (name) => {
  const connection = await shop.database.connect()
  const [[expected]] = await connection.query<RowDataPacket[]>(`SELECT COUNT(*) AS n FROM ${name.replace('-', '_')}`)
  await connection.end()
  expect((await exported(name)).finished.file.rows).toBe(expected!.n)
})

it('orders are limited to the period, ordered by number', async () => {
  const connection = await shop.database.connect()
  const [rows] = await connection.query<RowDataPacket[]>({
    sql: "SELECT CAST(id AS CHAR) AS id FROM orders WHERE ordered_at >= '2025-01-01' AND ordered_at < '2025-03-01' ORDER BY id",
  })
  await connection.end()
  const { content } = await run(orders, shop.options({ request: { params: { from: '2025-01-01', to: '2025-03-01' } } }))
  expect((parse(content) as string[][]).slice(1).map(([id]) => id)).toEqual(rows.map(({ id }) => id))
})

it('customers have no complete e-mail address', async () => {
  const { content } = await run(customers, shop.options())
  const connection = await shop.database.connect()
  const [rows] = await connection.query<RowDataPacket[]>('SELECT email FROM customers')
  await connection.end()
  for (const { email } of rows) expect(content.includes(`,${email},`)).toBe(false)
})

it.each([
  ['taro.yamada@example.com', 't***@example.com'],
  ['a@b', 'a***@b'],
  ['nonsense', '***'],
  ['@example.com', '***'],
  ['𠮷@example.com', '𠮷***@example.com'],
  [null, null],
])('masks %s as %s', (email, masked) => {
  expect(mask(email)).toBe(masked)
})
