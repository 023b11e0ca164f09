/** A FLOAT is exact in every format, though a server writes six digits of it. */
import fc from 'fast-check'
import type { Connection } from 'mysql2/promise'
import { defineExport, sql } from '../../../engine/catalogue.ts'
import { floatText } from '../../../engine/rows/floats.ts'
import { dataApiSource } from '../../../engine/sources/data-api.ts'
import type { Source } from '../../../engine/sources/source.ts'
import { RESOURCE_ARN, SECRET_ARN, startDataApi, type TestDataApi } from '../../../local/test/rds-data/support.ts'
import type { Format } from '../../../statemachine/contract.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { readParquet } from '../formats/readers.ts'
import { run, sourceOf, startStore, type TestStore } from '../harness.ts'

const VALUES = [16777216, 3.4028234e38, 0.123456789, 0.1, -1.1754944e-38, 1e-7, 123456.7, 0, -2.5].map(Math.fround)
const TEXTS = ['16777216', '3.4028235e38', '0.12345679', '0.1', '-1.1754944e-38', '0.0000001', '123456.7', '0', '-2.5']

let database: FreshDatabase
let connection: Connection
let api: TestDataApi
let store: TestStore
let sources: Record<'direct' | 'Data API', Source>

beforeAll(async () => {
  database = await freshDatabase()
  connection = await database.connect()
  store = await startStore()
  api = await startDataApi(database)
  const { client } = api
  const address = { client, resourceArn: RESOURCE_ARN, secretArn: SECRET_ARN, database: database.database }
  sources = { direct: sourceOf(database), 'Data API': dataApiSource(address) }
  await connection.query('CREATE TABLE floats (id INT PRIMARY KEY, f FLOAT, t VARCHAR(300))')
  const rows = VALUES.map((value, index) => [index + 1, value, 'x'.repeat(index * 35)])
  await connection.query('INSERT INTO floats VALUES ?', [rows])
  await connection.query('INSERT INTO floats VALUES (100, NULL, NULL)')
})
afterAll(async () => {
  await api.close()
  store.close()
  await connection.end()
  await database.drop()
})

describe.each(['direct', 'Data API'] as const)('a FLOAT (%s)', (name) => {
  test.each(['with a key', 'without a key', 'without a key, but a LIMIT'])(
    'has all its digits in CSV: %s',
    async (how) => {
      const { content } = await exported(name, how, 'csv')
      const lines = content.toString().split('\r\n').slice(1, -1)
      expect(lines.map((line) => line.split(',')[1])).toEqual([...TEXTS, ''])
      expect(lines.map((line) => line.split(',')[2]!.length)).toEqual([...VALUES.map((_, index) => index * 35 || 2), 0])
    },
  )

  test('is the very value in Parquet', async () => {
    const { content } = await exported(name, 'with a key', 'parquet')
    const rows = await readParquet(content, [{ name: 'f', kind: 'float', precision: 4 }], 'UTC')
    expect(rows.map(([value]) => value)).toEqual([...VALUES, null])
  })
})

test('any FLOAT is told from all others by at most nine digits', () => {
  const bits = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0]!)
  const property = fc.property(bits.filter(Number.isFinite), (value) => {
    const text = floatText(String(value))
    expect(Math.fround(Number(text))).toBe(value)
    expect(
      text
        .replace(/e.*$/, '')
        .replace(/[-.]|^0+/g, '')
        .replace(/^0+|0+$/g, '').length,
    ).toBeLessThanOrEqual(9)
  })
  fc.assert(property, { numRuns: 5000 })
})

function exported(name: keyof typeof sources, how: string, format: Format) {
  const key = how === 'with a key' ? { key: 'id' } : {}
  const ending = how.includes('LIMIT') ? 'ORDER BY id LIMIT 100' : 'ORDER BY id'
  const definition = defineExport({
    name: 'floats',
    title: 'Floats',
    query: () => sql([`SELECT id, f, t FROM floats ${ending}`] as never),
    ...key,
    columns: { id: 'id', f: 'f', t: 't' },
    formats: ['csv', 'parquet'],
  })
  return run(definition, { source: sources[name], store, request: { format } })
}
