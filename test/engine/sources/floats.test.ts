/** A FLOAT is exact in every format, though a server writes six digits of it. */
import fc from 'fast-check'
import { defineExport, sql } from '../../../engine/catalogue.ts'
import { floatText } from '../../../engine/rows/floats.ts'
import type { Format } from '../../../statemachine/contract.ts'
import { readParquet } from '../formats/readers.ts'
import { run } from '../harness.ts'
import { type BothSources, startSources } from './data-api-support.ts'

const VALUES = [16777216, 3.4028234e38, 0.123456789, 0.1, -1.1754944e-38, 1e-7, 123456.7, 0, -2.5].map(Math.fround)
const TEXTS = ['16777216', '3.4028235e38', '0.12345679', '0.1', '-1.1754944e-38', '0.0000001', '123456.7', '0', '-2.5']

let both: BothSources

beforeAll(async () => {
  both = await startSources()
  const { connection } = both
  await connection.query('CREATE TABLE declared (id INT PRIMARY KEY, f FLOAT(7,2), t FLOAT(10,4) UNSIGNED ZEROFILL)')
  await connection.query('INSERT INTO declared VALUES (1, 1.5, 1.5), (2, 12345.67, 12345.6789), (3, -0.1, 0)')
  await connection.query('CREATE TABLE floats (id INT PRIMARY KEY, f FLOAT, t VARCHAR(300))')
  const rows = VALUES.map((value, index) => [index + 1, value, 'x'.repeat(index * 35)])
  await connection.query('INSERT INTO floats VALUES ?', [rows])
  await connection.query('INSERT INTO floats VALUES (100, NULL, NULL)')
})
afterAll(() => both.close())

describe.each(['direct', 'Data API'] as const)('a FLOAT (%s)', (name) => {
  test.each(['with a key', 'without a key', 'without a key, but a LIMIT'])(
    'has all its digits in CSV: %s',
    async (how) => {
      const { content } = await exported(name, how, 'csv')
      const lines = content.toString().split('\r\n').slice(1, -1)
      if (how === 'without a key') lines.reverse()
      expect(lines.map((line) => line.split(',')[1])).toEqual([...TEXTS, ''])
      expect(lines.map((line) => line.split(',')[2]!.length)).toEqual([...VALUES.map((_, index) => index * 35 || 2), 0])
    },
  )

  test.each(['with a key', 'without a key'])(
    'has all its digits beside a column without a usable name: %s',
    async (how) => {
      const { content } = await exported(name, how, 'csv', 'floats', "f, t, 1 + 0 AS `n's`")
      const values = content
        .toString()
        .split('\r\n')
        .slice(1, -1)
        .map((line) => line.split(',')[1])
      expect(how === 'with a key' ? values : values.reverse()).toEqual([...TEXTS, ''])
    },
  )

  test('with a declared number of digits is written without trailing zeros', async () => {
    const { content } = await exported(name, 'with a key', 'csv', 'declared')
    expect(content.toString()).toBe('id,f,t\r\n1,1.5,1.5\r\n2,12345.67,12345.679\r\n3,-0.1,0\r\n')
  })

  test('is the exact value in Parquet', async () => {
    const { content } = await exported(name, 'with a key', 'parquet')
    const rows = await readParquet(content, [{ name: 'f', kind: 'float', precision: 4 }], 'UTC')
    expect(rows.map(([value]) => value)).toEqual([...VALUES, null])
  })
})

test('at most nine digits distinguish any FLOAT from all others', () => {
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

function exported(name: keyof BothSources['sources'], how: string, format: Format, table = 'floats', columns = 'f, t') {
  const key = how === 'with a key' ? { key: 'id' } : {}
  const ending = how.includes('LIMIT') ? 'ORDER BY id LIMIT 100' : 'ORDER BY id DESC'
  const definition = defineExport({
    name: 'floats',
    title: 'Floats',
    query: () => sql([`SELECT id, ${columns} FROM ${table} ${ending}`] as never),
    ...key,
    columns: { id: 'id', f: 'f', t: 't' },
    formats: ['csv', 'parquet'],
  })
  return run(definition, { source: both.sources[name], store: both.store, request: { format } })
}
