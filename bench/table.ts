/** The benchmark's table: ten columns and about 180 bytes per row, like the order lines of a shop. */
import { totalmem } from 'node:os'
import { type Connection, createConnection } from 'mysql2/promise'

export const TABLE = 'bench_lines'
export const COLUMNS = [
  'id',
  'quantity',
  'ordered_at',
  'shipped_at',
  'sku',
  'email',
  'amount',
  'name',
  'note',
  'address',
] as const

const ROWS_PER_INSERT = 1_000_000
const MIN_POOL_BYTES = 256 * 1024 ** 2

export interface Access {
  host: string
  port: number
  user: string
  password: string
  database: string
  /** Absent in plain text. If present, `host` is the name in the server's certificate. */
  tls?: { ca: string | string[]; caFile: string }
}

/** The query of the first rows in the table's order. */
export function rowsQuery(rows: number): string {
  return `SELECT * FROM ${TABLE} WHERE id <= ${rows} ORDER BY id`
}

/** Fills the table up to this many rows. The content of a row depends only on its number. */
export async function fillTable(access: Access, rows: number, say: (line: string) => void): Promise<void> {
  const connection = await createConnection(access)
  try {
    await connection.query(`CREATE TABLE IF NOT EXISTS ${TABLE} (
      id BIGINT NOT NULL PRIMARY KEY,
      quantity INT NOT NULL,
      ordered_at DATETIME NOT NULL,
      shipped_at DATETIME NULL,
      sku VARCHAR(32) NOT NULL,
      email VARCHAR(100) NOT NULL,
      amount DECIMAL(12,2) NOT NULL,
      name VARCHAR(60) NOT NULL,
      note TEXT NULL,
      address VARCHAR(100) NOT NULL
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`)
    await connection.query(`DELETE FROM ${TABLE} WHERE id > ?`, [rows])
    for (let there = await lastId(connection); there < rows; there = await lastId(connection)) {
      const next = Math.min(there + ROWS_PER_INSERT, rows)
      say(`Filling the table: ${next} of ${rows} rows`)
      await connection.query(insert(there, next - there))
    }
    await connection.query(`ANALYZE TABLE ${TABLE}`)
  } finally {
    await connection.end()
  }
}

/** Lets the server hold the whole table in memory, so that no side waits for the disk. Only for the benchmark's own server. */
export async function holdInMemory(access: Access): Promise<void> {
  const connection = await createConnection(access)
  try {
    const [tables] = await connection.query(
      'SELECT DATA_LENGTH AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
      [TABLE],
    )
    const { bytes } = (tables as { bytes: number }[])[0]!
    const wanted = Math.max(MIN_POOL_BYTES, Math.min(bytes * 1.25, totalmem() / 4))
    await connection.query('SET GLOBAL innodb_buffer_pool_size = ?', [Math.ceil(wanted)])
    // This query reads the whole table from the disk into memory.
    await connection.query(`SELECT SUM(LENGTH(address)) FROM ${TABLE}`)
  } finally {
    await connection.end()
  }
}

async function lastId(connection: Connection): Promise<number> {
  const [rows] = await connection.query(`SELECT COALESCE(MAX(id), 0) AS last FROM ${TABLE}`)
  return Number((rows as { last: number }[])[0]!.last)
}

function insert(after: number, rows: number): string {
  const digit =
    '(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)'
  const digits = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${digit} ${name}`).join(', ')
  const number = `(${after} + 1 + a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 100000 * f.d)`
  return `INSERT INTO ${TABLE}
    SELECT n, 1 + n % 9, '2024-01-01' + INTERVAL n SECOND, IF(n % 5 = 0, NULL, '2024-01-03' + INTERVAL n SECOND),
      CONCAT('SKU-', LPAD(n * 7919 % 99991, 8, '0')), CONCAT('customer.', n % 100000, '@example.com'), (n * 37 % 1000000) / 100,
      CONCAT(ELT(n % 5 + 1, '佐藤', '鈴木', '高橋', '田中', '伊藤'), ' ', ELT(n % 7 + 1, '太郎', '花子', '一郎', '美咲', '健', '陽子', '翔')),
      CASE n % 10 WHEN 0 THEN NULL WHEN 1 THEN 'said "leave it, at the door", then left' WHEN 2 THEN 'x, y'
        ELSE 'Please deliver after six and ring the bell twice' END,
      CONCAT(n % 97, ' Long Street Apartment ', n % 13, ' Springfield')
    FROM (SELECT ${number} AS n FROM ${digits}) numbers
    WHERE n <= ${after + rows}`
}
