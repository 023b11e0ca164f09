/**
 * The rows of the sample shop as INSERT … SELECT statements that the server computes. They are the same on every
 * machine, because they depend only on the row's number, and no row travels over the network.
 */
import { escape as quote } from 'mysql2'
import {
  COUNTRIES,
  GIVEN_NAMES_EN,
  GIVEN_NAMES_JA,
  NOTES,
  ODD_NAMES,
  PRODUCTS,
  STATUSES,
  SURNAMES_EN,
  SURNAMES_JA,
} from './words.ts'

const SEED = 20260101
const YEAR_SECONDS = 365 * 24 * 60 * 60

/** How many rows each table of the shop has. */
export interface ShopSize {
  customers: number
  orders: number
  order_items: number
}

/** Returns about ten orders per customer and exactly three items per order on average (one to five). */
export function sizeFor(orders: number): ShopSize {
  return { customers: Math.max(1, Math.ceil(orders / 10)), orders, order_items: orders * 3 }
}

/** Returns the SELECT list of each table, over `n`, the row's number from 1. */
export function columnsOf(size: ShopSize): Record<keyof ShopSize, Record<string, string>> {
  return { customers: customer(), orders: order(size), order_items: orderItem(size) }
}

/**
 * Returns SQL for a number from 0 to `below` - 1 that depends on the row and on its use. CRC-32 is the same on MySQL
 * and MariaDB. Multiplying first keeps two uses independent, which the linear CRC-32 alone would not.
 */
function draw(use: string, below: number): string {
  return `(CRC32(n * ${multiplier(use)}) % ${below})`
}

/** Returns FNV-1a of the use, odd and below 2^31, so that the product fits a BIGINT for any number of rows. */
function multiplier(use: string): number {
  let hash = (0x811c9dc5 ^ SEED) >>> 0
  for (const byte of Buffer.from(use)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return (hash >>> 1) | 1
}

function pick(use: string, words: readonly string[]): string {
  return `ELT(1 + ${draw(use, words.length)}, ${words.map((word) => quote(word)).join(', ')})`
}

/** Returns one side of all pairs: `pick` with the same use chooses both sides of the same pair. */
function side(pairs: readonly (readonly [string, string])[], index: 0 | 1): string[] {
  return pairs.map((pair) => pair[index])
}

function customer(): Record<string, string> {
  const japanese = `${draw('language', 5)} < 3`
  const name = (index: 0 | 1, between: string) => ({
    ja: [pick('surname', side(SURNAMES_JA, index)), pick('given name', side(GIVEN_NAMES_JA, index))].join(between),
    en: [pick('given name', side(GIVEN_NAMES_EN, index)), pick('surname', side(SURNAMES_EN, index))].join(between),
  })
  const shown = name(0, `, ' ', `)
  const address = name(1, `, '.', `)
  return {
    id: 'n',
    name: `CASE WHEN n % 89 = 0 THEN ${pick('odd name', ODD_NAMES)} WHEN ${japanese} THEN CONCAT(${shown.ja}) ELSE CONCAT(${shown.en}) END`,
    email: `CONCAT(IF(${japanese}, CONCAT(${address.ja}), CONCAT(${address.en})), '.', n, '@example.', ${pick('domain', ['com', 'net', 'org'])})`,
    country: `IF(${japanese}, 'JP', ${pick('country', COUNTRIES)})`,
    created_at: `TIMESTAMP'2020-01-01 00:00:00' + INTERVAL ${draw('created_at', 6 * YEAR_SECONDS)} SECOND`,
    profile: `IF(n % 7 = 0, NULL, CONCAT('{"language": "', IF(${japanese}, 'ja', 'en'), '", "newsletter": ', ELT(1 + n % 3, 'true', 'false', 'null'),
      ', "account": ', 9007199254740993 + n, ', "tags": ["vip", "東京", "a \\\\"quoted\\\\" one"], "discount": 0.1}'))`,
    avatar: `IF(n % 3 = 0, CONCAT(x'89504E470D0A1A0A00', UNHEX(SHA2(n, 256)), UNHEX(SHA2(-n, 256))), NULL)`,
    // Beyond 2^53 - 1, where JavaScript's numbers are no longer exact, up to the type's maximum.
    loyalty_points: `CASE WHEN n % 1009 = 0 THEN 18446744073709551615 - n WHEN n % 50 = 0 THEN 9007199254740991 + n ELSE ${draw('loyalty_points', 100_000)} END`,
  }
}

function order({ customers, orders }: ShopSize): Record<string, string> {
  const step = Math.max(1, Math.floor(YEAR_SECONDS / orders))
  return {
    id: 'n',
    // As in a real shop, later orders have higher numbers; the last is on 2026-12-31.
    ordered_at: `TIMESTAMP'2026-01-01 00:00:00' + INTERVAL ((n - 1) * ${YEAR_SECONDS} DIV ${orders} + ${draw('ordered_at', step)}) SECOND`,
    customer_id: `1 + ${draw('customer', customers)}`,
    amount: `(100 + ${draw('amount', 4_999_900)}) / 100 * IF(${draw('status', STATUSES.length)} = ${STATUSES.indexOf('refunded')}, -1, 1)`,
    status: pick('status', STATUSES),
    note: `CASE WHEN n % 4999 = 0 THEN REPEAT('とても長いメモ, "very" long. ', 500) WHEN ${draw('has note', 3)} = 0 THEN ${pick('note', NOTES)} ELSE NULL END`,
  }
}

function orderItem({ orders }: ShopSize): Record<string, string> {
  // Five orders share fifteen items: 1 + 2 + 3 + 4 + 5.
  const place = '(n - 1) % 15'
  const which = `CASE WHEN ${place} < 1 THEN 1 WHEN ${place} < 3 THEN 2 WHEN ${place} < 6 THEN 3 WHEN ${place} < 10 THEN 4 ELSE 5 END`
  const orderId = `LEAST(${orders}, (n - 1) DIV 15 * 5 + ${which})`
  // Within a week after the end of the order's share of the year.
  const shippedSeconds = `${orderId} * ${YEAR_SECONDS} DIV ${orders} + ${draw('shipped after', 7 * 24 * 60 * 60)}`
  return {
    id: 'n',
    order_id: orderId,
    sku: `CONCAT(${pick('product', side(PRODUCTS, 0))}, '-', LPAD(1 + ${draw('variant', 250)}, 4, '0'))`,
    title: pick('product', side(PRODUCTS, 1)),
    quantity: `1 + ${draw('quantity', 5)}`,
    unit_price: `(1 + ${draw('unit_price', 9_999_999)}) / 10000`,
    shipped_at: `IF(${draw('shipped', 4)} = 0, NULL,
      TIMESTAMP'2026-01-01 00:00:00.000' + INTERVAL ((${shippedSeconds}) * 1000000 + ${draw('milliseconds', 1000)} * 1000) MICROSECOND)`,
  }
}
