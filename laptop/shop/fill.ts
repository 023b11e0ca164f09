/** Fills a schema with the sample shop, once for each size. */
import { createHash } from 'node:crypto'
import { escapeId } from 'mysql2'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { everythingStatements } from './everything.ts'
import { columnsOf, type ShopSize, sizeFor } from './generate.ts'
import { INDEXES, TABLES } from './schema.ts'

const BATCH = 50_000
const DEFAULT_ORDERS = 200_000
/**
 * Records what the schema contains; it is beside the shop's tables, with the numbers from which the rows are computed.
 */
const VERSION_TABLE = 'shop_version'
const NUMBERS_TABLE = 'shop_numbers'

export interface ShopConnection {
  host: string
  port: number
  user: string
  password: string
  database: string
  /** mysql2's `ssl` option; undefined for plain text. */
  ssl?: { ca: string | string[]; verifyIdentity: boolean } | undefined
}

export interface FillOptions {
  /** How many orders; 200,000 by default. Customers are a tenth of that, order items three times that. */
  orders?: number | undefined
  /** Called with a sentence while it fills; never if there is nothing to fill. */
  onProgress?: ((line: string) => void) | undefined
  signal?: AbortSignal | undefined
}

export interface Shop extends ShopSize {
  /** False when the schema already held the shop of this size. */
  filled: boolean
}

/** The schema has somebody else's tables with these names; they are not touched. */
export class NotTheShop extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotTheShop'
  }
}

/**
 * Fills the schema with the sample shop. The same size is not filled again; another size replaces it.
 *
 * @throws NotTheShop if the schema has tables with the shop's names that this function did not create
 */
export async function fillShop(connectionOptions: ShopConnection, options: FillOptions = {}): Promise<Shop> {
  const { orders = DEFAULT_ORDERS, onProgress, signal } = options
  if (!Number.isSafeInteger(orders) || orders < 1 || orders > 1e9) {
    throw new RangeError(`A shop has from 1 to 1,000,000,000 orders, not ${orders}`)
  }
  const size = sizeFor(orders)
  const connection = await connect(connectionOptions)
  try {
    const lock = `carryout ${createHash('sha256').update(connectionOptions.database).digest('hex').slice(0, 32)}`
    await connection.query('SELECT GET_LOCK(?, 600)', [lock]) // Two that fill one schema at once; freed with the connection.
    const version = versionOf(size)
    if ((await filledVersion(connection, connectionOptions.database)) === version) return { ...size, filled: false }
    await dropTables(connection, connectionOptions.database)
    const tell = (line: string) => {
      onProgress?.(line)
      signal?.throwIfAborted()
    }
    await fillTables(connection, size, { tell, another: () => connect(connectionOptions) })
    await connection.query(`INSERT INTO ${VERSION_TABLE} (version) VALUES (?)`, [version])
    return { ...size, filled: true }
  } finally {
    await connection.end()
  }
}

