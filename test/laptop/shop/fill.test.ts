import type { Connection, RowDataPacket } from 'mysql2/promise'
import { EVERYTHING } from '../../../laptop/shop/everything.ts'
import { fillShop, NotTheShop } from '../../../laptop/shop/fill.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'

let fresh: FreshDatabase
let connection: Connection
beforeEach(async () => {
  fresh = await freshDatabase()
  connection = await fresh.connect()
})
afterEach(async () => {
  await connection.end()
  await fresh.drop()
})

async function one(sql: string): Promise<RowDataPacket> {
  const [rows] = await connection.query<RowDataPacket[]>({
    sql,
    supportBigNumbers: true,
    dateStrings: true,
  })
  return rows[0]!
}

async function checksums(): Promise<unknown> {
  const [rows] = await connection.query('CHECKSUM TABLE customers, orders, order_items, everything')
  return (rows as { Table: string; Checksum: number }[]).map(({ Table, Checksum }) => [
    Table.replace(/.*\./, ''),
    Checksum,
  ])
}

describe('the sample shop', () => {
  it('has ten orders per customer and three items per order', async () => {
    expect(await fillShop(fresh.connection, { orders: 5000 })).toEqual({
      customers: 500,
      orders: 5000,
      order_items: 15_000,
      filled: true,
    })
    expect(await one('SELECT COUNT(*) AS n, MIN(id) AS low, MAX(id) AS high FROM customers')).toEqual({
      n: 500,
      low: 1,
      high: 500,
    })
    expect(await one('SELECT COUNT(*) AS n, MIN(id) AS low, MAX(id) AS high FROM orders')).toEqual({
      n: 5000,
      low: 1,
      high: 5000,
    })
    expect(await one('SELECT COUNT(*) AS n, COUNT(DISTINCT order_id) AS orders FROM order_items')).toEqual({
      n: 15_000,
      orders: 5000,
    })
    expect(await one('SELECT COUNT(*) AS n FROM everything')).toEqual({ n: EVERYTHING.length })
  })

  it('is consistent: every order has its customer, every item its order', async () => {
    await fillShop(fresh.connection, { orders: 1234 })
    const lost = 'SELECT COUNT(*) AS lost FROM'
    expect(await one(`${lost} orders LEFT JOIN customers c ON c.id = customer_id WHERE c.id IS NULL`)).toEqual({
      lost: 0,
    })
    expect(await one(`${lost} order_items LEFT JOIN orders o ON o.id = order_id WHERE o.id IS NULL`)).toEqual({
      lost: 0,
    })
    expect(
      await one(
        `${lost} orders LEFT JOIN order_items i ON o.id = order_id`
          .replace('orders', 'orders o')
          .concat(' WHERE i.id IS NULL'),
      ),
    ).toEqual({ lost: 0 })
  })

  it('is the same on every machine', async () => {
    await using other = await freshDatabase()
    await fillShop(fresh.connection, { orders: 2000 })
    const first = await checksums()
    await fillShop(other.connection, { orders: 2000 })
    await connection.changeUser({ database: other.database })
    expect(await checksums()).toEqual(first)
    // Against a checksum that is empty or 0 for every table.
    expect(new Set((first as [string, number][]).map(([, sum]) => sum)).size).toBe(4)
  })

  it('is not filled twice with the same size, and refilled with another', async () => {
    const progress: string[] = []
    const onProgress = (line: string) => progress.push(line)
    await fillShop(fresh.connection, { orders: 100, onProgress })
    expect(progress[0]).toBe('Filling the sample shop: 100 orders')
    await connection.query('DELETE FROM orders WHERE id = 1')
    progress.length = 0
    expect(await fillShop(fresh.connection, { orders: 100, onProgress })).toMatchObject({ filled: false })
    expect(progress).toEqual([])
    expect(await one('SELECT COUNT(*) AS n FROM orders')).toEqual({ n: 99 })
    expect(await fillShop(fresh.connection, { orders: 200, onProgress })).toMatchObject({ filled: true, orders: 200 })
    expect(await one('SELECT COUNT(*) AS n FROM orders')).toEqual({ n: 200 })
  })

  it('is filled once when two processes fill it at the same time', async () => {
    const both = await Promise.all([
      fillShop(fresh.connection, { orders: 300 }),
      fillShop(fresh.connection, { orders: 300 }),
    ])
    expect(both.map(({ filled }) => filled).sort()).toEqual([false, true])
    expect(await one('SELECT COUNT(*) AS n FROM orders')).toEqual({ n: 300 })
  })

  it('is filled from the start after an interruption', async () => {
    const halt = new AbortController()
    const cut = fillShop(fresh.connection, {
      orders: 60_000,
      signal: halt.signal,
      onProgress: (line) => {
        if (line.includes('of 60,000')) halt.abort()
      },
    })
    await expect(cut).rejects.toThrow(/abort/)
    expect(await one('SELECT COUNT(*) AS n FROM orders')).toEqual({ n: 50_000 })
    await fillShop(fresh.connection, { orders: 10 })
    expect(await one('SELECT COUNT(*) AS n FROM orders')).toEqual({ n: 10 })
  })

  it('does not touch other tables', async () => {
    await connection.query('CREATE TABLE orders AS SELECT 42 AS answer')
    const filling = fillShop(fresh.connection, { orders: 10 })
    await expect(filling).rejects.toThrow(NotTheShop)
    await expect(filling).rejects.toThrow(/already has the tables orders.*Set DATABASE_URL to an empty database/)
    expect(await one('SELECT * FROM orders')).toEqual({ answer: 42 })
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses a size of %p', async (orders) => {
    await expect(fillShop(fresh.connection, { orders })).rejects.toThrow(RangeError)
  })

  it('spreads its orders over 2026, later ones with higher numbers', async () => {
    await fillShop(fresh.connection, { orders: 3650 })
    const days = await one(
      'SELECT MIN(DATE(ordered_at)) AS first, MAX(DATE(ordered_at)) AS last, COUNT(DISTINCT DATE(ordered_at)) AS days FROM orders',
    )
    expect(days).toEqual({ first: '2026-01-01', last: '2026-12-31', days: 365 })
    const disorder =
      'SELECT COUNT(*) AS n FROM orders a JOIN orders b ON b.id = a.id + 1 WHERE b.ordered_at < a.ordered_at'
    expect(await one(disorder)).toEqual({ n: 0 })
    const early = 'SELECT COUNT(*) AS n FROM order_items JOIN orders o ON o.id = order_id WHERE shipped_at < ordered_at'
    expect(await one(early)).toEqual({ n: 0 })
  })

  it('has everything that breaks a careless export', async () => {
    await fillShop(fresh.connection, { orders: 40_000 })
    const customers =
      await one(`SELECT SUM(name LIKE '%"%') > 0 AS quotes, SUM(name LIKE '%,%') > 0 AS commas, SUM(name LIKE '%\\n%') > 0 AS breaks,
      SUM(name REGEXP '^[=+@-]') > 0 AS formulas, SUM(LENGTH(name) > CHAR_LENGTH(name)) > 0 AS foreigners, SUM(name LIKE CONCAT('%', x'F09F8D9C', '%')) > 0 AS emoji,
      SUM(profile IS NULL) > 0 AS profileless, SUM(avatar IS NULL) > 0 AS faceless, SUM(avatar LIKE CONCAT(x'89', 'PNG%')) > 0 AS faces,
      MAX(loyalty_points) > 9223372036854775807 AS huge, SUM(loyalty_points BETWEEN 9007199254740992 AND 9223372036854775807) > 0 AS large,
      SUM(JSON_VALID(profile) = 0) AS torn FROM customers`)
    expect(customers).toEqual({
      quotes: 1,
      commas: 1,
      breaks: 1,
      formulas: 1,
      foreigners: 1,
      emoji: 1,
      profileless: 1,
      faceless: 1,
      faces: 1,
      huge: 1,
      large: 1,
      torn: '0',
    })
    const orders =
      await one(`SELECT SUM(note IS NULL) > 0 AS noteless, SUM(note = '') > 0 AS blank, MAX(CHAR_LENGTH(note)) > 8000 AS long_ones,
      SUM(amount < 0) > 0 AS refunds, COUNT(DISTINCT status) AS statuses FROM orders`)
    expect(orders).toEqual({ noteless: 1, blank: 1, long_ones: 1, refunds: 1, statuses: 5 })
    const items =
      await one(`SELECT SUM(shipped_at IS NULL) > 0 AS unshipped, SUM(MICROSECOND(shipped_at) > 0) > 0 AS milliseconds,
      COUNT(DISTINCT title) AS titles FROM order_items`)
    expect(items).toEqual({ unshipped: 1, milliseconds: 1, titles: 15 })
  })

  it('keeps the edges of every type exactly', async () => {
    await fillShop(fresh.connection, { orders: 1 })
    const edge = (id: number, columns: string) => one(`SELECT ${columns} FROM everything WHERE id = ${id}`)
    expect(await edge(3, 'a_bigint, a_wide_decimal, a_time, a_fine_time, a_date')).toEqual({
      a_bigint: '-9223372036854775808',
      a_wide_decimal: '-99999999999999999999999999999999999.999999999999999999999999999999',
      a_time: '-838:59:59',
      a_fine_time: '-838:59:58.999999',
      a_date: '1000-01-01',
    })
    expect(
      await edge(
        4,
        'an_unsigned_bigint, HEX(a_wide_bit) AS bits, a_fine_datetime, a_fine_timestamp, a_set, LENGTH(a_blob) AS bytes',
      ),
    ).toEqual({
      an_unsigned_bigint: '18446744073709551615',
      bits: 'FFFFFFFFFFFFFFFF',
      a_fine_datetime: '9999-12-31 23:59:59.999999',
      a_fine_timestamp: '2038-01-19 03:14:07.999',
      a_set: 'red,green,青',
      bytes: 60_000,
    })
    expect(await edge(6, 'a_bigint, a_date, a_datetime, a_timestamp, a_year')).toEqual({
      a_bigint: '-9007199254740993',
      a_date: '0000-00-00',
      a_datetime: '0000-00-00 00:00:00',
      a_timestamp: '0000-00-00 00:00:00',
      a_year: 2000,
    })
  })

  it('leaves no column of `everything` without a value and without a NULL', async () => {
    await fillShop(fresh.connection, { orders: 1 })
    const [columns] = await connection.query<RowDataPacket[]>('SHOW COLUMNS FROM everything')
    const names = columns.map(({ Field }) => String(Field)).filter((name) => name !== 'id')
    const counts = await one(
      `SELECT ${names.map((name) => `COUNT(${name}) BETWEEN 3 AND COUNT(*) - 1 AS ${name}`).join(', ')} FROM everything`,
    )
    expect(counts).toEqual(Object.fromEntries(names.map((name) => [name, 1])))
  })
})
