/** Features that work on this run's server. docs/compatibility.md has the results for all servers (see `npm run compatibility`). */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RowDataPacket } from 'mysql2'
import { defineExport, type ExportDefinition, sql } from '../../engine/catalogue.ts'
import { mysqlSource } from '../../engine/sources/mysql.ts'
import type { Source } from '../../engine/sources/source.ts'
import { run, sourceOf, startStore, type TestStore } from '../engine/harness.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { serverSessions } from '../support/server-sessions.ts'
import { readTable, serverName, writeColumn } from './table.ts'

const ROWS = 1500
const VERSION = 'version'
const writing = process.env.CARRYOUT_COMPATIBILITY === 'write'

/** Type of the key, and its value in the row of this `id`. */
const KEYS: [type: string, value: string][] = [
  ['INT', 'id - 750'],
  ['BIGINT UNSIGNED', '18446744073709551615 - id'],
  ['DECIMAL(30,10)', '(id - 750) * 12345678901.0000000001'],
  ['DATE', `'2020-01-01' + INTERVAL id DAY`],
  ['DATETIME(6)', `'2024-01-01' + INTERVAL id * 1234567 MICROSECOND`],
  ['TIMESTAMP', `'2024-01-01' + INTERVAL id MINUTE`],
  ['TIME', 'SEC_TO_TIME(id * 61 - 90000)'],
  ['VARCHAR(60)', `CONCAT(CHAR(97 + id % 26), '日本', LEFT(SHA2(id, 256), 20))`],
  ['VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', `CONCAT(IF(id % 2, 'Z', 'a'), LEFT(SHA2(id, 256), 20))`],
  ['BINARY(16)', 'UNHEX(LEFT(SHA2(id, 256), 32))'],
]

const found = new Map<string, string>()
let database: FreshDatabase
let store: TestStore
let source: Source
beforeAll(async () => {
  database = await freshDatabase()
  store = await startStore()
  source = sourceOf(database)
  await execute(
    'CREATE TABLE numbers (id INT NOT NULL PRIMARY KEY)',
    `INSERT INTO numbers WITH RECURSIVE some AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM some WHERE n < 59)
     SELECT 60 * a.n + b.n + 1 FROM some a CROSS JOIN some b WHERE 60 * a.n + b.n < ${ROWS}`,
    'ANALYZE TABLE numbers',
  )
  found.set(VERSION, /^[\d.]+/.exec(database.version)?.[0] ?? database.version)
})
afterAll(async () => {
  if (writing) writeColumn(await server(), found)
  store.close()
  await database.drop()
})

check('direct connection', async () => {
  const { content } = await run(exportOf('SELECT id FROM numbers'), { source, store })
  expect(content.toString().trimEnd().split('\r\n').slice(1).map(Number)).toEqual(
    Array.from({ length: ROWS }, (_, index) => index + 1),
  )
})

check('TLS, verified', async () => {
  const { authority, port, exporter, database: schema } = database
  const { username: user, password } = exporter
  const host = authority ? 'localhost' : database.host
  // A given server must have a certificate of RDS's authorities, or of one that Node knows.
  const options = { host, port, user, password, database: schema }
  const encrypted = mysqlSource({ ...options, tls: authority ? { ca: authority } : {} })
  const query = sql`SELECT VARIABLE_VALUE AS id FROM performance_schema.session_status WHERE VARIABLE_NAME = 'Ssl_cipher'`
  const isMariaDb = /mariadb/i.test(database.version)
  const cipher = isMariaDb
    ? sql`SELECT VARIABLE_VALUE AS id FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher'`
    : query
  const definition = defineExport({ name: 'cipher', title: 'Cipher', query: () => cipher, columns: { id: 'Id' } })
  const { content } = await run(definition, { source: encrypted, store })
  expect(content.toString()).toMatch(/AES|CHACHA/)
})

for (const [type, value] of KEYS) {
  check(`key ${type.replace(' CHARACTER SET utf8mb4 COLLATE', '')}`, async () => {
    await execute(
      'DROP TABLE IF EXISTS keyed',
      `CREATE TABLE keyed (id ${type} NOT NULL PRIMARY KEY, filler CHAR(100) NOT NULL) CHARSET utf8mb4`,
      `INSERT INTO keyed SELECT ${value}, REPEAT('-', 100) FROM numbers`,
    )
    const definition = exportOf('SELECT id, filler FROM keyed', { columns: { id: 'Id', filler: 'Filler' } })
    const whole = await run(definition, { source, store })
    const cut = await run(definition, { source, store, budget: 0 })
    expect(whole.finished.file.rows).toBe(ROWS)
    expect(cut.chunks).toBeGreaterThan(1)
    expect(cut.content.equals(whole.content)).toBe(true)
  })
}

check('ranges', async () => {
  await execute('ANALYZE TABLE numbers')
  const whole = await run(exportOf('SELECT id FROM numbers'), { source, store })
  const divided = await run(exportOf('SELECT id FROM numbers', { parallelism: 4 }), { source, store })
  expect(divided.finished.ranges).toHaveLength(4)
  expect(divided.content.equals(whole.content)).toBe(true)
})

check('estimate', async () => {
  const query = { query: sql`SELECT id FROM numbers`, key: 'id', after: null, upTo: null, timeZone: null }
  const estimate = await source.estimate!(query, new AbortController().signal)
  expect(estimate).toBeGreaterThan(ROWS / 2)
  expect(estimate).toBeLessThan(ROWS * 2)
})

check('cancel', async () => {
  const stop = new AbortController()
  const query = sql`SELECT COUNT(*) AS id FROM numbers a, numbers b, numbers c WHERE CRC32(CONCAT(a.id, b.id, c.id)) = 7`
  const counting = source.open({ query, key: null, after: null, upTo: null, timeZone: null }, stop.signal)
  counting.catch(() => undefined)
  await until(async () => (await counts()) === 1)
  stop.abort(new Error('stopped'))
  await expect(counting).rejects.toThrow('stopped')
  await until(async () => (await counts()) === 0)
})

test('the table in docs/compatibility.md matches this run’s results for this server', async () => {
  if (writing) return
  const name = await server()
  const table = readTable()
  const noted = [...found.keys()].filter((row) => row !== VERSION).map((row) => [row, table.get(row)?.get(name)])
  expect(noted).toEqual([...found].filter(([row]) => row !== VERSION))
})

/** A test whose outcome is a cell of the table. */
function check(row: string, work: () => Promise<void>): void {
  test(row, async () => {
    found.set(row, 'no')
    await work()
    found.set(row, 'yes')
  })
}

function exportOf(query: string, more: Partial<ExportDefinition> = {}) {
  return defineExport({
    name: 'compatibility',
    title: 'Compatibility',
    query: () => sql([query] as never),
    key: 'id',
    columns: { id: 'Id' },
    ...more,
  })
}

async function server(): Promise<string> {
  const connection = await database.connect()
  const [rows] = await connection.query<RowDataPacket[]>(`SHOW VARIABLES LIKE 'aurora_version'`)
  await connection.end()
  return serverName({ version: database.version, aurora: rows[0]?.Value ?? null })
}

async function execute(...statements: string[]): Promise<void> {
  const connection = await database.connect()
  for (const statement of statements) await connection.query(statement)
  await connection.end()
}

/** How many of the counting queries run on the server. */
async function counts(): Promise<number> {
  const connection = await database.connect()
  const sessions = await serverSessions(connection, database.database)
  await connection.end()
  return sessions.filter(({ statement }) => statement?.includes('CRC32(')).length
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await condition()) return
    await sleep(50)
  }
  throw new Error('it did not come to be within twenty seconds')
}