async function connect({ ssl, ...address }: ShopConnection): Promise<Connection> {
  const settings = { charset: 'utf8mb4_unicode_ci', supportBigNumbers: true }
  const connection = await createConnection({ ...address, ...(ssl && { ssl }), ...settings })
  try {
    await prepareSession(connection)
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}

/** Sets everything that the rows depend on, so that they are the same on every server. */
async function prepareSession(connection: Connection): Promise<void> {
  await connection.query(`SET SESSION time_zone = '+00:00'`)
  // Strict, so that no value is adjusted; without NO_ZERO_DATE and NO_ZERO_IN_DATE (MySQL's default), because such
  // dates exist in old tables. They do not need ALLOW_INVALID_DATES.
  await connection.query(`SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`)
  await connection.query('SET SESSION foreign_key_checks = 0, unique_checks = 0')
}

async function fillTables(
  connection: Connection,
  size: ShopSize,
  { tell, another }: { tell: (line: string) => void; another: () => Promise<Connection> },
): Promise<void> {
  tell(`Filling the sample shop: ${size.orders.toLocaleString('en')} orders`)
  // First of all, so that the tables of a fill that is cut off are known as the shop's.
  await connection.query(`CREATE TABLE ${VERSION_TABLE} (version VARCHAR(80) NOT NULL) ENGINE=InnoDB`)
  await makeNumbers(connection, Math.min(BATCH, Math.max(...Object.values(size))))
  for (const ddl of Object.values(TABLES)) await connection.query(ddl)
  // The server computes the tables in parallel if it has enough processors.
  const filled = await Promise.allSettled(
    Object.entries(columnsOf(size)).map(async ([table, columns]) => {
      const own = await another()
      try {
        await fillTable(own, { table, columns, rows: size[table as keyof ShopSize] }, tell)
      } finally {
        await own.end()
      }
    }),
  )
  for (const outcome of filled) if (outcome.status === 'rejected') throw outcome.reason
  for (const statement of everythingStatements()) await connection.query(statement)
  tell('Indexing the sample shop')
  for (const statement of INDEXES) await connection.query(statement)
  await connection.query(`DROP TABLE ${NUMBERS_TABLE}`)
  await connection.query(`ANALYZE TABLE ${Object.keys(TABLES).join(', ')}`)
}

async function fillTable(
  connection: Connection,
  { table, columns, rows }: { table: string; columns: Record<string, string>; rows: number },
  tell: (line: string) => void,
): Promise<void> {
  for (let done = 0; done < rows; done += BATCH) {
    if (done > 0) tell(`Filling ${table}: ${done.toLocaleString('en')} of ${rows.toLocaleString('en')}`)
    await connection.query(insertSelect(table, columns, done, Math.min(BATCH, rows - done)))
  }
}

function insertSelect(table: string, columns: Record<string, string>, after: number, count: number): string {
  return `INSERT INTO ${table} (${Object.keys(columns).join(', ')})
    SELECT ${Object.values(columns).join(',\n')}
    FROM (SELECT number + ${after} AS n FROM ${NUMBERS_TABLE} WHERE number <= ${count}) AS numbers`
}

/** Creates the numbers from 1 to at least `count` by doubling. */
async function makeNumbers(connection: Connection, count: number): Promise<void> {
  await connection.query(`CREATE TABLE ${NUMBERS_TABLE} (number BIGINT NOT NULL PRIMARY KEY) ENGINE=InnoDB`)
  await connection.query(`INSERT INTO ${NUMBERS_TABLE} VALUES (1)`)
  for (let have = 1; have < count; have *= 2) {
    await connection.query(`INSERT INTO ${NUMBERS_TABLE} SELECT number + ${have} FROM ${NUMBERS_TABLE}`)
  }
}

/** Returns a digest of the size and of every statement, so that a change of the generator also refills the schema. */
function versionOf(size: ShopSize): string {
  const statements = JSON.stringify([TABLES, columnsOf(size), everythingStatements(), INDEXES])
  return `${size.orders} orders, ${createHash('sha256').update(statements).digest('hex').slice(0, 16)}`
}

async function filledVersion(connection: Connection, schema: string): Promise<string | undefined> {
  if (!(await existingTables(connection, schema)).includes(VERSION_TABLE)) return undefined
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT version FROM ${VERSION_TABLE}`)
  return rows[0]?.version as string | undefined
}

async function dropTables(connection: Connection, schema: string): Promise<void> {
  const shops = [...Object.keys(TABLES), NUMBERS_TABLE]
  const present = await existingTables(connection, schema)
  const doomed = shops.filter((table) => present.includes(table))
  if (doomed.length > 0 && !present.includes(VERSION_TABLE)) {
    throw new NotTheShop(
      `The database ${schema} already has the tables ${doomed.join(', ')}, which the sample shop would replace. ` +
        'Set DATABASE_URL to an empty database.',
    )
  }
  // The version table is dropped last: until then the other tables are recognized as the shop's.
  for (const table of [...doomed, VERSION_TABLE]) await connection.query(`DROP TABLE IF EXISTS ${escapeId(table)}`)
}

async function existingTables(connection: Connection, schema: string): Promise<string[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ?',
    [schema],
  )
  return rows.map((row) => String(row.name))
}
