/** An export in dozens of chunks: the same bytes as in one. */
import { defineExport, sql } from '../../engine/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { run, sourceOf, startStore, type TestStore } from './harness.ts'

/** A compressed chunk consists of whole members of some 4,000 rows each, a plain one of whole reads. */
const ROWS = 70_000
const PLAIN_ROWS = 24_500
const CHUNKS = { none: 24, gzip: 12, zstd: 12 }

const numbers = (rows: number) =>
  defineExport({
    name: 'numbers',
    title: 'Numbers',
    query: () => sql`SELECT id, name FROM numbers WHERE id <= ${rows}`,
    key: 'id',
    columns: { id: 'No.', name: 'Name' },
    formats: ['csv', 'tsv', 'jsonl'],
    compressions: ['none', 'gzip', 'zstd'],
  })

let database: FreshDatabase
let store: TestStore
beforeAll(async () => {
  database = await freshDatabase()
  store = await startStore()
  const connection = await database.connect()
  await connection.query('CREATE TABLE numbers (id INT NOT NULL PRIMARY KEY, name VARCHAR(80)) CHARSET utf8mb4')
  await connection.query(
    `INSERT INTO numbers WITH RECURSIVE some AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM some WHERE n < 699)
     SELECT 700 * a.n + b.n + 1, CONCAT('第', 700 * a.n + b.n + 1, '号, "', HEX(b.n), '" ', LEFT(SHA2(b.n, 256), 40)) FROM some a CROSS JOIN some b
     WHERE a.n < ${ROWS / 700}`,
  )
  await connection.end()
})
afterAll(async () => {
  store.close()
  await database.drop()
})

const compressions = ['none', 'gzip', 'zstd'] as const

// How rows are written hangs on the format, and how chunks are joined on the compression: each of both is there.
test.each([
  ...compressions.map((compression) => ({ format: 'csv' as const, compression })),
  ...(['tsv', 'jsonl'] as const).map((format) => ({ format, compression: 'none' as const })),
  { format: 'jsonl' as const, compression: 'gzip' as const },
])('$format with compression $compression', async (request) => {
  const rows = request.compression === 'none' ? PLAIN_ROWS : ROWS
  const options = { source: sourceOf(database), store, request }
  const uncut = await run(numbers(rows), options)
  // Each chunk stops as soon as it has something to keep: a batch of rows, or a member where it is compressed.
  const cut = await run(numbers(rows), { ...options, budget: 0 })
  expect(uncut.chunks).toBe(1)
  expect(cut.chunks).toBeGreaterThanOrEqual(CHUNKS[request.compression])
  expect(cut.content.equals(uncut.content)).toBe(true)
  expect(cut.finished.file).toMatchObject({ rows, crc32: uncut.finished.file.crc32 })
})
