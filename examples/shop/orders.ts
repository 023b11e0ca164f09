/** The shop's own queries: the newest orders for the page, and the download as it was before Carryout. */
import type { Pool, RowDataPacket } from 'mysql2/promise'

export interface Order {
  id: number
  orderedAt: string
  customer: string
  country: string
  amount: string
  status: string
}

export interface Span {
  /** The first day, such as 2026-01-01. */
  from: string
  /** The day after the last one. */
  to: string
}

const COLUMNS = 'o.id, o.ordered_at AS orderedAt, c.name AS customer, c.country, o.amount, o.status'
const TABLES = 'orders o JOIN customers c ON c.id = o.customer_id'

export async function newestOrders(database: Pool, { from, to }: Span): Promise<Order[]> {
  const [rows] = await database.execute<(RowDataPacket & Order)[]>(
    `SELECT ${COLUMNS} FROM ${TABLES} WHERE o.ordered_at >= ? AND o.ordered_at < ? ORDER BY o.ordered_at DESC, o.id DESC LIMIT 8`,
    [from, to],
  )
  return rows
}

/**
 * The old way, shown for comparison: the web server runs the query and holds all rows in memory while the browser waits.
 *
 * @param slowSeconds seconds by which the query is slowed down, so that it takes as long as in a busy shop
 */
export async function ordersCsv(database: Pool, { from, to }: Span, slowSeconds: number): Promise<string> {
  const [rows] = await database.execute<(RowDataPacket & Order)[]>(
    `SELECT ${COLUMNS} FROM ${TABLES}, (SELECT SLEEP(?)) AS slow WHERE o.ordered_at >= ? AND o.ordered_at < ?`,
    [slowSeconds, from, to],
  )
  const lines = rows.map(({ id, orderedAt, customer, country, amount, status }) =>
    [id, orderedAt, quoted(customer), country, amount, status].join(','),
  )
  return ['Order no.,Ordered at,Customer,Country,Amount,Status', ...lines, ''].join('\r\n')
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
